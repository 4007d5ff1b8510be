// `install` as a person runs it: what is said, what is written, and that it ends with a session of what was written.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ClientHome, makeClientHome } from '../../fixtures/client-home.ts';
import { failing } from '../../fixtures/failing.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';
import { scriptWassette } from '../../fixtures/wassette/scripted-wassette.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** A home with a Wassette that also serves. */
function makeServedHome(): ClientHome {
  const here = makeClientHome();
  scriptWassette(path.join(here.bin, 'wassette'), { version: 'wassette 0.8.0' });
  return here;
}

const environmentOf = ({ machine }: ClientHome) => ({ ...machine.env, COLUMNS: '80' });

function install(here: ClientHome, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [PROGRAM, 'install', ...args], {
    encoding: 'utf8',
    input: '',
    cwd: here.home,
    env: environmentOf(here),
  });
}

test('the change is shown, written and tried, and a second time there is nothing to do', () => {
  const here = makeServedHome();
  here.write('.codex/config.toml', 'model = "m"\n');
  const shown = install(here, '--dry-run');
  expect(shown).toMatchObject({ status: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /^Codex\n {2}~\/\.codex\/config\.toml: mcp_servers\.wassette is new\n {2}\+ \[mcp/,
  );
  expect(shown.stdout).toMatch(/Nothing was written\.\n$/);
  expect(here.read('.codex/config.toml')).toBe('model = "m"\n');

  const written = install(here, 'codex', '--yes');
  expect(written).toMatchObject({ status: 0, stderr: '' });
  expect(written.stdout).toMatch(/It answers: 4 tools, Wassette's and ours\.\nStart Codex anew\./);
  expect(here.read('.codex/config.toml')).toContain(`"${PROGRAM}", "serve"`);

  const again = install(here, 'codex');
  expect(again).toMatchObject({ status: 0, stderr: '' });
  expect(again.stdout).toContain('nothing to do');
  expect(again.stdout).toMatch(/\nAsk the agent what tools it has\.\n$/);
  expect(install(here, 'codex', '--quiet').stdout.split('\n\n')[1]).toBe(
    "It answers: 4 tools, Wassette's and ours.\n",
  );
  expect(install(here, '--uninstall', '--yes').status).toBe(0);
  expect(here.read('.codex/config.toml')).toBe('model = "m"\n');
  expect(install(here, '--uninstall', '--yes').stdout).toBe('There is nothing to take out.\n');
  expect(install(here, 'codex', '--uninstall').stdout).toContain('mcp_servers.wassette is not there\n');
});

test('the change is shown with the indentation of the file, also where a line is broken', () => {
  const here = makeServedHome();
  const { stdout } = install(here, 'cursor', '--dry-run', '--allow-dir', here.home);
  const lines = stdout.split('\n');
  const at = lines.indexOf('  + "wassette": {');
  expect(at).toBeGreaterThan(0);
  expect(lines[at + 1]).toMatch(/^ {2}\+ {3}"(command|type)": /);
  expect(lines).toContain('  +   "args": [');
  expect(lines).toContain('  +     "serve",');
  expect(lines).toContain('  + }');
});

test('without a person and without --yes nothing is written', () => {
  const here = makeServedHome();
  const { status, stderr } = install(here, 'codex');
  expect(status).toBe(5);
  expect(stderr).toContain('[POLICY_APPROVAL_REQUIRED]');
  expect(existsSync(path.join(here.home, '.codex'))).toBe(false);
});

test('options that the entry loses are said before anybody is asked, and in the document', () => {
  const here = makeServedHome();
  expect(install(here, 'codex', '--yes', '--approval', 'operator', '--read-only').status).toBe(0);
  const lost = 'no longer: --approval operator; repeat it to keep it';
  const unasked = install(here, 'codex', '--read-only');
  expect(unasked).toMatchObject({ status: 5, stdout: expect.stringContaining(`note: ${lost}\n`) });
  const { clients } = JSON.parse(install(here, 'codex', '--read-only', '--dry-run', '--json').stdout);
  expect(clients[0].notes).toEqual([lost]);
});

test('a server with keys for secrets starts as it was written, from elsewhere', () => {
  const here = makeServedHome();
  here.write('key.txt', `${KEYS.mine.identity}\n`);
  chmodSync(path.join(here.home, 'key.txt'), 0o600);
  const keys = ['--identity', 'key.txt', '--recipient', KEYS.mine.recipient];
  expect(install(here, 'codex', '--yes', ...keys)).toMatchObject({ status: 0, stderr: '' });
  expect(here.read('.codex/config.toml')).toContain(path.join(here.home, 'key.txt'));
});

test('for a desktop application Wassette is started with the bare path that such a one may have', () => {
  const here = makeServedHome();
  const wassette = path.join(here.bin, 'wassette');
  renameSync(wassette, path.join(here.bin, 'real-wassette'));
  writeFileSync(wassette, '#!/bin/sh\nexec real-wassette "$@"\n');
  chmodSync(wassette, 0o755);
  expect(install(here, 'codex', '--yes').status).toBe(0);
  const refused = install(here, 'cursor', '--yes');
  expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining('[VERIFY_NO_SESSION]') });
});

test('what only the client can start, and a Wassette without tools of its own, is no failure', () => {
  const here = makeServedHome();
  const write = (...args: string[]) =>
    here.write(
      '.cursor/mcp.json',
      JSON.stringify({ mcpServers: { wassette: { command: 'wassette', args } } }),
    );
  write('run', '--component-dir', `\${workspaceFolder}/c`);
  expect(install(here, 'cursor', '--yes')).toMatchObject({
    status: 0,
    stdout: expect.not.stringContaining('It answers'),
  });
  expect(existsSync(path.join(here.home, `\${workspaceFolder}`))).toBe(false);
  write('run', '--disable-builtin-tools');
  expect(install(here, 'cursor', '--yes')).toMatchObject({ status: 0 });
});

test('--json prints the change and what was found as one document', () => {
  const here = makeServedHome();
  const { status, stdout } = install(here, 'opencode', '--yes', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    clients: [
      {
        client: 'opencode',
        file: path.join(here.home, '.config/opencode/opencode.json'),
        key: 'mcp.wassette',
        action: 'add',
        entry: { type: 'local', enabled: true },
        notes: [expect.stringContaining('without asking')],
      },
    ],
    checked: [{ tools: expect.arrayContaining(['list-components', 'import_state']) }],
  });
  const refused = install(here, 'cursor', '--json');
  expect(JSON.parse(refused.stdout)).toMatchObject({
    clients: [{ client: 'cursor', action: 'add' }],
    error: failing('POLICY_APPROVAL_REQUIRED'),
  });
});

test('a server that does not answer is told with what it said, and how to take the entry out', () => {
  const here = makeClientHome();
  writeFileSync(
    path.join(here.bin, 'wassette'),
    '#!/bin/sh\n[ "$1" = --version ] && echo wassette 0.8.0 && exit\necho "no more tools today" >&2\nexit 3\n',
  );
  chmodSync(path.join(here.bin, 'wassette'), 0o755);
  const { status, stderr } = install(here, 'codex', '--yes');
  expect(status).toBe(4);
  expect(stderr).toContain('[VERIFY_NO_SESSION]');
  expect(stderr).toMatch(/said: .*no more tools today/s);
  expect(stderr).toContain('--uninstall');
});

test('one broken file is told, and decides the exit code, when the others are set up or left', () => {
  const here = makeServedHome();
  here.write('.codex/config.toml', '');
  here.write('.config/zed/settings.json', '{');
  const written = install(here, '--yes');
  expect(written).toMatchObject({ status: 3, stderr: expect.stringContaining('[FORMAT_INVALID_CONFIG]') });
  expect(written.stdout).toMatch(/note: Zed is left out:\s.*Start Codex anew\./s);
  const left = install(here, '--uninstall', '--yes', '--json');
  expect(left.status).toBe(3);
  expect(JSON.parse(left.stdout)).toMatchObject({
    clients: [{ client: 'codex', action: 'remove' }],
    left_out: [{ client: 'zed', error: { code: 'FORMAT_INVALID_CONFIG' } }],
    error: { code: 'FORMAT_INVALID_CONFIG' },
  });
  expect(here.read('.codex/config.toml')).toBe('');
});

test('two at once in one file lose nothing', async () => {
  const here = makeServedHome();
  const file = here.write('shared.json', '{}\n');
  const runs = ['cursor', 'vscode'].map((client) =>
    spawn(process.execPath, [PROGRAM, 'install', client, '--client-config', file, '--yes', '--json'], {
      cwd: here.home,
      env: environmentOf(here),
      stdio: 'ignore',
    }),
  );
  const codes = await Promise.all(runs.map(async (run) => (await once(run, 'exit'))[0]));
  expect(codes).toEqual([0, 0]);
  const { servers, mcpServers } = JSON.parse(here.read('shared.json'));
  expect([servers, mcpServers]).toEqual([{ wassette: expect.anything() }, { wassette: expect.anything() }]);
});

test('options that contradict each other are refused', () => {
  const here = makeServedHome();
  for (const [args, why] of [
    [['--dry-run', '--yes'], 'contradict each other'],
    [['--uninstall', '--read-only'], 'has no effect with --uninstall'],
    [['--uninstall', '--wassette', 'x'], 'has no effect with --uninstall'],
  ] as const)
    expect(install(here, 'codex', ...args)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(why),
    });
});
