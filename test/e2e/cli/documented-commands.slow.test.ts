// What the help, the documents and the program itself tell people to type is typed, between two machines where it says so.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { coreModuleBytes } from '../../fixtures/components/component.ts';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';
import { scriptWassette } from '../../fixtures/wassette/scripted-wassette.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The commands in a text, each with what stands beside it. */
function commandsIn(text: string): { line: string; beside: string }[] {
  return [...text.matchAll(/^ *(wassette-state (?:\S+ ?)+)(?: +#? *(\S.*))?$/gm)].map(
    ([, line, beside = '']) => ({
      line: line!.trim(),
      beside,
    }),
  );
}

/** Nobody can be asked here. */
function unasked(line: string): string {
  return /^wassette-state (import|undo)\b/.test(line) ? `${line} --yes` : line;
}

/** Runs a command that succeeds; `diff` says by its exit code that there is a difference. */
function expectDone(machine: Machine, line: string): string {
  const { code, stdout, stderr } = machine.sh(line);
  const wanted = line.startsWith('wassette-state diff ') ? 1 : 0;
  expect({ line, code, stderr }).toEqual({ line, code: wanted, stderr: '' });
  return stdout;
}

const OVER_SSH = ' | ssh HOST ';

/** Runs the first half of a line here, and has there read what it prints. */
function expectPiped(line: string, here: Machine, there: Machine): void {
  const [give, take] = line.split(OVER_SSH);
  // What is compressed is no text.
  const given = here.sh(`${give} > given`);
  expect(given).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Exported /) });
  handOver(here, there, 'given');
  expect(there.sh(`${take} < given`)).toMatchObject({ code: 0, stderr: '' });
}

function handOver(from: Machine, to: Machine, file: string): void {
  copyFileSync(path.join(from.home, file), path.join(to.home, file));
}

test('the handoff in the help goes from one machine to another, and the one on a machine stays there', () => {
  const here = makeMachine();
  const there = makeMachine();
  here.install('weather');
  const commands = commandsIn(here.sh('wassette-state --help').stdout);
  expect(commands.map(({ line }) => line.split(' ')[1])).toEqual([
    'export',
    'import',
    'undo',
    'export',
    'export',
    'import',
  ]);
  const [give, take, undo, pipe, name, use] = commands;
  for (const { line, beside } of [give!, take!, undo!]) {
    const machine = beside.startsWith('there') ? there : here;
    if (line === take!.line) handOver(here, there, 'tools.json');
    expectDone(machine, unasked(line));
    if (line === take!.line) expect(there.installed()).toEqual(['weather']);
  }
  expect(there.installed()).toEqual([]);
  expectPiped(pipe!.line, here, there);
  expect(there.installed()).toEqual(['weather']);
  for (const { line } of [name!, use!]) expectDone(here, unasked(line));
  expect(here.installed(path.join(here.home, 'OTHER'))).toEqual(['weather']);
});

test('the commands of docs/command-line.md do what stands beside them', () => {
  const here = makeMachine();
  const there = makeMachine();
  here.install('weather');
  const page = readFileSync(`${ROOT}docs/command-line.md`, 'utf8');
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => commandsIn(text!));
  // What cosign signs is verified in the slow tests.
  const known = blocks.filter((commands) => commands.length > 0);
  const [handoff, pipe, compressed, signing, elsewhere, trusting, again, past, manifest, ...others] = known;
  expect(others).toEqual([]);
  for (const { line, beside } of handoff!) {
    const machine = beside.includes('there') ? there : here;
    expectDone(machine, unasked(line));
    if (line.includes('-o tools.json')) handOver(here, there, 'tools.json');
    if (line.startsWith('wassette-state import')) expect(there.installed()).toEqual(['weather']);
  }
  expect(there.installed()).toEqual([]);
  for (const { line } of pipe!) expectPiped(line, here, there);
  expect(there.installed()).toEqual(['weather']);
  for (const { line } of compressed!)
    if (line.includes(OVER_SSH)) expectPiped(line, here, there);
    else expectDone(here, line);
  expect(here.sh(/^openssl.*?(?= +#)/m.exec(page)![0]).code).toBe(0);
  for (const { line, beside } of signing!) {
    const said = expectDone(beside.startsWith('there') ? there : here, line);
    if (line.includes('-o tools.json')) handOver(here, there, 'tools.json');
    if (line.includes(' verify ')) expect(said).toContain('holds  Sigstore bundle over the snapshot');
  }
  expectDone(here, elsewhere![0]!.line);
  const [accept, required] = trusting!.map(({ line }) => unasked(line));
  expect(here.sh('openssl pkey -in key.pem -pubout -out alice.pub').code).toBe(0);
  handOver(here, there, 'alice.pub');
  expect(there.sh(required!).code).toBe(5);
  for (const line of [accept!, required!]) expectDone(there, line);
  expectDone(here, again![0]!.line);
  for (const { line } of past!) expect(expectDone(here, line)).toContain('sha256:');
  const [write, read] = manifest!;
  expectDone(here, write!.line);
  rmSync(path.join(here.componentDir, 'weather.policy.yaml'));
  expectDone(here, unasked(read!.line));
  expect(readFileSync(path.join(here.componentDir, 'weather.policy.yaml'), 'utf8')).toContain('CITY');
});

test('the README sets a client up with what is there, and then nothing is in the way of a handoff', () => {
  const machine = makeMachine();
  const wassette = path.join(machine.home, 'wassette');
  mkdirSync(wassette);
  scriptWassette(path.join(wassette, 'wassette'), { version: '0.8.0' });
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');
  expect(readme).not.toMatch(/\bnpx\b/); // nothing is published: somebody else could register the name
  const [install, doctor, ...others] = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text]) =>
    commandsIn(text!),
  );
  expect(others).toEqual([]);
  expect(readme).toMatch(/fetch-wassette\.sh ~\/wassette /);
  expectDone(machine, `${install!.line} --yes`);
  const { wassette: entry } = JSON.parse(
    readFileSync(path.join(machine.home, '.claude.json'), 'utf8'),
  ).mcpServers;
  expect(entry.command).toBe(process.execPath);
  expect(entry.args).toContain(path.join(wassette, 'wassette'));
  expect(expectDone(machine, doctor!.line)).toContain('A handoff works here.');
});

test('the script that gets Wassette says where it is', () => {
  const machine = makeMachine();
  mkdirSync(path.join(machine.home, 'wassette'));
  scriptWassette(path.join(machine.home, 'wassette/wassette'), { version: '0.8.0' });
  const script = `${ROOT}test/fixtures/wassette/fetch-wassette.sh`;
  expect(machine.sh(`sh ${script} ~/wassette 0.8.0`)).toEqual({
    code: 0,
    stdout: `Wassette 0.8.0 is at ${machine.home}/wassette/wassette\n`,
    stderr: '',
  });
});

/** Each command that the program printed on a line of its own. */
function printedBy({ stdout, stderr }: { stdout: string; stderr: string }): string[] {
  return [...`${stdout}\n${stderr}`.matchAll(/^ {2}(wassette-state .*)$/gm)].map(([, line]) => line!);
}

describe('a command that was printed works as it stands', () => {
  const odd = () => makeMachine("my team's $HOME & (co)");
  const flags = "--component-dir 'other components' --secrets-dir './s' --state-dir state";
  const other = (machine: Machine) => path.join(machine.home, 'other components');

  test('after an export to a file without code, to put the code in and to restore it', () => {
    const machine = odd();
    machine.install('weather');
    const printed = printedBy(machine.sh('wassette-state export -o nobin.json --tag a=b'));
    expect(printed.map((line) => line.includes('--include-binaries'))).toEqual([true, false]);
    for (const line of printed) expectDone(machine, line);
    expect(readFileSync(path.join(machine.home, 'nobin.json'), 'utf8')).toContain('binary_data');
  });

  test('where nobody is accepted as a signer, to accept somebody', () => {
    const machine = odd();
    machine.sh('openssl genpkey -algorithm ed25519 -out k && openssl pkey -in k -pubout -out alice.pub');
    for (const list of ['', " --allowed-signers 'the team'"]) {
      const [add] = printedBy(machine.sh(`wassette-state trust list${list}`));
      expectDone(machine, add!);
      expect(expectDone(machine, `wassette-state trust list${list}`)).toContain('as   alice@example.com');
    }
  });

  test('after an export to the store, for another machine and to restore it', () => {
    const machine = odd();
    machine.install('weather');
    const [carry, restore] = printedBy(machine.sh('wassette-state export --name tools'));
    expectDone(machine, carry!);
    const there = makeMachine();
    handOver(machine, there, 'tools.json');
    expectDone(there, 'wassette-state import tools.json --yes');
    expectDone(machine, restore!);
  });

  test('after a plan to approve it, and after the import to take it back on the same host', () => {
    const machine = odd();
    machine.install('weather');
    machine.sh('wassette-state export -o tools.json --include-binaries');
    for (const asking of ['--dry-run', '']) {
      const planned = machine.sh(`wassette-state import tools.json ${flags} ${asking}`.trim());
      const [approve] = printedBy(planned);
      const [undo] = printedBy(machine.sh(approve!));
      expect(machine.installed(other(machine))).toEqual(['weather']);
      // From elsewhere, too: the directories are whole paths.
      expectDone(machine, `cd / && ${undo} --yes`);
      expect(machine.installed(other(machine))).toEqual([]);
      expect(machine.installed()).toEqual(['weather']);
    }
  });

  test('where components are in the way of an export, to take the others', () => {
    const machine = odd();
    machine.install('weather');
    machine.install('two words');
    machine.install('module', coreModuleBytes());
    const refused = machine.sh('wassette-state export --name tools');
    expect(refused.code).toBe(3);
    const [others] = printedBy(refused);
    expect(expectDone(machine, others!)).toContain('2 components');
  });

  test('where a grant is refused, to take it by name', () => {
    const machine = odd();
    machine.install('weather');
    const policy = path.join(machine.componentDir, 'weather.policy.yaml');
    writeFileSync(
      policy,
      'version: "1.0"\npermissions:\n  storage:\n    allow:\n      - uri: "fs:///proc/self/cwd"\n        access: [read]\n',
    );
    machine.sh('wassette-state export -o tools.json --include-binaries');
    const refused = machine.sh('wassette-state import tools.json --component-dir other --yes');
    expect(refused.code).toBe(5);
    const [take] = printedBy(refused);
    expectDone(machine, take!);
    expect(machine.installed(path.join(machine.home, 'other'))).toEqual(['weather']);
  });

  test('where an approval no longer fits, to plan again, and where the store is empty, to fill it', () => {
    const machine = odd();
    machine.install('weather');
    const [fill] = printedBy(machine.sh('wassette-state store list'));
    expectDone(machine, `${fill} --name tools`);
    const plan = machine.sh(`wassette-state import tools --component-dir other --dry-run`);
    const [approve] = printedBy(plan);
    const stale = machine.sh(approve!.replace('import tools', 'import tools --remove-extra'));
    expect(stale.code).toBe(6);
    const [again] = printedBy(stale);
    expectDone(machine, again!);
  });
});

test('an example that is started without its arguments says which it takes', () => {
  const machine = makeMachine();
  for (const script of ['backup-and-restore.sh', 'promote.sh', 'team-git.sh', 'pin-in-ci.sh']) {
    const { code, stderr } = machine.sh(`bash ${ROOT}examples/${script}`);
    expect({ script, code, usage: stderr.startsWith('usage: ') }).toEqual({ script, code: 2, usage: true });
  }
});
