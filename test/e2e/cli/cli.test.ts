// What a person sees, as transcripts in 80 columns: command, output, exit code. UPDATE=1 writes them anew.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { atTerminal } from '../../fixtures/system/at-terminal.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const TRANSCRIPTS = fileURLToPath(new URL('./transcripts/', import.meta.url));

interface Run {
  stdout: string;
  stderr: string;
  code: number | null;
}

function run(args: string[], host?: TestHost): Run {
  const cwd = host === undefined ? undefined : path.dirname(host.locations.componentDir);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [PROGRAM, ...args, ...(host?.flagsFor(...args) ?? [])],
    {
      encoding: 'utf8',
      input: '',
      cwd,
      env: { ...process.env, COLUMNS: '80' },
    },
  );
  return { stdout, stderr, code: status };
}

/** A transcript with what differs from run to run replaced; digests get a number each, in order of appearance. */
class Transcript {
  #text = '';
  readonly #digests = new Map<string, string>();

  constructor(private readonly roots: Record<string, TestHost>) {}

  run(words: string, host?: TestHost): Run {
    const done = run(words.split(' '), host);
    // How long a message is depends on where the temporary folder is: lines are joined again.
    const joined = done.stderr.replace(/\n {6,7}(?=\S)/g, ' ');
    const stderr = joined.replace(/^/gm, '! ').replace(/! $/, '');
    this.#text += `$ wassette-state ${words}\n${done.stdout}${stderr}[exit ${done.code}]\n\n`;
    return done;
  }

  matches(name: string): void {
    let text = this.#text;
    for (const [label, host] of Object.entries(this.roots)) {
      text = text.replaceAll(path.dirname(host.locations.componentDir), `/${label}`);
    }
    text = text.replace(/[0-9a-f]{64}|\b[0-9a-f]{16}\b|(?<=sha256:)[0-9a-f]{12}/g, (digest) => {
      const key = digest.slice(0, 12);
      if (!this.#digests.has(key)) this.#digests.set(key, `<digest ${this.#digests.size + 1}>`);
      return this.#digests.get(key)!;
    });
    text = text.replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d\.\d+Z)?/g, '<time>');
    const file = `${TRANSCRIPTS}${name}.txt`;
    if (process.env.UPDATE) {
      mkdirSync(TRANSCRIPTS, { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, 'utf8'));
  }
}

test('the help of the program and of each command fits 80 columns', () => {
  const transcript = new Transcript({});
  for (const command of [
    '',
    'serve ',
    'export ',
    'import ',
    'list ',
    'inspect ',
    'diff ',
    'undo ',
    'approve ',
    'doctor ',
    'install ',
    'recover ',
    'completion ',
    'store ',
    'store list ',
    'store remove ',
    'store prune ',
    'policy explain ',
  ]) {
    const { stdout, code } = transcript.run(`${command}--help`);
    expect(code).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  }
  transcript.matches('help');
});

test('the command line hands a host over, from list to undo', () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ network: ['api.example.com'], environment: ['CITY'] }) });
  giver.install('notes', { code: 'new notes' });
  taker.install('notes', { code: 'old notes', policy: policyText({ network: ['old.example.com'] }) });
  taker.install('extra', { policy: policyText({}) });
  taker.storeSecrets('weather', { API_KEY: 'hidden' });
  const transcript = new Transcript({ giver, taker });
  transcript.run('list', giver);
  transcript.run('export --name tools --description desk --tag environment=dev', giver);
  transcript.run('export --name tools --description desk --tag environment=dev', giver);
  transcript.run('store list', giver);
  transcript.run('inspect tools --components weather', taker);
  const before = taker.files();
  transcript.run('import tools --remove-extra', taker); // nobody can be asked here
  expect(taker.files()).toEqual(before);
  const plan = run(['import', 'tools', '--remove-extra', '--dry-run', '--json'], taker);
  const { plan_digest } = JSON.parse(plan.stdout) as { plan_digest: string };
  expect(run(['import', 'tools', '--approve', plan_digest], taker).code).toBe(6); // another plan, and the first still waits
  transcript.run(`import tools --remove-extra --approve ${plan_digest}`, taker);
  expect(taker.files()).toEqual(giver.files());
  transcript.run('import tools --yes', taker);
  transcript.run('undo', taker);
  transcript.run('undo --yes', taker);
  expect(taker.files()).toEqual(before);
  transcript.run('undo --yes', taker);
  transcript.run('recover', taker);
  transcript.run('recover --abandon', taker);
  transcript.run('store remove tools', taker);
  transcript.run('store remove tools', taker);
  transcript.run('store prune --dry-run', taker);
  transcript.matches('handoff');
});

test('the command line imports a manifest, and exports to one', () => {
  const giver = makeHost();
  const taker = makeHost();
  giver.install('weather', { policy: policyText({ network: ['api.example.com'], environment: ['CITY'] }) });
  giver.install('notes');
  const file = path.join(path.dirname(giver.locations.componentDir), 'deployment.yaml');
  const transcript = new Transcript({ giver, taker });
  transcript.run('export -o deployment.yaml', giver);
  transcript.run('export -o deployment.yaml --include-binaries', giver);
  transcript.run('inspect deployment.yaml --components weather', giver);
  transcript.run(`import ${file} --yes`, taker);
  transcript.run(`import ${file} --yes`, taker);
  const kept = readFileSync(file, 'utf8').replace(
    /permissions:[^-]*- key: "NO_VARIABLE="/,
    'permissions: {}',
  );
  writeFileSync(file, kept.replace('- key: "CITY"', '- key: "CITY"\n            value_from: "TOWN"'));
  transcript.run(`list ${file}`, taker);
  writeFileSync(file, kept.replace(/file:.*weather.wasm/, 'oci://registry.example/owner/weather:1'));
  transcript.run(`import ${file}`, taker);
  writeFileSync(file, kept.replace('api.example.com', ''));
  transcript.run(`import ${file}`, taker);
  transcript.matches('manifest');
});

test('mistakes say what was wrong and what to do, with the exit code of their kind', () => {
  const host = makeHost();
  host.install('tool', { policy: policyText({}) });
  const other = makeHost();
  other.install('broken', { policy: 'version: "2.0"\npermissions: {}\n' });
  writeFileSync(path.join(path.dirname(host.locations.componentDir), 'odd.json'), '{ "version": 2 }');
  writeFileSync(path.join(path.dirname(host.locations.componentDir), 'package.json'), '{ "name": "x" }');
  const transcript = new Transcript({ host, other });
  transcript.run('exprot');
  transcript.run('import');
  transcript.run('import tools --ys', host);
  transcript.run('import tools --yes --dry-run', host);
  transcript.run('import tools --no-verify', host);
  transcript.run('serve --approval signed', host);
  transcript.run('export --tag environment', host);
  transcript.run('export --source tool', host);
  transcript.run('export --components tol', host);
  transcript.run('export -o state.txt', host);
  transcript.run('export -o components/state.json', host);
  transcript.run('export -o package.json', host);
  transcript.run('export --name Tools', host);
  transcript.run('export', other);
  transcript.run('import nowhere', host);
  transcript.run('import ./nowhere.json', host);
  transcript.run('import odd.json', host);
  transcript.run('import oci://registry.example/Tools', host);
  transcript.run('import sha256:ab', host);
  transcript.run('list package.json/state.json', host);
  transcript.run('import tools --approve sha256:0000', host);
  transcript.run('list --component-dir /nonexistent/components');
  transcript.matches('mistakes');
});

test('the command that a dry run offers can be pasted into a shell', () => {
  const host = makeHost();
  host.install('tool', { policy: policyText({}) });
  const root = path.dirname(host.locations.componentDir);
  const file = path.join(root, "my team's tools.json");
  expect(run(['export', '-o', file, '--include-binaries'], host).code).toBe(0);
  const taker = makeHost();
  const { stdout } = run(['import', file, '--components', 'tool', '--dry-run'], taker);
  const offered = /^ {2}wassette-state (.*)$/m.exec(stdout)![1]!;
  const shell = `exec "$0" "$1" ${offered}`;
  expect(spawnSync('/bin/sh', ['-c', shell, process.execPath, PROGRAM]).status).toBe(0);
  expect(Object.keys(taker.files())).toContain('tool.wasm');
});

test('options about the output may stand before the command, which starts no server then', () => {
  const host = makeHost();
  host.install('tool');
  expect(run(['-q', '--no-color', 'list'], host)).toEqual(run(['list'], host));
  expect(run(['--quiet', 'store', 'list', '--json'], host)).toMatchObject({ code: 0, stderr: '' });
});

test('an address that is none is refused before anything else is said', () => {
  const host = makeHost();
  for (const args of [['import', 'nowhere'], ['undo'], ['serve']]) {
    const { code, stdout, stderr } = run([...args, '--wassette-url', 'foo'], host);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('http://');
  }
});

test('every kind of error has its exit code: usage 2, format 3, verification 4, policy 5, conflict 6, store 7', () => {
  const host = makeHost();
  host.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const root = path.dirname(host.locations.componentDir);
  const file = path.join(root, 'state.json');
  expect(run(['export', '-o', file, '--include-binaries'], host).code).toBe(0);
  const text = readFileSync(file, 'utf8');
  writeFileSync(path.join(root, 'altered.json'), text.replace('AGFzbQ', 'AGFzbR'));
  writeFileSync(path.join(root, 'wider.json'), text.replace('api.example.com', 'www.example.com'));
  writeFileSync(path.join(root, 'cut.json'), text.slice(0, -20));
  expect(run(['export', '--name', 'NO'], host).code).toBe(2);
  expect(run(['import', './cut.json'], host).code).toBe(3);
  expect(run(['inspect', './altered.json'], host).code).toBe(4);
  const fresh = makeHost();
  expect(run(['import', path.join(root, 'altered.json'), '--yes'], fresh).code).toBe(4);
  expect(fresh.files()).toEqual({});
  expect(run(['import', './wider.json'], host).code).toBe(4);
  expect(run(['import', './state.json'], makeHostWithCopy(file)).code).toBe(5);
  expect(run(['import', './state.json', '--approve', `sha256:${'0'.repeat(64)}`], host).code).toBe(6);
  expect(run(['import', 'unknown'], host).code).toBe(7);
});

function makeHostWithCopy(file: string): TestHost {
  const host = makeHost();
  writeFileSync(path.join(path.dirname(host.locations.componentDir), 'state.json'), readFileSync(file));
  return host;
}

test('--json is JSON for every command, errors included', () => {
  const host = makeHost();
  const taker = makeHost({ stateDir: host.locations.stateDir });
  host.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const commands = [
    'export --name tools',
    'list',
    'list tools',
    'inspect tools',
    'store list',
    'import tools',
    'import tools --yes',
    'recover',
    'store prune',
    'import nowhere',
    'undo --yes',
    'undo --ys',
    'undo now',
    'undoo',
    'import',
    'export --tag x',
    'store lst',
  ];
  const onTheTaker = [
    'import tools',
    'import tools --dry-run',
    'import tools --yes',
    'undo',
    'undo --dry-run',
  ];
  const all = [...commands.map((c) => [c, host] as const), ...onTheTaker.map((c) => [c, taker] as const)];
  for (const [command, on] of all) {
    const { stdout } = run([...command.split(' '), '--json'], on);
    expect(() => JSON.parse(stdout) as unknown, command).not.toThrow();
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
    expect(stdout, command).not.toMatch(/"[a-z]+[A-Z]\w*":/);
  }
});

test('--json without an approval gives one document: the plan, and the error that says what is missing', () => {
  const host = makeHost();
  const taker = makeHost({ stateDir: host.locations.stateDir });
  host.install('tool', { policy: policyText({}) });
  run(['export', '--name', 'tools'], host);
  const asked = JSON.parse(run(['import', 'tools', '--json'], taker).stdout);
  expect(asked.error.code).toBe('POLICY_APPROVAL_REQUIRED');
  expect(asked.sentences).toHaveLength(1);
  expect(run(['import', 'tools', '--json', '--approve', asked.plan_digest], taker).code).toBe(0);
  const undone = JSON.parse(run(['undo', '--json'], taker).stdout);
  expect(undone.error.code).toBe('POLICY_APPROVAL_REQUIRED');
  expect(undone.steps).toMatchObject([{ component_id: 'tool', action: 'remove' }]);
});

test.each([
  ['n', 5, 'old'],
  ['y', 0, 'new'],
])('at a terminal an import asks, and %s gives exit code %i and the %s state', (answer, code, state) => {
  const host = makeHost();
  const taker = makeHost({ stateDir: host.locations.stateDir });
  host.install('tool', { policy: policyText({}) });
  run(['export', '--name', 'tools'], host);
  const args = [process.execPath, PROGRAM, 'import', 'tools', ...taker.flags];
  expect(atTerminal(args, [['[y/N]', `${answer}\n`]]).code).toBe(code);
  expect(Object.keys(taker.files()).length > 0).toBe(state === 'new');
});
