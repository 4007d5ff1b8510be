// The record of an operator's approval: good for one plan, in one state directory, for as long as that plan waits.
import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Moment, thisMoment } from '../../src/disk/moment.ts';
import { boundStateOf } from '../../src/plan/digest.ts';
import { NOTHING_READ } from '../../src/site/import/code-check.ts';
import { approvedAt, removeApproval, writeApproval } from '../../src/state/approvals.ts';
import type { StateDirectory } from '../../src/state/directory.ts';
import { dropPlan, fileIn, findPlan, keepPlan } from '../../src/state/kept-plans.ts';
import { assertAsPlanned } from '../../src/state/review.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost } from '../fixtures/host.ts';
import { plan, targetOf, wanted } from '../fixtures/plan.ts';

const NOW = thisMoment();
const LIFETIME = 7 * 86_400;
const made = plan([wanted('a')]);
const other = plan([wanted('a')], undefined, { nonce: 'other' });
const stale = failing('CONFLICT_STALE_PLAN');
const voided = failing('POLICY_APPROVAL_VOID');

/** As if so much time had gone by since the present; the system was not started anew. */
const later = (seconds: number): Moment => ({ ...NOW, at: NOW.at + seconds, running: NOW.running + seconds });

/** A state directory in which the plans wait for the operator. */
async function waiting(...plans: (typeof made)[]): Promise<StateDirectory> {
  const { state } = makeHost();
  for (const each of plans.length > 0 ? plans : [made]) {
    const review = { plan: each, state: boundStateOf(targetOf()), notes: [], secrets_dir: '/secrets' };
    await keepPlan(state, each, NOTHING_READ, NOW, { review, lifetime: LIFETIME });
  }
  return state;
}

const approve = async (state: StateDirectory, { digest } = made) =>
  writeApproval(state, await findPlan(state, digest, NOW), NOW);
const look = async (state: StateDirectory, now = NOW, { digest } = made) =>
  approvedAt(state, await findPlan(state, digest, now), now);

/** Writes the record anew with another value. */
function change(file: string, edit: (record: Record<string, unknown>) => void): void {
  const record = JSON.parse(readFileSync(file, 'utf8'));
  edit(record);
  writeFileSync(file, JSON.stringify(record));
}

describe('an approval (F-19)', () => {
  it('is there once it was given, and not before, nor after it was taken back', async () => {
    const state = await waiting();
    expect(await look(state)).toBeNull();
    await approve(state);
    expect(await look(state)).toBe(NOW.at);
    expect(await removeApproval(state, made.digest)).toBe(true);
    expect(await look(state)).toBeNull();
    expect(await removeApproval(state, made.digest)).toBe(false);
  });

  it('goes with its plan', async () => {
    const state = await waiting();
    await approve(state);
    const kept = await findPlan(state, made.digest, NOW);
    await dropPlan(state, made.digest);
    await expect(look(state)).rejects.toThrow(stale);
    expect(await approvedAt(state, kept, NOW)).toBeNull();
  });

  it('lives no longer than its plan: as long as the operator has said', async () => {
    const state = await waiting();
    await approve(state);
    expect(await look(state, later(LIFETIME))).toBe(NOW.at);
    await expect(look(state, later(LIFETIME + 1))).rejects.toThrow(stale);
  });

  it.each<[string, (record: Record<string, unknown>) => void]>([
    ['another plan', (record) => Object.assign(record, { plan: other.digest })],
    ['another review', (record) => Object.assign(record, { review: made.digest })],
    ['another state directory', (record) => Object.assign(record, { state_dir: '/elsewhere' })],
    ['another component directory', (record) => Object.assign(record, { component_dir: '/elsewhere' })],
    ['a time to come', (record) => Object.assign(record.given as object, { at: NOW.at + 120 })],
    ['a time gone by', (record) => Object.assign(record.given as object, { at: NOW.at - 120 })],
    ['another version', (record) => Object.assign(record, { version: 2 })],
    ['one field more', (record) => Object.assign(record, { always: true })],
    ['one field less', (record) => delete record.review],
  ])('that says %s does not count', async (_what, edit) => {
    const state = await waiting();
    await approve(state);
    change(fileIn(state.approvals, made.digest), edit);
    await expect(look(state)).rejects.toThrow(voided);
  });

  it('that is half a record does not count', async () => {
    const state = await waiting();
    await approve(state);
    const file = fileIn(state.approvals, made.digest);
    writeFileSync(file, readFileSync(file).subarray(0, 40));
    await expect(look(state)).rejects.toThrow(voided);
  });

  it('that stands under the name of another plan does not count', async () => {
    const state = await waiting(made, other);
    await approve(state);
    cpSync(fileIn(state.approvals, made.digest), fileIn(state.approvals, other.digest));
    await expect(look(state, NOW, other)).rejects.toThrow(voided);
  });

  it('that comes with its plan from another state directory does not count', async () => {
    const theirs = await waiting();
    await approve(theirs);
    const here = await waiting();
    for (const part of ['plans', 'approvals'] as const)
      cpSync(fileIn(theirs[part], made.digest), fileIn(here[part], made.digest));
    await expect(look(here)).rejects.toThrow(voided);
  });

  it('that was put back later does not count, whatever times its file is given', async () => {
    const state = await waiting();
    // Approved two minutes ago, as far as the record and the times that can be set say.
    await writeApproval(state, await findPlan(state, made.digest, NOW), later(-120));
    const file = fileIn(state.approvals, made.digest);
    utimesSync(file, NOW.at - 120, NOW.at - 120);
    await expect(look(state)).rejects.toThrow(voided);
  });
});

describe('a clock that is set back', () => {
  it('does not revive a plan while the system runs on', async () => {
    const state = await waiting();
    await approve(state);
    const setBack = { ...later(LIFETIME + 1), at: NOW.at + 60 };
    await expect(look(state, setBack)).rejects.toThrow(stale);
  });

  it('does not make a plan of the future', async () => {
    const state = await waiting();
    await expect(look(state, { ...NOW, at: NOW.at - 120 })).rejects.toThrow(stale);
  });

  it('by less than a minute changes nothing', async () => {
    const state = await waiting();
    await approve(state);
    expect(await look(state, { ...NOW, at: NOW.at - 50 })).toBe(NOW.at);
  });
});

describe('what is kept for the operator to read', () => {
  it.each<[string, (review: { plan: Record<string, unknown>; state: Record<string, unknown> }) => void]>([
    ['a sentence', ({ plan }) => Object.assign((plan.sentences as object[])[0]!, { text: 'nothing' })],
    ['a step', ({ plan }) => Object.assign((plan.steps as object[])[0]!, { action: 'unchanged' })],
    ['the snapshot', ({ plan }) => Object.assign(plan, { source: `sha256:${'0'.repeat(64)}` })],
    ['the target', ({ plan }) => Object.assign(plan, { target: '/elsewhere' })],
    ['the nonce', ({ plan }) => Object.assign(plan, { nonce: 'other' })],
    ['the host', ({ state }) => Object.assign(state, { secrets: [['a', ['TOKEN']]] })],
    ['everything', ({ plan }) => Object.assign(plan, { steps: null })],
  ])('is not that plan when somebody changed %s in it', async (_what, edit) => {
    const state = await waiting();
    change(fileIn(state.plans, made.digest), ({ review }) => edit(review as Parameters<typeof edit>[0]));
    const { review } = await findPlan(state, made.digest, NOW);
    expect(() => assertAsPlanned(review!, made.digest)).toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('voids the approval when somebody changed what the digest of the plan does not cover', async () => {
    const state = await waiting();
    await approve(state);
    change(fileIn(state.plans, made.digest), ({ review }) =>
      Object.assign((review as { plan: object }).plan, { warnings: ['all is well'] }),
    );
    await expect(look(state)).rejects.toThrow(voided);
  });

  it('of another shape is no plan', async () => {
    const state = await waiting();
    change(fileIn(state.plans, made.digest), ({ review }) =>
      Object.assign((review as { plan: object }).plan, { warnings: 'all is well' }),
    );
    await expect(look(state)).rejects.toThrow(failing('STORE_DAMAGED'));
  });
});

it('a plan that an earlier program kept waits no more', async () => {
  const state = await waiting();
  const file = path.join(fileIn(state.plans, made.digest));
  rmSync(file);
  writeFileSync(file, JSON.stringify({ version: 1, digest: made.digest, nonce: 'nonce', expires_at: 4e9 }));
  await expect(look(state)).rejects.toThrow(stale);
});
