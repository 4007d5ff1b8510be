import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { readSecrets } from '../../../src/wassette/secrets/directory.ts';
import { makeHost } from '../../fixtures/host.ts';
import { asAnotherUser } from '../../fixtures/system/another-user.ts';
import { SECRETS_TABLE } from '../../fixtures/tables/secrets-table.ts';

function secrets() {
  const host = makeHost();
  const dir = host.locations.secretsDir;
  const at = (name: string) => path.join(dir, name);
  return {
    ...host,
    dir,
    at,
    write: (name: string, text: string | Uint8Array) => writeFileSync(at(name), text),
    /** What is found: names, or "unknown" with the file. */
    async found() {
      const { files, unread } = await readSecrets(dir);
      expect(unread).toBeNull();
      return Object.fromEntries(
        [...files].map(([stem, found]) => [stem, 'mark' in found ? `unknown: ${found.file}` : found]),
      );
    },
    async mark(stem: string): Promise<string> {
      const found = (await readSecrets(dir)).files.get(stem);
      if (found === undefined || !('mark' in found)) throw new Error('it can be read');
      return found.mark;
    },
  };
}

it.each(SECRETS_TABLE.map((row) => [row.title, row] as const))(
  'names in a secrets file are found as Wassette finds them: %s',
  async (_title, { put, names }) => {
    const { dir, found } = secrets();
    put(path.join(dir, 'probe.yaml'));
    const expected = names === 'unknown' ? 'unknown: probe.yaml' : names;
    expect((await found()).probe ?? []).toEqual(expected);
  },
);

it('secrets are found by file, and only in files that Wassette would look for', async () => {
  const { storeSecrets, write, found } = secrets();
  storeSecrets('b', { TOKEN: 'hunter2', A: '1' });
  write('a.yaml', "PORT: '8080'\nyes: true\n1.0: x\n");
  for (const other of ['a.tmp', 'c.yml', 'd.YAML', '.secret-bindings.json']) write(other, 'NOT: this\n');
  expect(await found()).toEqual({ a: ['1.0', 'PORT', 'yes'], b: ['A', 'TOKEN'] });
});

it('nothing is said of what is in a secrets file that cannot be read', async () => {
  const { dir, write } = secrets();
  const said = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const warned = vi.spyOn(process, 'emitWarning');
  for (const [i, text] of [
    'TOKEN: "hunter2\n',
    'TOKEN: abc\nhunter2\n',
    '- hunter2\n',
    'hunter2',
    'A: &x hunter2\n*x : y\n',
    '%FOO hunter2\n---\nA: 1\n',
    'A: !hunter2 x\n',
    '? hunter2\n: x\n',
    '"hunter2',
  ].entries())
    write(`${i}.yaml`, text);
  const found = await readSecrets(dir);
  expect(JSON.stringify([...found.files])).not.toContain('hunter2');
  for (const spy of [...said, warned]) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

it.each([
  ['nowhere', () => '/nonexistent/secrets'],
  ['a file', (dir: string) => path.join(dir, 'file')],
  ['a link to nothing', (dir: string) => path.join(dir, 'dangling')],
  ['a link to itself', (dir: string) => path.join(dir, 'loop')],
])('no secrets are stored where the secrets directory is %s', async (_what, place) => {
  const { dir, write, at } = secrets();
  write('file', '');
  symlinkSync('nowhere', at('dangling'));
  symlinkSync('loop', at('loop'));
  expect(await readSecrets(place(dir))).toEqual({ files: new Map(), unread: null });
});

it('a link to a secrets directory is followed', async () => {
  const { dir, at, write, storeSecrets } = secrets();
  storeSecrets('a', { S: 'x' });
  write('b.yaml', '');
  symlinkSync(dir, at('again'));
  expect([...(await readSecrets(at('again'))).files]).toEqual([
    ['a', ['S']],
    ['b', []],
  ]);
});

it('a pipe in place of a secrets file is not opened, so nobody waiting at it goes on', async () => {
  const { at, found } = secrets();
  execFileSync('mkfifo', [at('pipe.yaml')]);
  expect(await found()).toEqual({ pipe: 'unknown: pipe.yaml' });
});

it('what is behind /proc, or no file at all, may be other secrets to Wassette than to us', async () => {
  const { at, found } = secrets();
  symlinkSync('/proc/self/environ', at('environ.yaml'));
  symlinkSync('/proc/self/cwd/package.json', at('here.yaml'));
  symlinkSync('/dev/zero', at('zero.yaml'));
  symlinkSync('/dev/null', at('off.yaml'));
  mkdirSync(at('folder.yaml'));
  expect(await found()).toEqual({
    environ: 'unknown: environ.yaml',
    here: 'unknown: here.yaml',
    zero: 'unknown: zero.yaml',
  });
});

it('names are found in a file of 8 MB, and a file of 9 MB is known by its hash', async () => {
  const { write, found, mark } = secrets();
  write('large.yaml', `A: ${'x'.repeat(8_000_000)}\nB: "y\nz"\n`);
  write('larger.yaml', `A: ${'x'.repeat(9_000_000)}\n`);
  expect(await found()).toEqual({ large: ['A', 'B'], larger: 'unknown: larger.yaml' });
  const before = await mark('larger');
  write('larger.yaml', `A: ${'y'.repeat(9_000_000)}\n`);
  expect(await mark('larger')).not.toBe(before);
});

it('a file too large to hash is known by its size and times', async () => {
  const { write, mark, at } = secrets();
  write('huge.yaml', 'A: x\n');
  truncateSync(at('huge.yaml'), 300_000_000_000);
  const before = await mark('huge');
  utimesSync(at('huge.yaml'), 1, 1);
  expect(await mark('huge')).not.toBe(before);
});

it('the mark of names that cannot be told changes with the text alone', async () => {
  const { write, mark, at } = secrets();
  write('odd.yaml', 'A: &x y\n');
  const before = await mark('odd');
  utimesSync(at('odd.yaml'), 1, 1);
  expect(await mark('odd')).toBe(before);
  write('odd.yaml', 'B: &x y\n');
  expect(await mark('odd')).not.toBe(before);
});

it('a link through /proc to what is nothing to us may be a file to Wassette', async () => {
  const { at, found } = secrets();
  symlinkSync('/proc/self/cwd/not-in-this-directory.yaml', at('absent.yaml'));
  symlinkSync('/proc/self/cwd', at('directory.yaml'));
  expect(await found()).toEqual({ absent: 'unknown: absent.yaml', directory: 'unknown: directory.yaml' });
});

it.runIf(process.getuid?.() === 0)(
  'a file or directory that only another user may read is no empty one, nor is one behind such a directory',
  () => {
    const { dir, at, storeSecrets } = secrets();
    for (const id of ['closed', 'open']) storeSecrets(id, { S: 'hunter2' });
    chmodSync(at('open.yaml'), 0o644);
    mkdirSync(at('folder'), { mode: 0o700 });
    writeFileSync(at('folder/s'), 'S: x\n');
    symlinkSync('folder/s', at('behind.yaml'));
    chmodSync(path.dirname(dir), 0o755);
    const seen = (mode: number) => {
      chmodSync(dir, mode);
      return asAnotherUser(`
        import { readSecrets } from '@/src/wassette/secrets/directory.ts';
        const { files, unread } = await readSecrets(${JSON.stringify(dir)});
        console.log(JSON.stringify({ files: [...files], unread }));`);
    };
    const answer = JSON.parse(seen(0o755));
    expect(answer).toEqual({
      files: [
        ['behind', { file: 'behind.yaml', mark: 'hidden' }],
        ['closed', { file: 'closed.yaml', mark: expect.stringMatching(/^(\d+ ){4}\d+$/) }],
        ['open', ['S']],
      ],
      unread: null,
    });
    // May be gone through, but not listed: nobody knows what is in it.
    const closed = JSON.parse(seen(0o711));
    expect(closed).toEqual({
      files: [],
      unread: { file: dir, mark: expect.stringMatching(/^(\d+ ){4}\d+$/) },
    });
    chmodSync(path.dirname(dir), 0o700);
    expect(JSON.parse(seen(0o755))).toEqual({ files: [], unread: { file: dir, mark: 'hidden' } });
    rmSync(at('folder'), { recursive: true });
  },
);
