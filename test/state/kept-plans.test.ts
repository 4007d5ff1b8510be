import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Moment, thisMoment } from '../../src/disk/moment.ts';
import { NOTHING_READ } from '../../src/site/import/code-check.ts';
import { assertKept, dropPlan, findPlan, isKept, keepPlan, keptDigest } from '../../src/state/kept-plans.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost } from '../fixtures/host.ts';
import { plan, wanted } from '../fixtures/plan.ts';

const stale = failing('CONFLICT_STALE_PLAN');
/** The file system says when something changed, so it is about the present. */
const NOW = thisMoment();
const later = (seconds: number): Moment => ({ ...NOW, at: NOW.at + seconds });
const made = plan([wanted('a')]);
const other = plan([wanted('a')], undefined, { nonce: 'other' });

const stateOfHost = () => makeHost().state;

describe('a plan that waits for approval (F-9.1)', () => {
  it('is found by its digest, with what is needed to make it again', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    expect(await findPlan(state, made.digest, NOW)).toMatchObject({ digest: made.digest, nonce: 'nonce' });
  });

  it('is found by the first 12 digits of it or more, where it is the only one that waits', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    for (const beginning of [made.digest, made.digest.slice(0, 19), made.digest.slice('sha256:'.length, 50)])
      expect(await keptDigest(state, beginning, [], NOW)).toBe(made.digest);
    for (const beginning of [made.digest.slice(0, 18), '', 'sha256:', `${made.digest}0`, 'x'.repeat(20)])
      await expect(keptDigest(state, beginning, [], NOW)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    await expect(keptDigest(state, other.digest.slice(0, 19), [], NOW)).rejects.toThrow(stale);
    await expect(keptDigest(state, made.digest.slice(0, 19), [], later(3601))).rejects.toThrow(stale);
  });

  it('is not guessed among several', async () => {
    const state = stateOfHost();
    const twin = { ...made, digest: `${made.digest.slice(0, -1)}${made.digest.endsWith('0') ? '1' : '0'}` };
    await keepPlan(state, made, NOTHING_READ, NOW);
    await keepPlan(state, twin, NOTHING_READ, NOW);
    await expect(keptDigest(state, made.digest.slice(0, 30), [], NOW)).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
    await dropPlan(state, twin.digest);
    expect(await keptDigest(state, made.digest.slice(0, 30), [], NOW)).toBe(made.digest);
  });

  it('takes nothing away that another process is writing at that moment', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    const halves = [state.plans, state.approvals].map((each) => path.join(each, '.tmp-0123456789abcdef'));
    mkdirSync(state.approvals);
    for (const half of halves) writeFileSync(half, '{"version":');
    await keepPlan(state, other, NOTHING_READ, NOW);
    expect(halves.map((half) => existsSync(half))).toEqual([true, true]);
    const longAgo = Date.now() / 1000 - 4000;
    for (const half of halves) utimesSync(half, longAgo, longAgo);
    await keepPlan(state, other, NOTHING_READ, NOW);
    expect(halves.map((half) => existsSync(half))).toEqual([false, false]);
  });

  it('waits an hour and no longer', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    await expect(findPlan(state, made.digest, later(3600))).resolves.toBeDefined();
    await expect(findPlan(state, made.digest, later(3601))).rejects.toThrow(stale);
  });

  it('may take another hour to be applied, once it was approved in time', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    await keepPlan(state, other, NOTHING_READ, later(7200));
    expect(isKept(state, made.digest)).toBe(true);
    await keepPlan(state, other, NOTHING_READ, later(7201));
    expect(isKept(state, made.digest)).toBe(false);
  });

  it('is used once', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    assertKept(state, made.digest);
    await dropPlan(state, made.digest);
    await dropPlan(state, made.digest);
    expect(() => assertKept(state, made.digest)).toThrow(stale);
    await expect(findPlan(state, made.digest, NOW)).rejects.toThrow(stale);
  });

  it('does not stand for another', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    await keepPlan(state, other, NOTHING_READ, NOW);
    await dropPlan(state, other.digest);
    await expect(findPlan(state, made.digest, NOW)).resolves.toBeDefined();
  });

  it('that is old is cleared away when a new one is kept, and so is what is no plan', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    writeFileSync(path.join(state.plans, 'rubbish.json'), '{');
    await keepPlan(state, other, NOTHING_READ, later(7201));
    expect(readdirSync(state.plans)).toEqual([`${other.digest.slice('sha256:'.length)}.json`]);
  });

  it('holds nothing of what it is about but what its code was found to be', async () => {
    const state = stateOfHost();
    await keepPlan(state, made, NOTHING_READ, NOW);
    const text = readFileSync(path.join(state.plans, `${made.digest.slice('sha256:'.length)}.json`), 'utf8');
    expect(Object.keys(JSON.parse(text)).sort()).toEqual([
      'digest',
      'findings',
      'kept',
      'lifetime',
      'nonce',
      'review',
      'version',
    ]);
  });
});

describe('a digest that is none', () => {
  it.each([
    '',
    'sha256:',
    '../../../etc/passwd',
    `sha256:../${'a'.repeat(61)}`,
    'ab'.repeat(32).toUpperCase(),
    `sha256:${'0'.repeat(64)}`,
  ])('finds no plan and touches no file: %j', async (digest) => {
    const state = stateOfHost();
    await expect(findPlan(state, digest, NOW)).rejects.toThrow(stale);
    expect(existsSync(state.root)).toBe(false);
  });
});
