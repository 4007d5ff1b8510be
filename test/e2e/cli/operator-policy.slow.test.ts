// The operator's policy in a terminal: the example of the documents, its exit codes, and a server that does not start.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { fileWithCode } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { policyText } from '../../fixtures/host.ts';
import { operatorPolicyText, type Rules } from '../../fixtures/operator-policy.ts';
import { keyText, testKey } from '../../fixtures/signing.ts';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';

const PAGE = readFileSync(
  fileURLToPath(new URL('../../../docs/operator-policy.md', import.meta.url)),
  'utf8',
);

/** On one line, as it was before it was wrapped. */
const flat = (text: string) => text.replace(/\s+/g, ' ');

/** A machine with a policy at the default place, and a snapshot in its home. */
function machineWith(text: string, snapshot: string): Machine {
  const machine = makeMachine();
  const folder = path.join(machine.home, '.config/wassette-state');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(folder, 'policy.yaml'), text, { mode: 0o600 });
  writeFileSync(path.join(machine.home, 'tools.json'), snapshot);
  return machine;
}

const asking = (host: string) => fileWithCode([{ id: 'a', policy: policyText({ network: [host] }) }]);
const capped = (rules: Rules, host = 'a.example') => machineWith(operatorPolicyText(rules), asking(host));

describe('the example in docs/operator-policy.md', () => {
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(PAGE)!;
  const [, explain] = /^(wassette-state policy explain \S+)/m.exec(PAGE)!;
  const weather = `version: "1.0"
permissions:
  network:
    allow:
    - host: https://api.weather.example
  storage:
    allow:
    - uri: fs:///srv/weather/cache
      access: [read, write]
  environment:
    allow:
    - key: WEATHER_UNITS
  resources:
    limits:
      memory: 256Mi
`;
  const at = (policy: string) => machineWith(example!, fileWithCode([{ id: 'weather', policy }]));
  /** What the example asks for is in the store. */
  const stored = (policy: string) => {
    const machine = at(policy);
    const giver = path.join(machine.home, 'giver');
    mkdirSync(giver);
    writeFileSync(path.join(giver, 'weather.wasm'), componentBytes('weather'));
    writeFileSync(path.join(giver, 'weather.policy.yaml'), policy);
    writeFileSync(path.join(machine.home, 'alice.pem'), keyText('ed25519'), { mode: 0o600 });
    expect(
      machine.sh('wassette-state export --name weather --component-dir giver --sign alice.pem').code,
    ).toBe(0);
    return machine;
  };

  it('lets through what is within, line by line', () => {
    const machine = stored(weather);
    const signers = path.join(machine.home, '.config/wassette-state/allowed_signers');
    const { publicKey } = testKey('ed25519');
    const accepted = `alice@example.com namespaces="wassette-state" ${publicKey.sshLine}\n`;
    writeFileSync(signers, accepted, { mode: 0o600 });
    const { code, stdout } = machine.sh('wassette-state policy explain weather');
    const lineOf = (text: string) => example!.split('\n').findIndex((line) => line.includes(text)) + 1;
    const said = flat(stdout);
    const allowed = (rule: string, what: string) =>
      expect(said).toContain(`allowed by line ${lineOf(rule)} ${what}`);
    allowed('component_ids', '"weather" (sha256');
    allowed('store,', 'the snapshot comes from the local store');
    allowed('signers', 'the snapshot is signed by "alice@example.com"');
    allowed('require_signature', 'the snapshot is signed by "alice@example.com"');
    allowed('api.weather', '"weather" may reach "api.weather.example" over https');
    allowed('path: /srv/weather', '"weather" may write files in "/srv/weather/cache"');
    allowed('environment', '"weather" may read the environment variable "WEATHER_UNITS"');
    allowed('memory', '"weather" may use up to 268435456 bytes of memory');
    expect(said).toContain('The import is within the policy.');
    expect(code).toBe(0);
    expect(machine.sh('wassette-state import weather --yes')).toMatchObject({ code: 0 });
    expect(machine.installed()).toEqual(['weather']);
  });

  it('refuses what is beyond, and its own command says so with exit code 1', () => {
    const machine = at(weather.replace('api.weather', 'api.other'));
    const { code, stdout } = machine.sh(explain!);
    expect(code).toBe(1);
    expect(stdout).toMatch(/REFUSED by line \d+ +"weather" may reach\s+"api\.other\.example"\s+over https/);
    expect(stdout).toMatch(/REFUSED by line \d+ +the snapshot comes from/);
    expect(stdout).toMatch(/REFUSED by line \d+ +the snapshot is signed by nobody/);
    expect(stdout).toContain('The import is refused: 4 things beyond the policy.');
    expect(machine.sh('wassette-state import tools.json --yes').code).toBe(5);
    expect(machine.installed()).toEqual([]);
  });
});

describe('policy explain', () => {
  it('prints one document with --json', () => {
    const machine = capped({ hosts: '[b.example]' });
    const { code, stdout } = machine.sh('wassette-state policy explain tools.json --json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      policy: `${machine.home}/.config/wassette-state/policy.yaml`,
      within: false,
      verdicts: expect.arrayContaining([
        {
          component_id: 'a',
          text: '"a" may reach "a.example"',
          rule: 'hosts',
          line: 6,
          decision: 'refused',
          is_here: false,
        },
      ]),
    });
    const only = machine.sh('wassette-state -q policy explain tools.json');
    expect(only.stdout).toBe(
      '  REFUSED by line 6     "a" may reach "a.example"\nThe import is refused: 1 thing beyond the policy.\n',
    );
  });

  it('names another policy, and reads a snapshot from standard input', () => {
    const machine = capped({ hosts: '[]' });
    writeFileSync(path.join(machine.home, 'mine.yaml'), operatorPolicyText(), { mode: 0o600 });
    expect(machine.sh('wassette-state policy explain tools.json --policy mine.yaml').code).toBe(0);
    expect(machine.sh('wassette-state policy explain - < tools.json').code).toBe(1);
    expect(machine.sh('wassette-state policy explain - --policy mine.yaml < tools.json').code).toBe(0);
  });

  it('says that there is none; and where an import changes nothing, what the policy says of what is here', () => {
    const machine = makeMachine();
    writeFileSync(path.join(machine.home, 'tools.json'), asking('a.example'));
    expect(machine.sh('wassette-state policy explain tools.json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('There is no operator policy: nothing is capped.'),
    });
    const strict = capped({ component_ids: '[]' });
    expect(strict.sh('wassette-state import tools.json --yes --policy tools.json').code).toBe(3);
    writeFileSync(path.join(strict.componentDir, 'a.wasm'), componentBytes('a'));
    writeFileSync(path.join(strict.componentDir, 'a.policy.yaml'), policyText({ network: ['a.example'] }));
    const refused = strict.sh('wassette-state policy explain tools.json');
    expect(refused.code).toBe(1);
    expect(flat(refused.stdout)).toContain('here, BEYOND line 2 "a" is here already');
    expect(flat(refused.stdout)).toContain('here, not capped "a" may reach "a.example"');
    expect(flat(refused.stdout)).toContain(
      'The import would change nothing. 1 thing beyond the policy, here',
    );
    expect(strict.sh('wassette-state import tools.json --yes').code).toBe(0);
    writeFileSync(path.join(strict.home, 'open.yaml'), operatorPolicyText(), { mode: 0o600 });
    const within = strict.sh('wassette-state policy explain tools.json --policy open.yaml');
    expect(within).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('What is here already is within the policy.'),
    });
  });
});

describe('a policy that cannot be taken', () => {
  const commands = ['import tools.json --yes', 'policy explain tools.json', 'serve', 'undo --yes'];

  it.each(commands)('stops %s: a mistake, with its line', (command) => {
    const machine = capped({ hosts: 'a.example' });
    const run = machine.sh(`wassette-state ${command}`);
    expect(run.code).toBe(3);
    expect(flat(run.stderr)).toContain('policy.yaml line 6: "hosts" is neither a list nor "any"');
    expect(machine.installed()).toEqual([]);
  });

  it.each(commands)('stops %s: one that is named and not there', (command) => {
    const run = capped({}).sh(`wassette-state ${command} --policy missing.yaml`);
    expect(run).toMatchObject({ code: 7, stderr: expect.stringContaining('STORE_NOT_FOUND') });
  });

  it.each(commands)('stops %s: one that others can write, with what to do', (command) => {
    const machine = capped({});
    chmodSync(path.join(machine.home, '.config/wassette-state/policy.yaml'), 0o666);
    const run = machine.sh(`wassette-state ${command}`);
    expect(run).toMatchObject({ code: 7, stderr: expect.stringContaining('STORE_UNTRUSTED_FILE') });
    expect(run.stderr).toContain('chmod go-w');
  });

  it('is a problem that doctor names, and one that can be is what it says is in force', () => {
    const works = JSON.parse(capped({}).sh('wassette-state doctor --json').stdout);
    expect(works.operator_policy).toMatch(/\/\.config\/wassette-state\/policy\.yaml$/);
    const broken = JSON.parse(capped({ hosts: '' }).sh('wassette-state doctor --json').stdout);
    expect(broken.operator_policy).toBeNull();
    expect(broken.problems).toContainEqual(failing('FORMAT_INVALID_OPERATOR_POLICY'));
  });
});

it('a command that is printed goes by the policy of the one that prints it', () => {
  const machine = makeMachine();
  writeFileSync(path.join(machine.home, 'tools.json'), asking('a.example'));
  writeFileSync(path.join(machine.home, 'mine.yaml'), operatorPolicyText(), { mode: 0o600 });
  const { stdout } = machine.sh('wassette-state import tools.json --dry-run --policy mine.yaml');
  const [line] = /^ {2}wassette-state .*$/m.exec(stdout)!;
  expect(line).toContain('--policy mine.yaml');
  expect(machine.sh(line.trim())).toMatchObject({ code: 0 });
  expect(machine.installed()).toEqual(['a']);
});
