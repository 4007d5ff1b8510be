// What a shell is answered when it asks what can stand at the cursor.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHELLS } from '../../../tools/cli/completion/scripts.ts';
import { joinedWords } from '../../../tools/cli/completion/spot.ts';
import { command } from '../../fixtures/command-line.ts';
import { makeHost } from '../../fixtures/host.ts';
import { connect } from '../../fixtures/servers/mcp.ts';

async function asked(shell: string, ...words: string[]): Promise<{ paths: string; values: string[] }> {
  const { stdout, stderr, code } = await command('complete', shell, '--', ...words);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const [paths, ...lines] = stdout.trimEnd().split('\n');
  return { paths: paths!, values: lines.map((line) => line.split('\t')[0]!) };
}

describe('at the cursor', () => {
  it.each([
    [['exp'], ['export']],
    [
      ['store', ''],
      ['list', 'remove', 'prune', 'help'],
    ],
    [['store', 'pr'], ['prune']],
    [['undo', '--dr'], ['--dry-run']],
    [['undo', '--dry-run', '--wassette-u'], ['--wassette-url']],
    [['undo', '-'], expect.arrayContaining(['-y', '--yes', '-q', '--list'])],
    [
      ['diff', 'a', '--format', ''],
      ['text', 'markdown', 'json', 'sarif', 'html'],
    ],
    [['diff', '--format=t'], ['--format=text']],
    [['diff', '--formatt=t'], []],
    [['completion', ''], [...SHELLS]],
    [['install', 'cod'], ['codex']],
    [['recover', ''], []],
    [['nowhere', ''], []],
    [['undo', '--yes', ''], []],
    [['export', '--description', 'exp'], []],
    [['export', '--description', '--na'], []],
    [[], expect.arrayContaining(['export', 'completion'])],
    [[''], expect.not.arrayContaining(['complete'])],
    [['import', '--', '--ye'], []],
    [['\u001b[31m', '\0', '=', ':', '--=', '-', '--', ''], []],
  ])('%j can be %j', async (words, values) => {
    for (const shell of ['zsh', 'fish']) expect((await asked(shell, ...words)).values).toEqual(values);
  });

  it.each([
    [['import', ''], 'files'],
    [['store', 'remove', ''], 'none'],
    [['export', '-o', ''], 'files'],
    [['list', '--state-dir', ''], 'dirs'],
    [['list', '--state-dir='], 'dirs'],
    [['serve', '--allow-dir', ''], 'dirs'],
    [['serve', ''], 'files'],
    [['export', ''], 'none'],
  ])('%j takes %s', async (words, paths) => expect((await asked('zsh', ...words)).paths).toBe(paths));

  it('the snapshots of the store that is named can stand, by name, or by first digits without one', async () => {
    const host = makeHost();
    host.install('weather');
    host.install('my notes');
    const { flags } = host;
    const digest = (await command('export', '-q', '--components', 'weather', ...flags)).stdout;
    await command('export', '--name', 'tools', ...flags);
    for (const words of [['import'], ['list'], ['inspect'], ['diff'], ['diff', 'tools'], ['store', 'remove']])
      expect((await asked('fish', ...words, ...host.flagsFor(...words), '')).values).toEqual(
        expect.arrayContaining(['tools', digest.slice('sha256:'.length, 19)]),
      );
    expect((await asked('zsh', 'export', ...flags, '--components', '')).values).toEqual([
      'my notes',
      'weather',
    ]);
    const more = await asked('zsh', 'export', ...flags, '--components', 'weather,');
    expect(more.values).toEqual(['weather,my notes']);
  });

  it('the plans that wait for the operator can stand where one is approved or taken back', async () => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    giver.install('weather');
    await command('export', '--name', 'tools', ...giver.flags);
    const approval = { by: 'operator', planLifetime: 60 } as const;
    const agent = await connect(taker, { approval });
    const { structured } = await agent.call('import_state', { snapshot: 'tools' });
    const digits = (structured.plan_digest as string).slice('sha256:'.length, 19);
    for (const words of [['approve'], ['approve', '--revoke']])
      expect(await asked('zsh', ...words.slice(0, 1), ...taker.flags, ...words.slice(1), '')).toEqual({
        paths: 'none',
        values: [digits],
      });
  });

  it('what others wrote into the store or the directory cannot become a word', async () => {
    const host = makeHost();
    host.install('tool');
    for (const name of ['$(id)', 'a`id`', 'tab\tbed', 'new\nline'])
      writeFileSync(path.join(host.locations.componentDir, `${name}.wasm`), '');
    await command('export', '--name', 'tools', '--components', 'tool', ...host.flags);
    const index = path.join(host.locations.stateDir, 'snapshots', 'index.json');
    const text = readFileSync(index, 'utf8').replace('"tools"', JSON.stringify('$(id)\n\tx'));
    writeFileSync(index, text);
    const { values } = await asked('bash', 'import', ...host.flags, '');
    expect(values).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect((await asked('bash', 'export', ...host.flags, '--components', '')).values).toEqual(['tool']);
  });

  it('nothing is said where the store cannot be read', async () => {
    const host = makeHost();
    mkdirSync(path.join(host.locations.stateDir, 'snapshots', 'index.json'), { recursive: true });
    expect(await asked('fish', 'import', ...host.flags, '')).toEqual({ paths: 'files', values: [] });
  });
});

describe('words that bash took apart', () => {
  it.each([
    [['diff', '--format', '=', 'ma'], ['diff', '--format=ma'], 9],
    [['diff', '--format', '='], ['diff', '--format='], 9],
    [['diff', '--format', '=', ''], ['diff', '--format='], 9],
    [['import', 'sha256', ':', 'ab'], ['import', 'sha256:ab'], 7],
    [['diff', 'sha256', ':', 'ab', ''], ['diff', 'sha256:ab', ''], 0],
    [['export', '--source', 'a', '=', 'file', ':', '//x'], ['export', '--source', 'a=file://x'], 7],
    [[], [], 0],
  ])('%j are put together again', (pieces, words, before) =>
    expect(joinedWords(pieces)).toEqual({ words, before }),
  );

  it('get an answer for the last piece', async () => {
    expect((await asked('bash', 'diff', '--format', '=', 'ma')).values).toEqual(['markdown']);
  });
});

it('each script registers itself, and another shell is refused', async () => {
  for (const shell of SHELLS) {
    const { stdout, code } = await command('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toContain(`wassette-state complete ${shell} -- `);
  }
  const { code, stderr } = await command('completion', 'powershell');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') });
});
