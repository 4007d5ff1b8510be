// `wassette-state doctor`: it says whether a handoff would work on this host, and what is in its way.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { coreModuleBytes } from '../../fixtures/components/component.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { operatorPolicyFile } from '../../fixtures/operator-policy.ts';
import { leftoversOf, oldHost, restoreUntilCommitted } from '../../fixtures/restoring.ts';
import { testKey } from '../../fixtures/signing.ts';
import { makeMachine } from '../../fixtures/system/machine.ts';
import { runLikeWassette } from '../../fixtures/system/processes.ts';
import { scriptWassette } from '../../fixtures/wassette/scripted-wassette.ts';
import { TransactionalStore } from '../../fixtures/wassette/transactional-store.ts';

/** No client is set up there. */
beforeEach(() => {
  vi.stubEnv('HOME', path.join(path.dirname(makeHost().locations.componentDir), 'home'));
  for (const name of [
    'CLAUDE_CONFIG_DIR',
    'CODEX_HOME',
    'COPILOT_HOME',
    'GEMINI_CLI_HOME',
    'XDG_CONFIG_HOME',
  ])
    vi.stubEnv(name, '');
});
afterEach(() => void vi.unstubAllEnvs());

/** A program beside the host that says it is Wassette. */
function wassetteOf(host: TestHost, version = '0.8.0'): string {
  const file = path.join(path.dirname(host.locations.componentDir), 'wassette');
  scriptWassette(file, { version });
  return file;
}

async function examined(host: TestHost, ...args: string[]) {
  const { stdout, code } = await command('doctor', '--json', ...host.flags, ...args);
  return { ...JSON.parse(stdout), code };
}

/** The same with a Wassette, so that nothing but the host is in the way. */
async function withWassette(host: TestHost, version?: string) {
  return examined(host, '--wassette', wassetteOf(host, version));
}

const codesOf = ({ problems }: { problems: { code: string }[] }) => problems.map(({ code }) => code);

describe('a handoff works', () => {
  it('where there is a Wassette and nothing in the way: exit code 0', async () => {
    const host = makeHost();
    host.install('weather', { policy: policyText({}) });
    expect(await withWassette(host)).toEqual({
      code: 0,
      works: true,
      component_dir: { path: host.locations.componentDir, by: 'flag' },
      secrets_dir: { path: host.locations.secretsDir, by: 'flag' },
      state_dir: { path: host.locations.stateDir, by: 'flag' },
      wassette: { program: wassetteOf(host), version: '0.8.0' },
      clients: [],
      advisories: [],
      processes_visible: true,
      running: [],
      windows: [],
      components: 1,
      unfinished: false,
      operator_policy: null,
      problems: [],
      notes: [],
    });
  });

  it('where no Wassette ever ran: it is said that the directory does not exist, and it is not made', async () => {
    const host = makeHost();
    const componentDir = path.join(host.locations.componentDir, 'none');
    const found = await withWassette({ ...host, flags: [...host.flags, '--component-dir', componentDir] });
    expect(found).toMatchObject({ code: 0, components: 0 });
    expect(found.notes).toEqual([
      'the component directory does not exist yet: an import, or Wassette, makes it',
    ]);
    expect(host.files()).toEqual({});
  });
});

describe('a handoff does not work, exit code 1,', () => {
  it('where there is no Wassette: it is said how to get it', async () => {
    const host = makeHost();
    vi.stubEnv('PATH', '/nowhere');
    const found = await examined(host);
    expect(found).toMatchObject({ code: 1, works: false, wassette: null });
    expect(codesOf(found)).toEqual(['STORE_NO_WASSETTE']);
    expect(found.problems[0].hint).toContain('https://github.com/microsoft/wassette/releases');
  });

  it('where the program of that name is not Wassette', async () => {
    const host = makeHost();
    const found = await withWassette(host, 'some other program');
    expect(found).toMatchObject({ code: 1, wassette: null });
    expect(codesOf(found)).toEqual(['STORE_NO_WASSETTE']);
  });

  it('while a Wassette runs that nobody can tell: its process and how it was started are shown, without values', async () => {
    const host = makeHost();
    const { componentDir } = host.locations;
    const args = ['run', '--component-dir', componentDir, '--env', 'TOKEN=hidden', '--bind-address=hidden'];
    const child = await runLikeWassette(args);
    const found = await examined(host);
    expect(codesOf(found)).toEqual(['STORE_BUSY']);
    expect(found.running).toEqual([
      { pid: child.pid, command: 'wassette run --component-dir … --env … --bind-address=…' },
    ]);
    expect(JSON.stringify(found)).not.toContain('hidden');
    expect(found.problems[0].hint).not.toContain('--force'); // which only an import has
  });

  it('after an interrupted import: the commands that finish it or give it up are named, and finish it', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    const before = leftoversOf(host);
    const found = await withWassette(host);
    expect(found).toMatchObject({ code: 1, unfinished: true });
    expect(codesOf(found)).toContain('STORE_INTERRUPTED');
    expect(found.problems[0].hint).toContain('wassette-state recover --component-dir');
    expect(leftoversOf(host)).toEqual(before);
    await command('recover', ...host.flags);
    expect(await withWassette(host)).toMatchObject({ code: 0, unfinished: false });
  });

  it('where the record of an import is damaged', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    writeFileSync(host.state.journal, '{');
    expect(codesOf(await withWassette(host))).toContain('STORE_DAMAGED');
  });

  it('where components do not load or policies cannot be read: all of them are named', async () => {
    const host = makeHost();
    host.install('fine', { policy: policyText({}) });
    host.install('module', { code: coreModuleBytes() });
    host.install('odd', { policy: 'permissions: [' });
    const found = await withWassette(host);
    expect(found).toMatchObject({ code: 1, components: null });
    expect(found.problems[0].message).toMatch(/^2 components cannot be exported: .*"module".*"odd"/);
    expect(found.problems[0].hint).toMatch(
      /to export the others only: wassette-state export .* --components fine$/,
    );
  });

  it('where only a newer Wassette may change the components', async () => {
    const host = makeHost();
    new TransactionalStore(host.locations.componentDir).install({ key: 'tool' });
    expect(codesOf(await withWassette(host))).toEqual(['STORE_UNSUPPORTED']);
  });

  it("where Wassette's configuration cannot be read", async () => {
    const host = makeHost();
    const config = path.join(host.locations.secretsDir, 'config.toml');
    writeFileSync(config, 'component_dir = [');
    vi.stubEnv('WASSETTE_CONFIG_FILE', config);
    const found = await withWassette(host);
    expect(found).toMatchObject({ code: 1, component_dir: null });
    expect(codesOf(found)).toEqual(['USAGE_BAD_ARGUMENT']);
  });
});

describe('doctor says', () => {
  it('by what each directory is where it is', async () => {
    const host = makeHost();
    const config = path.join(host.locations.secretsDir, 'config.toml');
    writeFileSync(config, `component_dir = ${JSON.stringify(host.locations.componentDir)}\n`);
    const env = { WASSETTE_CONFIG_FILE: config, WASSETTE_SECRETS_DIR: host.locations.secretsDir };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const found = await examined({ ...host, flags: [] }, '--wassette', wassetteOf(host));
    expect(found).toMatchObject({
      component_dir: { path: host.locations.componentDir, by: 'config' },
      secrets_dir: { path: host.locations.secretsDir, by: 'environment' },
      state_dir: { by: 'default' },
    });
  });

  it('which published holes the Wassette has that is used', async () => {
    const { advisories, code } = await withWassette(makeHost(), '0.7.0');
    expect(advisories).toMatchObject([{ id: 'GHSA-vqjp-4c8c-hfgg', fixed_in: '0.8.0' }]);
    expect(code).toBe(0);
  });

  it('what an export leaves out, because Wassette does not load it', async () => {
    const host = makeHost();
    host.install('weather', { policy: policyText({}) });
    symlinkSync('weather.wasm', path.join(host.locations.componentDir, 'link.wasm'));
    const { code, notes } = await withWassette(host);
    expect(code).toBe(0);
    expect(notes).toEqual(['not exported, not loaded by Wassette: "link.wasm" (a symbolic link)']);
  });
});

describe('the clients that install has set up', () => {
  it('say which Wassette is used, though none is on the path, and on which components', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('mkdir other && mv .local/share/wassette/components/* other 2>/dev/null');
    expect(
      machine.sh('wassette-state install claude-code -y --wassette ./wassette --component-dir other').code,
    ).toBe(0);
    const { stdout, code } = machine.sh('wassette-state doctor --json');
    const program = path.join(machine.home, 'wassette');
    const there = path.join(machine.home, 'other');
    expect(JSON.parse(stdout)).toMatchObject({
      works: true,
      wassette: { program, version: '0.8.0' },
      component_dir: { path: there, by: 'clients' },
      clients: [
        {
          client: 'claude-code',
          file: path.join(machine.home, '.claude.json'),
          wrapped: true,
          wassette: { program, version: '0.8.0' },
          component_dir: there,
        },
      ],
      problems: [],
      notes: [],
    });
    expect(code).toBe(0);
  });

  it('are told what an approval in a terminal proves, where imports wait for the operator', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('wassette-state install codex -y --wassette ./wassette --approval operator');
    const { notes } = JSON.parse(machine.sh('wassette-state doctor --json').stdout);
    expect(notes).toEqual([
      expect.stringMatching(/^imports wait for the operator here.*a terminal proves no person/),
    ]);
  });

  it('are named where they work on other components than those that are looked at', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('wassette-state install codex -y --wassette ./wassette --component-dir one');
    machine.sh('wassette-state install cursor -y --wassette ./wassette --component-dir two');
    const notes = (line: string) => JSON.parse(machine.sh(line).stdout).notes as string[];
    expect(notes('wassette-state doctor --json').filter((note) => /works on other/.test(note))).toHaveLength(
      2,
    );
    expect(notes('wassette-state doctor --json --component-dir one')).toContainEqual(
      `Cursor works on other components, at which this did not look: wassette-state doctor --component-dir ${path.join(machine.home, 'two')}`,
    );
  });

  it('are named where they have different state directories, with their options', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('wassette-state install codex -y --wassette ./wassette --state-dir one --read-only');
    machine.sh('wassette-state install opencode -y --wassette ./wassette --state-dir two --never-widen');
    const { clients, notes } = JSON.parse(machine.sh('wassette-state doctor --json').stdout);
    const [one, two] = ['one', 'two'].map((name) => path.join(machine.home, name));
    expect(clients).toMatchObject([
      { options: ['--read-only', '--state-dir', one] },
      { options: ['--never-widen', '--state-dir', two] },
    ]);
    expect(notes).toContainEqual(
      expect.stringContaining(`Codex (${one}) and opencode (${two}) work on the same components`),
    );
    const { stdout } = machine.sh('wassette-state doctor');
    expect(stdout).toContain('with --never-widen --state-dir');
  });

  it('are not looked at where only they know their directories', () => {
    const machine = makeMachine();
    const wassette = path.join(machine.home, 'wassette');
    scriptWassette(wassette, { version: '0.8.0' });
    machine.sh('mkdir .cursor');
    const entry = { command: wassette, args: ['run', '--component-dir', `\${workspaceFolder}/c`] };
    writeFileSync(
      path.join(machine.home, '.cursor/mcp.json'),
      JSON.stringify({ mcpServers: { wassette: entry } }),
    );
    const installed = machine.sh('wassette-state install cursor -y --wassette ./wassette --allow-dir .');
    expect(installed).toMatchObject({ code: 0 });
    const found = JSON.parse(machine.sh('wassette-state doctor --json').stdout);
    expect(found).toMatchObject({ component_dir: { by: 'default' }, clients: [{ component_dir: null }] });
    expect(found.notes).toEqual([expect.stringMatching(/^only Cursor knows on which components/)]);
  });

  it('are in the way when their server cannot start: what it needs is gone', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('mkdir tools && wassette-state install codex -y --wassette ./wassette --allow-dir tools');
    machine.sh('rmdir tools');
    const { stdout, code } = machine.sh('wassette-state doctor --json');
    const found = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(codesOf(found)).toEqual(['VERIFY_NO_SESSION']);
    expect(found.problems[0].message).toMatch(/^Codex is set up to start .*--allow-dir/);
  });

  it('are told of what is switched off, and of entries of a project that win', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('wassette-state install claude-code codex -y --wassette ./wassette');
    machine.sh("sed -i 's/^command/enabled = false\\ncommand/' .codex/config.toml");
    const file = path.join(machine.home, '.claude.json');
    const wassette = { command: 'wassette', args: ['run'] };
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, projects: { '/p': { mcpServers: { wassette } } } }));
    const { notes } = JSON.parse(machine.sh('wassette-state doctor --json').stdout);
    expect(notes).toEqual([
      expect.stringMatching(/^in \/p Claude Code has an entry "wassette" of its own/),
      expect.stringMatching(/^Codex: "enabled" in the entry switches it off/),
    ]);
  });

  it('are in the way when what they start is gone, and looked at with what is not ours', () => {
    const machine = makeMachine();
    scriptWassette(path.join(machine.home, 'wassette'), { version: '0.8.0' });
    machine.sh('wassette-state install codex -y --wassette ./wassette');
    machine.sh('mkdir .cursor bin && mv wassette bin/wassette');
    const wassette = { command: path.join(machine.home, 'bin/wassette'), args: ['run'] };
    writeFileSync(path.join(machine.home, '.cursor/mcp.json'), JSON.stringify({ mcpServers: { wassette } }));
    const { stdout, code } = machine.sh('wassette-state doctor --json --wassette bin/wassette');
    const found = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(codesOf(found)).toEqual(['STORE_NO_WASSETTE']);
    expect(found.problems[0].hint).toContain('wassette-state install codex --wassette PATH');
    expect(found.clients).toMatchObject([
      { client: 'cursor', wrapped: false },
      { client: 'codex', wrapped: true, wassette: null },
    ]);
    expect(found.notes).toContainEqual(expect.stringMatching(/^Cursor starts a Wassette that nobody tells/));
  });
});

it('--quiet prints the answer and what is in the way', async () => {
  const host = makeHost();
  const run = async () => command('doctor', '-q', '--wassette', wassetteOf(host), ...host.flags);
  expect(await run()).toMatchObject({ code: 0, stdout: 'A handoff works here.\n', stderr: '' });
  writeFileSync(path.join(host.locations.componentDir, 'broken.wasm'), coreModuleBytes());
  const { stdout, code } = await run();
  expect(code).toBe(1);
  expect(stdout).toMatch(/^problem: component "broken".*\[FORMAT_NOT_A_COMPONENT\]/s);
});

it('a person reads what fits into 80 columns', () => {
  const machine = makeMachine();
  machine.install('weather');
  scriptWassette(path.join(machine.home, 'wassette'), { version: '0.7.0' });
  machine.install('broken', coreModuleBytes());
  const runs = [machine.sh('wassette-state doctor --wassette ./wassette')];
  machine.sh('rm .local/share/wassette/components/broken.*');
  runs.push(machine.sh('wassette-state doctor --wassette ./wassette'));
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 1, stderr: '' },
    { code: 0, stderr: '' },
  ]);
  const text = runs.map(({ stdout }) => stdout.replaceAll(machine.home, '/home/ada')).join('\n\n');
  const file = new URL('doctor.txt', import.meta.url);
  if (process.env.UPDATE) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
  const long = text.split('\n').filter((line) => line.length > 80 && !/^\s+wassette-state /.test(line));
  expect(long).toEqual([]);
});

describe('an approver whom the operator policy names', () => {
  it('is told of where no approval by them can count here: not accepted, not for approvals, or no more', async () => {
    const host = makeHost();
    const at = (name: string) => path.join(path.dirname(host.locations.componentDir), name);
    vi.stubEnv('XDG_CONFIG_HOME', at('config'));
    mkdirSync(at('config/wassette-state'), { recursive: true });
    const { publicKey } = testKey('ed25519');
    const approvals = 'namespaces="wassette-state-approval"';
    const lines = [
      `alice ${approvals} ${publicKey.sshLine}`,
      `bob namespaces="wassette-state" ${publicKey.sshLine}`,
      `carol ${approvals},valid-before="20200101Z" ${testKey('p256').publicKey.sshLine}`,
    ];
    writeFileSync(at('config/wassette-state/allowed_signers'), `${lines.join('\n')}\n`);
    const policy = operatorPolicyFile({ approvers: '[alice, bob, carol, dave]' });
    const { notes } = await withWassette({ ...host, flags: [...host.flags, '--policy', policy] });
    const said = notes.filter((note: string) => note.includes('an approver in line'));
    expect(said.map((note: string) => /"(\w+)".*policy, (.*):/.exec(note)!.slice(1))).toEqual([
      ['bob', 'is accepted by another name only'],
      ['carol', expect.stringContaining('is not accepted after')],
      ['dave', 'is not in the list of accepted signers'],
    ]);
  });
});
