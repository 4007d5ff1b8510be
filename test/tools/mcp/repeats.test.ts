// Approving calls that come again: after a time-out, from another window, after a crash. An approval is applied once and
// never lost.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditLog } from '../../../src/audit.ts';
import { acquireLock } from '../../../src/disk/lock.ts';
import { thisMoment } from '../../../src/disk/moment.ts';
import { currentOwner } from '../../../src/disk/process-owner.ts';
import { NOTHING_READ } from '../../../src/site/import/code-check.ts';
import { keepPlan, whileApplying } from '../../../src/state/kept-plans.ts';
import { readUndoRecords } from '../../../src/state/undo-records.ts';
import { undoImport } from '../../../src/undo.ts';
import { Directory } from '../../../src/wassette/directory/directory.ts';
import { ownFolder } from '../../../src/wassette/directory/own-folder.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { plan, wanted } from '../../fixtures/plan.ts';
import { oldHost, restoreUntilCommitted } from '../../fixtures/restoring.ts';
import { type Answered, approvalIn, connect, type Person } from '../../fixtures/servers/mcp.ts';

let giver: TestHost;
let taker: TestHost;

beforeEach(() => {
  giver = makeHost();
  taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ environment: ['CITY'] }) });
});
afterEach(() => void vi.useRealTimers());

/** A plan for `taker`, and the window in which it was made. */
async function planned(person?: Person) {
  const { structured } = await (await connect(giver)).call('export_state', { name: 'tools' });
  const window = await connect(taker, {}, person);
  const plan = await window.call('import_state', { snapshot: structured.snapshot });
  return { window, plan, approval: approvalIn(plan) };
}

const imports = async () => (await readUndoRecords(taker.state)).filter(({ reverts }) => reverts === null);

/** As if so much time had gone by, for whoever waits already; who begins to wait later waits as long as it takes. */
async function later(milliseconds: number): Promise<void> {
  await delay(300);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds, shouldAdvanceTime: true });
}

function expectAppliedBefore(repeated: Answered, first: Answered): void {
  const { import_id, plan_digest, snapshot_digest, counts, undo_available } = first.structured;
  expect(repeated.structured).toMatchObject({
    status: 'applied',
    already_applied: true,
    import_id,
    plan_digest,
    snapshot_digest,
    counts,
    undo_available,
    steps: [{ component_id: 'weather', action: 'add' }],
    warnings: [],
  });
  expect(repeated.text).toMatch(
    /^Already applied, 20\d\d-\d\d-\d\d \d\d:\d\d UTC: 1 added, from sha256:[0-9a-f]{64}\. This call did nothing\.\n/,
  );
  expect(repeated.text).toContain('undo');
}

describe('a repeated approving call', () => {
  test('answers what the first one did, and does nothing', async () => {
    const { window, approval } = await planned();
    const first = await window.call('import_state', approval);
    expect(first.structured.already_applied).toBeUndefined();
    const files = taker.files();
    expectAppliedBefore(await window.call('import_state', approval), first);
    expectAppliedBefore(await window.call('import_state', approval), first);
    expect(taker.files()).toEqual(files);
    expect(await imports()).toHaveLength(1);
  });

  test('is answered in another window, also when the snapshot is gone', async () => {
    const { window, approval } = await planned();
    const first = await window.call('import_state', approval);
    const other = await connect(taker);
    rmSync(path.join(taker.locations.stateDir, 'snapshots', 'index.json'));
    expectAppliedBefore(await other.call('import_state', approval), first);
  });

  test('asks nobody again', async () => {
    const person: Person = {
      asked: [],
      answer: async () => ({ action: 'accept', content: { approve: true } }),
    };
    const { window, approval } = await planned(person);
    const first = await window.call('import_state', approval);
    expectAppliedBefore(await window.call('import_state', approval), first);
    expect(person.asked).toHaveLength(1);
  });

  test('that accepts other sentences is told what was applied, and applies none of them', async () => {
    const { window, approval } = await planned();
    const first = await window.call('import_state', approval);
    const other = { ...approval, accept: ['"weather" may do everything'] };
    expectAppliedBefore(await window.call('import_state', other), first);
    expect(await imports()).toHaveLength(1);
  });

  test('names what was changed since then', async () => {
    const { window, approval } = await planned();
    await window.call('import_state', approval);
    taker.install('weather', { code: 'somebody else put this here' });
    const repeated = await window.call('import_state', approval);
    expect(repeated.structured).toMatchObject({
      already_applied: true,
      warnings: ['"weather" was changed again since that import'],
    });
  });

  test('after an undo says so, and plans again; the new plan can be approved', async () => {
    const { window, approval } = await planned();
    await window.call('import_state', approval);
    await undoImport({ ...taker.locations, approval: 'all' });
    const again = await window.call('import_state', approval);
    expect(again.structured.status).toBe('planned');
    expect(again.text).toMatch(/was applied, and taken back 20\d\d-/);
    expect(approvalIn(again).approve).not.toBe(approval.approve);
    expect(taker.files()).toEqual({});
    expect((await window.call('import_state', approvalIn(again))).structured).toMatchObject({
      status: 'applied',
    });
    expect(await imports()).toHaveLength(2);
  });

  test('of an import into another directory is a plan that nobody knows', async () => {
    const { window, approval } = await planned();
    await window.call('import_state', approval);
    const elsewhere = await connect(makeHost({ stateDir: taker.locations.stateDir }));
    await expect(elsewhere.call('import_state', approval)).rejects.toEqual(failing('CONFLICT_STALE_PLAN'));
  });

  test('of an import that is older than the last ten is a plan that nobody knows', async () => {
    const { window, approval } = await planned();
    await window.call('import_state', approval);
    for (let n = 0; n < 10; n++) {
      giver.install('weather', { code: `version ${n}`, policy: policyText({}) });
      await (await connect(giver)).call('export_state', { name: 'tools' });
      await window.call('import_state', approvalIn(await window.call('import_state', { snapshot: 'tools' })));
    }
    await expect(window.call('import_state', approval)).rejects.toEqual(failing('CONFLICT_STALE_PLAN'));
  });
});

describe('two approving calls at once', () => {
  test.each([
    ['from one window', false],
    ['from two', true],
  ])('%s: one applies, and the other gets its result', async (_, fromAnother) => {
    const { window, approval } = await planned();
    const other = fromAnother ? await connect(taker) : window;
    const answers = await Promise.all([
      window.call('import_state', approval),
      other.call('import_state', approval),
    ]);
    const [first, second] = answers.toSorted(
      (a, b) => Number(a.structured.already_applied ?? 0) - Number(b.structured.already_applied ?? 0),
    );
    expect(first!.structured.already_applied).toBeUndefined();
    expectAppliedBefore(second!, first!);
    expect(await imports()).toHaveLength(1);
  });

  test('of ten windows: one applies', async () => {
    const { approval } = await planned();
    const windows = await Promise.all(Array.from({ length: 10 }, () => connect(taker)));
    const answers = await Promise.all(windows.map((each) => each.call('import_state', approval)));
    expect(answers.filter(({ structured }) => structured.already_applied === undefined)).toHaveLength(1);
    expect(answers.every(({ structured }) => structured.status === 'applied')).toBe(true);
    expect(await imports()).toHaveLength(1);
  });
});

/** A person who answers each question when the test says so. */
function thinking() {
  const questions: ((answer: Awaited<ReturnType<Person['answer']>>) => void)[] = [];
  const person: Person = { asked: [], answer: () => new Promise((resolve) => questions.push(resolve)) };
  return { person, questions };
}
const YES = { action: 'accept', content: { approve: true } } as const;

describe('an approving call that is repeated while the person is asked', () => {
  test('asks nothing more: when the person says yes, one applies, and the other gets its result', async () => {
    const { person, questions } = thinking();
    const { window, approval } = await planned(person);
    const first = window.call('import_state', approval);
    await vi.waitFor(() => expect(questions).toHaveLength(1));
    const again = window.call('import_state', approval);
    questions[0]!(YES);
    const answers = await Promise.all([first, again]);
    expect(person.asked).toHaveLength(1);
    expect(answers.filter(({ structured }) => structured.already_applied === true)).toHaveLength(1);
    expect(await imports()).toHaveLength(1);
    const log = await auditLog(taker.locations);
    expect(log.filter(({ record }) => record?.event === 'approval')).toHaveLength(1);
  });

  test('in another window asks there too: a no there does not say that nothing was changed', async () => {
    const { person, questions } = thinking();
    const { window, approval } = await planned(person);
    const there = thinking();
    const other = await connect(taker, {}, there.person);
    const calls = [window.call('import_state', approval), other.call('import_state', approval)] as const;
    await vi.waitFor(() => expect([questions.length, there.questions.length]).toEqual([1, 1]));
    questions[0]!(YES);
    const first = await calls[0];
    there.questions[0]!({ action: 'decline' });
    expectAppliedBefore(await calls[1], first);
  });
});

test('a question that the client answers with an error is no yes, and not said to be a no', async () => {
  const person: Person = {
    asked: [],
    answer: async () => {
      throw new Error('there is no window to ask in');
    },
  };
  const { window, approval } = await planned(person);
  await expect(window.call('import_state', approval)).rejects.toEqual(
    failing('POLICY_DECLINED', {
      message: expect.stringContaining('nobody answered'),
      hint: expect.stringContaining('repeat the call'),
    }),
  );
  expect(taker.files()).toEqual({});
  person.answer = async () => YES;
  expect((await window.call('import_state', approval)).structured.status).toBe('applied');
});

describe('while an import is being applied', () => {
  test('a repeated approving call says so, and how to hear of the result', async () => {
    const { window, approval } = await planned();
    let end: (() => void) | undefined;
    const applying = whileApplying(
      taker.state,
      approval.approve,
      () => new Promise<object>((resolve) => (end = () => resolve({}))),
      { waitMs: 0 },
    );
    await vi.waitFor(() => expect(end).toBeDefined());
    const asking = window.call('import_state', approval);
    await later(3_500); // some clients wait five seconds
    const { structured, text } = await asking;
    expect(structured).toMatchObject({ status: 'being_applied', plan_digest: approval.approve });
    expect(structured.next_step).toMatchObject({ tool: 'import_state', arguments: approval });
    expect(text).toContain('Repeat the call');
    expect(taker.files()).toEqual({});
    end!();
    await applying;
    expect((await window.call('import_state', approval)).structured.status).toBe('applied');
  });

  test('by a process that was killed, the approval is still good', async () => {
    const { window, approval } = await planned();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const dead = { ...currentOwner(), pid, state_dir: taker.locations.stateDir };
    mkdirSync(taker.state.applying, { recursive: true });
    const claim = `plan-${approval.approve.slice('sha256:'.length)}-0123456789abcdef.json`;
    writeFileSync(path.join(taker.state.applying, claim), JSON.stringify(dead));
    expect((await window.call('import_state', approval)).structured.status).toBe('applied');
  });
});

describe('an approval stays good, and nothing is changed,', () => {
  async function expectGood({ window, approval }: Awaited<ReturnType<typeof planned>>): Promise<void> {
    expect(taker.files()).toEqual({});
    const applied = await window.call('import_state', approval);
    expect(applied.structured).toMatchObject({ status: 'applied' });
    expect(applied.structured.already_applied).toBeUndefined();
    expect(taker.files()).toHaveProperty(['weather.wasm']);
  }

  test('when the client gave up while the person was asked', async () => {
    const person: Person = { asked: [], answer: () => new Promise(() => undefined) };
    const made = await planned(person);
    const controller = new AbortController();
    const call = made.window.client.callTool({ name: 'import_state', arguments: made.approval }, undefined, {
      signal: controller.signal,
    });
    await vi.waitFor(() => expect(person.asked).toHaveLength(1));
    controller.abort();
    await expect(call).rejects.toThrow();
    person.answer = async () => ({ action: 'accept', content: { approve: true } });
    await expectGood(made);
  });

  test('when the client gave up while another import was waited for', async () => {
    const made = await planned();
    const folder = ownFolder(taker.locations.componentDir);
    const lock = await acquireLock(folder, { stateDir: taker.locations.stateDir, name: 'import' });
    const options = { timeout: 500 };
    const call = made.window.client.callTool(
      { name: 'import_state', arguments: made.approval },
      undefined,
      options,
    );
    await expect(call).rejects.toThrow();
    await lock.release();
    await expectGood(made);
  });

  test('when another import did not end (STORE_LOCKED)', async () => {
    const made = await planned();
    const folder = ownFolder(taker.locations.componentDir);
    const lock = await acquireLock(folder, { stateDir: taker.locations.stateDir, name: 'import' });
    const call = made.window.call('import_state', made.approval);
    const refused = expect(call).rejects.toEqual(failing('STORE_LOCKED'));
    await later(40_000);
    await refused;
    await lock.release();
    await expectGood(made);
  });

  test('when the person said no', async () => {
    const person: Person = { asked: [], answer: async () => ({ action: 'decline' }) };
    const made = await planned(person);
    await expect(made.window.call('import_state', made.approval)).rejects.toEqual(failing('POLICY_DECLINED'));
    person.answer = async () => ({ action: 'accept', content: { approve: true } });
    await expectGood(made);
  });
});

describe('after a crash in the middle of an import', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;

  async function crashedHost(): Promise<TestHost> {
    const host = oldHost();
    await keepPlan(host.state, { ...plan([wanted('a')]), digest }, NOTHING_READ, thisMoment());
    await restoreUntilCommitted(host, { plan: digest });
    return host;
  }

  test('that was committed, the repeated call finishes it and answers what it did', async () => {
    const host = await crashedHost();
    const window = await connect(host);
    const { structured } = await window.call('import_state', {
      snapshot: 'gone',
      remove_extra: true,
      approve: digest,
      accept: [],
    });
    expect(structured).toMatchObject({ status: 'applied', already_applied: true, warnings: [] });
    expect(await readUndoRecords(host.state)).toHaveLength(1);
  });

  test('that was given up, nobody is told that it was applied', async () => {
    const host = await crashedHost();
    await new Directory(host).abandon();
    const window = await connect(host);
    const again = { snapshot: 'gone', approve: digest, accept: [] };
    await expect(window.call('import_state', again)).rejects.toEqual(failing('STORE_NOT_FOUND'));
    expect(await readUndoRecords(host.state)).toHaveLength(1);
  });
});

test('an approving call reports its progress in percent, with words, and never back', async () => {
  for (let n = 0; n < 30; n++) giver.install(`tool-${n}`, { code: `code ${n}`, policy: policyText({}) });
  const { window, approval } = await planned();
  const reports: Progress[] = [];
  await window.client.callTool({ name: 'import_state', arguments: approval }, undefined, {
    onprogress: (report) => reports.push(report),
  });
  expect(reports.length).toBeGreaterThan(0);
  expect(new Set(reports.map(({ total }) => total))).toEqual(new Set([100]));
  const done = reports.map(({ progress }) => progress);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  for (const { message } of reports) expect(message).toMatch(/^copying (weather|tool-\d+), \d+ of 31$/);
});
