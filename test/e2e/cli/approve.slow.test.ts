// `wassette-state approve` as it is typed: the commands are those that the agent was told, run in a pseudo-terminal.
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { command } from '../../fixtures/command-line.ts';
import { failing } from '../../fixtures/failing.ts';
import { connect } from '../../fixtures/servers/mcp.ts';
import { RawSession } from '../../fixtures/servers/raw-session.ts';
import { atTerminal } from '../../fixtures/system/at-terminal.ts';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';

const QUESTION = 'Approve exactly this plan, once? [y/N]';
const DIGEST = /sha256:[0-9a-f]{64}/;

interface Waiting {
  machine: Machine;
  /** What the person has to type. */
  command: string;
  digest: string;
  /** The agent's call that applies it. */
  call: object;
}

/** Sets the clock of every program forward, or back. */
const clock = (seconds: number) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${seconds * 1000};`)}`,
});

/** The program as an agent's client starts it. */
async function startAgent(
  machine: Machine,
  flags: readonly string[] = [],
  env: object = {},
): Promise<RawSession> {
  const serve = ['wassette-state', 'serve', '--approval', 'operator', ...flags];
  const agent = RawSession.start(serve, { ...machine.env, ...env }, machine.home);
  await agent.open();
  return agent;
}

/** The answer of a tool, or its error. */
async function asked(agent: RawSession, args: object): Promise<Record<string, unknown>> {
  const { result } = await agent.call('import_state', args);
  return result.isError ? JSON.parse(result.content[0].text) : result.structuredContent;
}

/** Where the program on the machine has everything. */
const hostOn = ({ home, componentDir }: Machine) => ({
  locations: {
    componentDir,
    secretsDir: path.join(home, '.config/wassette/secrets'),
    stateDir: path.join(home, '.local/state/wassette-state'),
  },
});

/** The same answers from a server in this process, which starts faster. */
async function told(
  machine: Machine,
  args: object,
  planLifetime = 7 * 86_400,
): Promise<Record<string, unknown>> {
  const agent = await connect(hostOn(machine), { approval: { by: 'operator', planLifetime } });
  const answer = agent.call('import_state', { ...args });
  return answer.then(({ structured }) => structured).catch((error) => error);
}

/** A machine with a snapshot of what it has no more, in a home that is hard to quote. */
async function withSnapshot(ids: readonly string[]): Promise<Machine> {
  const machine = makeMachine("it's home");
  for (const id of ids) machine.install(id);
  const { locations } = hostOn(machine);
  await exportStateTo({ name: 'tools' }, locations);
  for (const name of readdirSync(machine.componentDir))
    rmSync(path.join(machine.componentDir, name), { recursive: true });
  return machine;
}

/** A plan that waits. */
async function waiting(planLifetime?: number, ids = ['weather']): Promise<Waiting> {
  const machine = await withSnapshot(ids);
  return waitingAs(machine, await told(machine, { snapshot: 'tools' }, planLifetime));
}

function waitingAs(machine: Machine, planned: Record<string, unknown>): Waiting {
  const { arguments: call } = planned.next_step as { arguments: object };
  const digest = planned.plan_digest as string;
  return { machine, command: planned.approve_command as string, digest, call };
}

/** Runs the command at a terminal, and answers its question. */
function approve({ machine, command }: Waiting, answer = 'y\n', env: object = {}) {
  const shell = ['/bin/sh', '-c', command];
  const { seen, code } = atTerminal(shell, [[QUESTION, answer]], { ...machine.env, ...env });
  return { screen: seen.replaceAll('\r\n', '\n'), code };
}

describe('in a terminal', () => {
  test('what an agent is told to have typed shows the whole plan and approves it; the agent then applies it, once', async () => {
    const machine = await withSnapshot(['weather']);
    const agent = await startAgent(machine);
    const plan = waitingAs(machine, await asked(agent, { snapshot: 'tools' }));
    const { call, digest } = plan;
    const refused = await asked(agent, call);
    expect(refused).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
    expect(refused.hint).toContain(plan.command);
    const { screen, code } = approve(plan);
    expect(code).toBe(0);
    for (const line of [
      'Import that an agent asks for',
      'This changes:',
      'This allows on this host:',
      'may read the environment variable "CITY"',
      'This host still lacks:',
      digest,
    ])
      expect(screen).toContain(line);
    expect(screen).toMatch(/Approved 20\d\d-.* The agent's next call applies it/);
    expect(await asked(agent, call)).toMatchObject({ status: 'applied' });
    expect(machine.installed()).toEqual(['weather']);
    expect(await asked(agent, call)).toMatchObject({ already_applied: true });
  });

  test('an agent with a shell of the same user approves for itself, as the documents say', async () => {
    const plan = await waiting();
    // Everything here is what such an agent could do: no person is part of it.
    expect(approve(plan).code).toBe(0);
    expect(await told(plan.machine, plan.call)).toMatchObject({ status: 'applied' });
    const { stdout } = plan.machine.sh('wassette-state approve --help');
    expect(stdout).toContain('A terminal proves no person');
  });

  test.each([
    ['n\n', 5],
    ['yess\n', 5],
    ['\u0004', 130],
  ])('the answer %j approves nothing', async (answer, code) => {
    const plan = await waiting();
    expect(approve(plan, answer).code).toBe(code);
    expect(await told(plan.machine, plan.call)).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
  });

  test('the only plan that waits needs no digest, its first digits are enough, and it is approved once', async () => {
    const plan = await waiting();
    const { machine, digest } = plan;
    const bare = plan.command.replace(` ${digest}`, '');
    const first = approve({ ...plan, command: bare });
    expect(first).toMatchObject({ code: 0 });
    const short = plan.command.replace(digest, digest.slice(0, 19));
    const again = approve({ ...plan, command: short });
    expect(again).toMatchObject({ code: 0 });
    expect(again.screen).not.toContain(QUESTION);
    const revoke = /^ +(wassette-state approve --revoke .*)$/m.exec(again.screen)?.[1];
    expect(machine.sh(revoke!)).toMatchObject({ code: 0, stderr: '' });
    expect(await told(machine, plan.call)).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
  });

  test('several plans are listed, and one has to be named', async () => {
    const plan = await waiting(undefined, ['weather', 'notes']);
    await told(plan.machine, { snapshot: 'tools', component_ids: ['notes'] });
    const { screen, code } = approve({ ...plan, command: plan.command.replace(` ${plan.digest}`, '') });
    expect(code).toBe(2);
    expect(screen.match(new RegExp(`^${DIGEST.source}$`, 'gm'))).toHaveLength(2);
    expect(screen).toContain('2 plans wait');
  });

  test('a plan about a host that has changed since is not approved', async () => {
    const plan = await waiting();
    plan.machine.install('other');
    const { screen, code } = approve(plan);
    expect(code).toBe(6);
    expect(screen).toContain('[CONFLICT_STALE_PLAN]');
    expect(screen).not.toContain(QUESTION);
  });

  test('an approval is not lost with the server that made the plan', async () => {
    const machine = await withSnapshot(['weather']);
    const agent = await startAgent(machine);
    const plan = waitingAs(machine, await asked(agent, { snapshot: 'tools' }));
    approve(plan);
    agent.child.kill('SIGKILL');
    await once(agent.child, 'exit');
    expect(await told(plan.machine, plan.call)).toMatchObject({ status: 'applied' });
  });

  test('a plan waits as long as the operator has said, and its approval no longer', async () => {
    const machine = await withSnapshot(['weather']);
    const plan = waitingAs(
      machine,
      await asked(await startAgent(machine, ['--plan-lifetime', '12h']), { snapshot: 'tools' }),
    );
    const { call } = plan;
    expect(approve(plan, 'y\n', clock(13 * 3_600)).screen).toContain('[CONFLICT_STALE_PLAN]');
    expect(approve(plan).code).toBe(0);
    const late = await startAgent(machine, [], clock(13 * 3_600));
    expect(await asked(late, call)).toEqual(failing('CONFLICT_STALE_PLAN'));
  });

  test('an approval of a clock that was set back afterwards does not count', async () => {
    const plan = await waiting();
    approve(plan);
    const agent = await startAgent(plan.machine, [], clock(-3_600));
    expect(await asked(agent, plan.call)).toEqual(failing('CONFLICT_STALE_PLAN'));
  });
});

describe('without a terminal', () => {
  test('nothing is approved, whatever comes from standard input', async () => {
    const plan = await waiting();
    for (const input of ['y\n', '']) {
      const { code, stderr, stdout } = plan.machine.sh(plan.command, input);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toContain('[POLICY_NO_TERMINAL]');
    }
    expect(await told(plan.machine, plan.call)).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
  });

  test('plans are listed, for a person and for a program', async () => {
    const plan = await waiting();
    const { machine, digest } = plan;
    const listed = machine.sh('wassette-state approve --list');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(/^sha256:[0-9a-f]{64}\n {2}1 to add, into /);
    expect(listed.stdout).toContain('not approved; waits until');
    const { waiting: plans } = JSON.parse(machine.sh('wassette-state approve --list --json').stdout);
    expect(plans).toMatchObject([{ plan_digest: digest, approved_at: null, approval_problem: null }]);
    const { made_at, waits_until } = plans[0];
    expect(Date.parse(waits_until) - Date.parse(made_at)).toBe(7 * 86_400_000);
  });

  test('a plan whose file somebody has changed is left out of the list, and named', async () => {
    const { machine, digest } = await waiting();
    const file = path.join(
      hostOn(machine).locations.stateDir,
      'plans',
      `${digest.slice('sha256:'.length)}.json`,
    );
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('CITY', 'TOWN'));
    const { stdout, stderr } = machine.sh('wassette-state approve --list');
    expect(stdout).toBe('No plan waits for the operator.\n');
    expect(stderr).toMatch(/^warning: somebody has changed what is kept of a plan/);
    expect(stderr).toContain(digest);
  });

  test.each([
    ['approve --json', 'for a program'],
    ['approve sha256:000000000000 --list', 'contradict'],
    ['approve --list --revoke sha256:000000000000', 'cannot be used with'],
    ['serve --approval signed', '--approvals'],
    ['serve --approval nobody', '"nobody"'],
    ['serve --plan-lifetime 2h', '--plan-lifetime'],
    ['serve --approval operator --plan-lifetime 2', '"2"'],
    ['serve --approval operator --plan-lifetime 91d', '"91d"'],
    ['serve --approval operator --plan-lifetime 0h', '"0h"'],
  ])('`wassette-state %s` is refused', async (line, says) => {
    const { code, stderr } = await command(...line.split(' '));
    expect({ line, code }).toEqual({ line, code: 2 });
    expect(stderr).toContain(says);
  });

  test('an approval that is not there cannot be taken back, nor one of a plan that nobody knows', async () => {
    const { machine, digest } = await waiting();
    const revoking = (what: string) => machine.sh(`wassette-state approve --revoke ${what}`);
    expect(revoking(digest)).toMatchObject({ code: 7, stderr: expect.stringContaining('[STORE_NOT_FOUND]') });
    expect(revoking('0'.repeat(64))).toMatchObject({ code: 6 });
    expect(revoking('0'.repeat(6))).toMatchObject({ code: 2 });
  });
});
