// `--approval operator`: an agent's call applies nothing that nobody has approved in a terminal.
import { readdirSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { approvePlan, revokeApproval, waitingPlans } from '../../../src/approve.ts';
import { recallImport } from '../../../src/import.ts';
import { openSnapshot } from '../../../src/open.ts';
import { operatorOf } from '../../../src/site/approval/operator-approver.ts';
import { openSite } from '../../../src/site/site.ts';
import { readUndoRecords } from '../../../src/state/undo-records.ts';
import { undoImport } from '../../../src/undo.ts';
import type { ServerOptions } from '../../../tools/mcp/server-options.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { type Answered, connect, type Person } from '../../fixtures/servers/mcp.ts';

const OPERATOR: Partial<ServerOptions> = { approval: { by: 'operator', planLifetime: 7 * 86_400 } };
const REQUIRED = failing('POLICY_APPROVAL_REQUIRED');

let giver: TestHost;
let taker: TestHost;

beforeEach(async () => {
  giver = makeHost();
  taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ environment: ['CITY'] }) });
  await (await connect(giver)).call('export_state', { name: 'tools' });
});

type NextStep = { snapshot: string; approve: string; accept?: string[] };
const nextStep = (plan: Answered) => (plan.structured.next_step as { arguments: NextStep }).arguments;

async function planned(options: Partial<ServerOptions> = OPERATOR, person?: Person) {
  const window = await connect(taker, options, person);
  const plan = await window.call('import_state', { snapshot: 'tools' });
  return { window, plan, call: nextStep(plan), again: () => window.call('import_state', nextStep(plan)) };
}

const imports = async () => (await readUndoRecords(taker.state)).filter(({ reverts }) => reverts === null);

describe('a plan that the operator has not approved', () => {
  test('says what has to be typed, and asks for no sentences', async () => {
    const { plan, call } = await planned();
    const { summary, approve_command, nobody_is_asked } = plan.structured;
    expect(summary).toContain('Only the operator can approve it, in a terminal.');
    expect(approve_command).toMatch(new RegExp(`^wassette-state approve ${call.approve} --state-dir /`));
    expect(plan.text).toContain(`\n${approve_command}\n`);
    expect(plan.text).toContain('"weather" may read the environment variable "CITY"');
    expect(nobody_is_asked).toBe(false);
    expect(Object.keys(call).sort()).toEqual(['approve', 'snapshot']);
  });

  test('is not applied, however often and with whatever it is called', async () => {
    const { window, plan, call, again } = await planned();
    const texts = await waitingPlans(taker.locations);
    const accept = texts[0]!.plan.sentences.map(({ text }) => text);
    for (const args of [call, { ...call, accept }, call]) {
      const refused = await window.call('import_state', { ...args }).catch((error: unknown) => error);
      expect(refused).toEqual(REQUIRED);
      expect((refused as { hint: string }).hint).toContain(plan.structured.approve_command);
    }
    await expect(window.call('import_state', { ...call, accept: ['all of it'] })).rejects.toEqual(
      failing('CONFLICT_APPROVAL_MISMATCH'),
    );
    await expect(again()).rejects.toEqual(REQUIRED);
    expect(taker.files()).toEqual({});
  });

  test('is not applied by an answer of the person at the client, who is not asked', async () => {
    const person: Person = {
      asked: [],
      answer: async () => ({ action: 'accept', content: { approve: true } }),
    };
    const { again } = await planned(OPERATOR, person);
    await expect(again()).rejects.toEqual(REQUIRED);
    expect(person.asked).toEqual([]);
  });

  test('is the same plan when it is asked for again', async () => {
    const first = await planned();
    const second = await planned();
    expect(second.call).toEqual(first.call);
    expect(await waitingPlans(taker.locations)).toHaveLength(1);
  });
});

describe('a plan that the operator has approved', () => {
  test('is applied by the same call, once', async () => {
    const { again, call } = await planned();
    await approvePlan(call.approve, taker.locations);
    const applied = await again();
    expect(applied.structured).toMatchObject({ status: 'applied', nobody_is_asked: false });
    expect(applied.text).toMatch(/^Applied, as the operator approved it: 1 added\./);
    expect((await again()).structured).toMatchObject({ status: 'applied', already_applied: true });
    expect(await imports()).toHaveLength(1);
    expect(await waitingPlans(taker.locations)).toEqual([]);
    for (const directory of [taker.state.plans, taker.state.approvals])
      expect(readdirSync(directory)).toEqual([]);
  });

  test('is no approval of anything else, and nobody is told so', async () => {
    const { window, call, again } = await planned();
    await approvePlan(call.approve, taker.locations);
    const first = await again();
    giver.install('weather', { policy: policyText({ environment: ['OTHER'] }) });
    await (await connect(giver)).call('export_state', { name: 'other' });
    const stale = failing('CONFLICT_STALE_PLAN', {
      message: expect.stringContaining(`which was applied from ${first.structured.snapshot_digest}`),
      hint: expect.stringContaining('call import_state without'),
    });
    const others = [{ snapshot: 'other' }, { component_ids: ['clock'] }];
    for (const other of others)
      await expect(window.call('import_state', { ...call, ...other })).rejects.toEqual(stale);
    // Whether this one would be another plan is not recorded; so the answer says which snapshot it was.
    const { summary } = (await window.call('import_state', { ...call, remove_extra: true })).structured;
    expect(summary).toContain(`from ${first.structured.snapshot_digest}`);
    expect(await imports()).toHaveLength(1);
  });

  test('needs another approval after an undo', async () => {
    const { again, call } = await planned();
    await approvePlan(call.approve, taker.locations);
    await again();
    await undoImport({ ...taker.locations, approval: 'all' });
    const anew = await again();
    expect(anew.structured.status).toBe('planned');
    expect(nextStep(anew).approve).not.toBe(call.approve);
    expect(taker.files()).toEqual({});
  });

  test('is said to be approved when it is asked for again', async () => {
    const { window, call } = await planned();
    await approvePlan(call.approve, taker.locations);
    const anew = await window.call('import_state', { snapshot: 'tools' });
    expect(anew.structured.summary).toContain('The operator has approved it.');
    expect((await window.call('import_state', nextStep(anew))).structured.status).toBe('applied');
  });

  test('is applied once by calls that come at the same moment from two windows', async () => {
    const { again, call } = await planned();
    const other = await planned();
    await Promise.all([1, 2, 3].map(() => approvePlan(call.approve, taker.locations)));
    const answers = await Promise.all([again(), other.again(), again()]);
    for (const { structured } of answers) expect(['applied', 'being_applied']).toContain(structured.status);
    expect(await imports()).toHaveLength(1);
  });

  test('is not applied after the approval was taken back, and is after it was given again', async () => {
    const { again, call } = await planned();
    await approvePlan(call.approve, taker.locations);
    await revokeApproval(call.approve, taker.locations);
    await expect(again()).rejects.toEqual(REQUIRED);
    await expect(revokeApproval(call.approve, taker.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await approvePlan(call.approve, taker.locations);
    expect((await again()).structured.status).toBe('applied');
  });

  test('is not applied when the approval is taken back while the call waits for its turn', async () => {
    const { call } = await planned();
    await approvePlan(call.approve, taker.locations);
    const site = await openSite(taker.locations);
    const snapshot = await openSnapshot('tools', taker.locations);
    const proposal = await recallImport(call.approve, snapshot, site, taker.locations);
    if (proposal.became !== 'waiting') throw new Error(proposal.became);
    const operator = operatorOf(site.host.state, () => undefined);
    const settled = proposal.settle({
      ...operator,
      async ask(plan) {
        const answer = await operator.ask(plan);
        await revokeApproval(call.approve, taker.locations);
        return answer;
      },
    });
    await expect(settled).rejects.toThrow(REQUIRED);
    expect(taker.files()).toEqual({});
  });

  test('is stale when the host changed after it', async () => {
    const { again, call } = await planned();
    await approvePlan(call.approve, taker.locations);
    taker.install('other', { policy: policyText({}) });
    await expect(again()).rejects.toEqual(failing('CONFLICT_STALE_PLAN'));
    expect(Object.keys(taker.files())).not.toContain('weather.wasm');
  });

  test('cannot be approved any more when the host changed before it', async () => {
    const { call } = await planned();
    taker.install('other', { policy: policyText({}) });
    await expect(approvePlan(call.approve, taker.locations)).rejects.toThrow(failing('CONFLICT_STALE_PLAN'));
  });

  test('is refused all the same where the operator forbids more than before', async () => {
    const { call } = await planned();
    await approvePlan(call.approve, taker.locations);
    const narrow = await connect(taker, { ...OPERATOR, neverWiden: true });
    await expect(narrow.call('import_state', call)).rejects.toEqual(failing('POLICY_WIDENED'));
    expect(taker.files()).toEqual({});
  });
});

describe('windows with different approvers on one directory', () => {
  test('each binds its own agent, wherever the plan was made', async () => {
    const asking = await planned({});
    const waiting = await planned();
    // The plan of the window that asks is not one that the operator was shown.
    await expect(waiting.window.call('import_state', asking.call)).rejects.toEqual(REQUIRED);
    await expect(approvePlan(asking.call.approve, taker.locations)).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
    const { accept } = asking.call;
    const answer = await asking.window.call('import_state', { ...waiting.call, accept });
    expect(answer.structured.status).toBe('applied');
  });
});

test('a plan of a server that asks is kept without what is in it', async () => {
  await planned({});
  expect(await waitingPlans(taker.locations)).toEqual([]);
});

test('what is kept can be read by its user alone', async () => {
  const { call } = await planned();
  await approvePlan(call.approve, taker.locations);
  for (const directory of [taker.state.plans, taker.state.approvals]) {
    expect(statSync(directory).mode & 0o077).toBe(0);
    for (const name of readdirSync(directory)) expect(statSync(`${directory}/${name}`).mode & 0o177).toBe(0);
  }
});

test('a plan with more than one answer can hold is shown to the operator alone', async () => {
  const names = Array.from({ length: 120 }, (_, n) => `VARIABLE_${n}`);
  giver.install('weather', { policy: policyText({ environment: names }) });
  await (await connect(giver)).call('export_state', { name: 'tools' });
  await expect(planned({})).rejects.toEqual(failing('POLICY_TOO_MANY_GRANTS'));
  const { plan, call, again } = await planned();
  expect(plan.text).toContain('It has 121 things to approve, which only the operator is shown.');
  expect(plan.text.length).toBeLessThan(2_000);
  const [waiting] = await waitingPlans(taker.locations);
  expect(waiting!.plan.sentences).toHaveLength(121);
  await approvePlan(call.approve, taker.locations);
  expect((await again()).structured.status).toBe('applied');
});
