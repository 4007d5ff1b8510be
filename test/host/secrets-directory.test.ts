import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { readSecretNames } from '../../src/host/secrets-directory.ts';
import { makeHost } from '../fixtures/host.ts';

function secrets() {
  const host = makeHost();
  const dir = host.locations.secretsDir;
  return {
    ...host,
    dir,
    write: (name: string, text: string | Buffer) => writeFileSync(path.join(dir, name), text),
  };
}

it('finds the names of secrets by file, sorted, and not their values', async () => {
  const { dir, storeSecrets, write } = secrets();
  storeSecrets('b', { TOKEN: 'hunter2', A: '1' });
  write('a.yaml', "PORT: '8080'\nyes: true\n1.0: x\n");
  write('a.tmp', 'NOT: this\n');
  write('.secret-bindings.json', '{}');
  const found = await readSecretNames(dir);
  expect([...found]).toEqual([
    ['a', ['1.0', 'PORT', 'yes']],
    ['b', ['A', 'TOKEN']],
  ]);
  expect(JSON.stringify([...found])).not.toContain('hunter2');
});

it('is empty where there is no directory', async () => {
  expect(await readSecretNames('/nonexistent/secrets')).toEqual(new Map());
});

it('never takes a part of a value for a name where a file is broken', async () => {
  const { dir, write } = secrets();
  // A value that somebody broke into two lines: a forgiving parser makes a key of the second.
  write('broken.yaml', 'TOKEN: abc\nhunter2\n');
  expect([...(await readSecretNames(dir))]).toEqual([['broken', []]]);
});

it('counts a file it cannot read as present, and says nothing of what is in it', async () => {
  const { dir, write } = secrets();
  const said = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const warned = vi.spyOn(process, 'emitWarning');
  write('broken.yaml', 'TOKEN: "hunter2\n');
  write('list.yaml', '- hunter2\n');
  write('text.yaml', 'hunter2');
  write('alias.yaml', 'a: &x hunter2\nb: *x\n');
  write('empty.yaml', '');
  write('odd.yaml', '%FOO hunter2\n---\nA: 1\n');
  mkdirSync(path.join(dir, 'folder.yaml'));
  symlinkSync('text.yaml', path.join(dir, 'link.yaml'));
  const found = await readSecretNames(dir);
  expect([...found.keys()].sort()).toEqual([
    'alias',
    'broken',
    'empty',
    'folder',
    'link',
    'list',
    'odd',
    'text',
  ]);
  for (const stem of ['broken', 'list', 'text', 'empty', 'folder', 'link'])
    expect(found.get(stem)).toEqual([]);
  expect(JSON.stringify([...found])).not.toContain('hunter2');
  for (const spy of [...said, warned]) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
