// What a shell is answered when it asks what can stand at the cursor.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { bashLine, continued } from '../../../tools/cli/completion/bash-line.ts';
import { pathsAt } from '../../../tools/cli/completion/paths.ts';
import { SHELLS } from '../../../tools/cli/completion/scripts.ts';
import { chosenApproval } from '../../../tools/mcp/server-options.ts';
import { command } from '../../fixtures/command-line.ts';
import { makeHost } from '../../fixtures/host.ts';
import { connect } from '../../fixtures/servers/mcp.ts';

/** As zsh asks, which lists paths itself. */
async function asked(...words: string[]): Promise<{ paths: string; before: string; values: string[] }> {
  const [first, ...values] = await lines('zsh', ...words);
  const [paths, before] = first!.split('\t');
  return { paths: paths!, before: before!, values: values.map((line) => line.split('\t')[0]!) };
}

/** As bash asks: what can stand in place of `word`, with which the line ends. */
async function askedInBash(line: string, word = /[^ ]*$/.exec(line)![0]): Promise<string[]> {
  return (await lines('bash', `wassette-state ${line}`, word)).slice(1);
}

async function lines(shell: string, ...given: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await command('complete', shell, '--', ...given);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout === '' ? [] : stdout.slice(0, -1).split('\n');
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
    [
      ['serve', '--approval', ''],
      ['ask', 'operator', 'signed'],
    ],
    [['install', '--approval=o'], ['--approval=operator']],
    [
      ['copy', '--compress', ''],
      ['gzip', 'zstd'],
    ],
    [['trust', 'add', '--for', 'snapshots,'], ['snapshots,approvals']],
    [['approve', '--for', ''], []],
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
    expect((await asked(...words)).values).toEqual(values);
  });

  it('who can approve can be chosen', async () => {
    const { values } = await asked('serve', '--approval', '');
    for (const value of values) expect(() => chosenApproval(value, undefined)).not.toThrow();
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
    [['install', 'codex', '--wassette', ''], 'files'],
    [['doctor', '--wassette', ''], 'files'],
    [['serve', '--approvals', ''], 'files'],
    [['export', '--recipient', ''], 'files'],
    [['export', '--name', ''], 'none'],
    [['merge', 'a', ''], 'files'],
    [['approve', '--key', 'k', ''], 'files'],
    [['approve', '--key', 'k', '--target', ''], 'files'],
  ])('%j takes %s', async (words, paths) => expect((await asked(...words)).paths).toBe(paths));

  it.each([
    [['review', 'x', '--html=pa'], 'files', '--html='],
    [['import', 'x', '--map-dir', '/a=/b'], 'dirs', '/a='],
    [['import', 'x', '--map-dir=/a=/b=c'], 'dirs', '--map-dir=/a='],
    [['import', 'a=b'], 'files', ''],
  ])('in %j the path (%s) begins behind "%s"', async (words, paths, before) =>
    expect(await asked(...words)).toEqual({ paths, before, values: [] }),
  );

  it('the snapshots of the store that is named can stand, by name, or by first digits without one', async () => {
    const host = makeHost();
    host.install('weather');
    host.install('my notes');
    const { flags } = host;
    const digest = (await command('export', '-q', '--components', 'weather', ...flags)).stdout;
    await command('export', '--name', 'tools', ...flags);
    for (const words of [['import'], ['list'], ['inspect'], ['diff'], ['diff', 'tools'], ['store', 'remove']])
      expect((await asked(...words, ...host.flagsFor(...words), '')).values).toEqual(
        expect.arrayContaining(['tools', digest.slice('sha256:'.length, 19)]),
      );
    expect((await asked('export', ...flags, '--components', '')).values).toEqual(['my notes', 'weather']);
    const more = await asked('export', ...flags, '--components', 'weather,');
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
      expect(await asked(...words.slice(0, 1), ...taker.flags, ...words.slice(1), '')).toEqual({
        paths: 'none',
        before: '',
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
    const { values } = await asked('import', ...host.flags, '');
    expect(values).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect((await asked('export', ...host.flags, '--components', '')).values).toEqual(['tool']);
  });

  it('nothing is said where the store cannot be read', async () => {
    const host = makeHost();
    mkdirSync(path.join(host.locations.stateDir, 'snapshots', 'index.json'), { recursive: true });
    expect(await asked('import', ...host.flags, '')).toEqual({
      paths: 'files',
      before: '',
      values: [],
    });
  });
});

it('components of the snapshots on the line can stand, if those are on this machine', async () => {
  const host = makeHost();
  for (const id of ['weather', 'my notes']) host.install(id);
  const file = path.join(host.locations.stateDir, '..', 'tools.json');
  await command('export', '--name', 'tools', '--components', 'weather', ...host.flags);
  await command('export', '-o', file, '--components', 'my notes', ...host.flags);
  const after = async (...words: string[]) =>
    (await asked(...words, ...host.flags, '--components', '')).values;
  expect(await after('import', 'tools')).toEqual(['weather']);
  expect(await after('inspect', file)).toEqual(['my notes']);
  expect(await after('policy', 'explain', 'tools')).toEqual(['weather']);
  expect(await after('review', 'nowhere')).toEqual([]);
  expect(await after('review')).toEqual([]);
  expect((await asked('merge', 'tools', file, ...host.flags, '--ours', '')).values).toEqual([
    'weather',
    'my notes',
  ]);
});

it('options that name the host are understood as a shell would', async () => {
  const host = makeHost();
  host.install('weather');
  await command('export', '--name', 'tools', ...host.flags);
  vi.stubEnv('HOME', path.dirname(host.locations.stateDir));
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const stateDir of ['~/state', '$HOME/state', `\${HOME}/state`])
    expect((await asked('import', '--state-dir', stateDir, 'to')).values).toEqual(['tools']);
  expect((await asked('import', '--state-dir', '$NOWHERE/state', 'to')).values).toEqual([]);
});

describe('a line of bash', () => {
  it.each([
    ['diff --format=ma', ['diff', '--format=ma'], ''],
    ['import sha256:ab', ['import', 'sha256:ab'], ''],
    [' diff  a ', ['diff', 'a', ''], ''],
    ['', [''], ''],
    ['x my\\ comp,no', ['x', 'my comp,no'], ''],
    ['x "my \\"comp\\" \\c', ['x', 'my "comp" \\c'], '"'],
    ["x 'my \\", ['x', 'my \\'], "'"],
    ['x a\'b c\'d"e f"', ['x', 'ab cde f'], ''],
    ['x ""', ['x', ''], ''],
    ['x a\\', ['x', 'a'], ''],
    ['x "a\\', ['x', 'a'], '"'],
    ['x $(touch a b) y', ['x', '$(touch a b)', 'y'], ''],
    ['x `touch a b` y', ['x', '`touch a b`', 'y'], ''],
    ['x "$(touch a b)" y', ['x', '$(touch a b)', 'y'], ''],
    ['x $(touch a', ['x', '$(touch a'], ''],
    ["x $'a \\'b' y", ['x', "a 'b", 'y'], ''],
    ['x $"a b', ['x', 'a b'], '"'],
    ['x 2>/dev/null >a <b y', ['x', 'y'], ''],
    ['x 2>&1 y', ['x', 'y'], ''],
    ['x > a', ['x', 'a'], ''],
  ])('%j has the words %j, and ends in the quote %j', (text, words, quote) =>
    expect(bashLine(text)).toMatchObject({ words, quote }),
  );

  it.each([
    ['x my', 'my', ' comp', 'my\\ comp'],
    ['x my\\', 'my\\', ' comp', 'my\\ comp'],
    ['x my\\\\', 'my\\\\', ' comp', 'my\\\\\\ comp'],
    ['x "my', 'my', ' "$`\\c', 'my \\"\\$\\`\\\\c'],
    ['x "my', 'my', '!', null],
    ['x "my', 'my', 'a"', null],
    ["x 'my", 'my', ' $(a)`!', 'my $(a)`!'],
    ["x 'my", 'my', "'s", null],
    ['x "$', '$', '(id)', null],
    ["x $'a", 'a', 'b', null],
    ['x "$(i', '$(i', 'd)', null],
    ['x $(i', 'i', 'd)', null],
    ['x "`i', '`i', 'd`', null],
    ['x $HO', '$HO', 'ME', null],
    ['x a!', 'a!', 'id', null],
    ['x $HOME/a', '$HOME/a', 'b', '$HOME/ab'],
    [`x "\${HOME}/a`, `\${HOME}/a`, '$b', `\${HOME}/a\\$b`],
    ["x '$(i", '$(i', 'd)', '$(id)'],
    ['x $(id) a', 'a', 'b', 'ab'],
    [
      'x ',
      '',
      '~#$(id)`id`!{a,b}*?[;&|<>\'"é=:,@+',
      '\\~\\#\\$\\(id\\)\\`id\\`\\!\\{a,b\\}\\*\\?\\[\\;\\&\\|\\<\\>\\\'\\"é=:,@+',
    ],
  ])('%j goes on: behind %j, %j is %j', (text, word, more, written) =>
    expect(continued(word, bashLine(text), more)).toBe(written),
  );

  it('gets what replaces the last piece of it, wherever bash has cut', async () => {
    expect(await askedInBash('diff --format=ma', 'ma')).toEqual(['markdown']);
    const host = makeHost();
    for (const id of ['my comp', 'a+b@c', 'notes']) host.install(id);
    const line = `export --component-dir ${host.locations.componentDir} --components`;
    expect(await askedInBash(`${line} my\\ c`, 'my\\ c')).toEqual(['my\\ comp']);
    expect(await askedInBash(`${line} my\\ comp,no`, 'my\\ comp,no')).toEqual(['my\\ comp,notes']);
    expect(await askedInBash(`${line} "notes,my c`, 'notes,my c')).toEqual(['notes,my comp']);
    expect(await askedInBash(`${line} a+b@`, '@')).toEqual(['@c']);
    expect(await askedInBash(`${line} `)).toEqual(['a+b@c', 'my\\ comp', 'notes']);
  });

  it('gets files with every letter quoted that means something to bash', async () => {
    const { componentDir: folder } = makeHost().locations;
    for (const name of ['k=v.json', '$(id) `id`.json']) writeFileSync(path.join(folder, name), '');
    expect(await askedInBash(`import ${folder}/k=`, '')).toEqual(['v.json']);
    expect(await askedInBash(`import ${folder}/$`)).toEqual([]);
    expect(await askedInBash(`import ${folder}/\\$`)).toEqual([`${folder}/\\$\\(id\\)\\ \\\`id\\\`.json`]);
    expect(await askedInBash(`list > ${folder}/k`)).toEqual([`${folder}/k=v.json`]);
  });
});

it('paths go on as they were typed: folders with a slash, hidden ones when asked for', async () => {
  const { componentDir: folder } = makeHost().locations;
  for (const name of ['plain', 'folder/', '.hidden', 'new\nline', 'bell\u0007'])
    if (name.endsWith('/')) mkdirSync(path.join(folder, name));
    else writeFileSync(path.join(folder, name), '');
  symlinkSync('folder', path.join(folder, 'link'));
  symlinkSync('nowhere', path.join(folder, 'broken'));
  const here = (names: string[]) => names.map((name) => `${folder}/${name}`);
  expect(await pathsAt(`${folder}/`, 'files')).toEqual(here(['broken', 'folder/', 'link/', 'plain']));
  expect(await pathsAt(`${folder}/`, 'dirs')).toEqual(here(['folder/', 'link/']));
  expect(await pathsAt(`${folder}/.`, 'files')).toEqual(here(['.hidden']));
  expect(await pathsAt(`${folder}/..`, 'dirs')).toEqual(here(['../']));
  expect(await pathsAt(`${folder}/plain/`, 'files')).toEqual([]);
  vi.stubEnv('HOME', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await pathsAt('~/pl', 'files')).toEqual(['~/plain']);
  expect(await pathsAt('$HOME/pl', 'files')).toEqual(['$HOME/plain']);
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
