// A killed import leaves the old state or the new one, never a third (FORMAT.md F-10): at 200 random moments, and just
// before each operation that changes a file.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { openSite } from '../../../src/site/site.ts';
import { stateDirectory } from '../../../src/state/directory.ts';
import { signersOfName } from '../../../src/state/signers.ts';
import { undoImport } from '../../../src/undo.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import {
  crashed,
  ended,
  filesIn,
  findExposed,
  freshRun,
  importHere,
  leftovers,
  locationsIn,
  makeScenario,
  recordedIn,
  type Scenario,
  SIGNERS,
  startImport,
  startProgram,
  stepAfterCommit,
} from '../../fixtures/system/crash.ts';

const KILLS = 200;
let scenario: Scenario;

beforeAll(async () => {
  scenario = await makeScenario();
});
afterAll(() => scenario.remove());

/** The ways in which the next run may finish what was interrupted; each leaves the state it found committed. */
const RECOVERIES = [
  async (root: string) => void (await (await openSite(locationsIn(root))).host.components.recover()),
  async (root: string) => void (await exportStateTo({}, locationsIn(root))),
];

async function expectOldOrNew(root: string, recovery: number): Promise<'old' | 'new'> {
  expect(findExposed(root, scenario)).toEqual([]);
  // Where nothing waits to be finished, the audit log has said already how it ended.
  const said = leftovers(root).some((name) => name.endsWith('journal.json')) ? null : await recordedIn(root);
  await RECOVERIES[recovery % RECOVERIES.length]!(root);
  const found = filesIn(root);
  const isNew = found['replaced.wasm'] === scenario.new['replaced.wasm'];
  const state = isNew ? 'new' : 'old';
  expect(found).toEqual(scenario[state]);
  expect(leftovers(root)).toEqual([]);
  expect(await recordedIn(root)).toBe(state);
  const remembered = await signersOfName(stateDirectory(locationsIn(root)), 'new');
  expect(remembered).toEqual(isNew ? SIGNERS : null);
  if (said !== null) expect(said).toBe(state);
  return state;
}

test('killed at 200 random moments, the next run finds or makes the old state or the new one', async () => {
  const started = performance.now();
  const whole = freshRun(scenario);
  expect(await ended(startImport(whole.root))).toBe(0);
  const duration = performance.now() - started;
  whole.remove();
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}, an import takes ${duration.toFixed(0)} ms`);
  const random = seededRandom(seed);
  const outcomes = { old: 0, new: 0 };
  for (let i = 0; i < KILLS; i++) {
    const { root, remove } = freshRun(scenario);
    const child = startImport(root);
    const exit = ended(child);
    // The first third is Node starting; what changes files comes after it.
    await Promise.race([delay(duration * (0.35 + 0.7 * random())), exit]);
    child.kill('SIGKILL');
    await exit;
    outcomes[await expectOldOrNew(root, i)]++;
    remove();
  }
  console.log(`left as it was ${outcomes.old} times, finished ${outcomes.new} times`);
  expect(outcomes.old + outcomes.new).toBe(KILLS);
});

test('killed just before each operation that changes a file, it is the old state up to the commit and the new one after', async () => {
  const seen: string[] = [];
  for (let step = 1; ; step++) {
    const { root, remove } = freshRun(scenario);
    const code = await ended(startImport(root, { FS_HOOK_KILL: String(step) }));
    if (code !== null) {
      expect(code).toBe(0);
      remove();
      break;
    }
    seen.push(await expectOldOrNew(root, step));
    await importHere(root); // and it can always be done again
    expect(filesIn(root)).toEqual(scenario.new);
    remove();
  }
  console.log(`${seen.length} operations, committed at the ${seen.indexOf('new') + 1}th`);
  expect(seen.length).toBeGreaterThan(40);
  expect([...seen].sort().reverse()).toEqual(seen); // old … old, new … new
  expect(new Set(seen)).toEqual(new Set(['old', 'new']));
});

test('a recovery that is killed itself is finished by the next one', async () => {
  const commit = await stepAfterCommit(scenario);
  const points = { 'before the commit': commit - 5, 'at the commit': commit, 'half way': commit + 14 };
  for (const [when, step] of Object.entries(points)) {
    let kills = 0;
    for (;;) {
      const { root, remove } = await crashed(scenario, step);
      const code = await ended(startProgram(root, ['recover'], { FS_HOOK_KILL: String(kills + 1) }));
      const outcome = await expectOldOrNew(root, kills);
      expect(outcome, when).toBe(step < commit ? 'old' : 'new');
      remove();
      if (code !== null) break;
      kills++;
    }
    console.log(`${when}: a recovery was killed at ${kills} operations`);
    expect(kills).toBeGreaterThan(5);
  }
});

test('an import or an undo finishes what was interrupted, too', async () => {
  const commit = await stepAfterCommit(scenario);
  for (const step of [commit - 30, commit - 1, commit, commit + 10]) {
    const { root, remove } = await crashed(scenario, step);
    await importHere(root);
    expect(filesIn(root)).toEqual(scenario.new);
    expect(leftovers(root)).toEqual([]);
    remove();
  }
  for (const step of [commit, commit + 10]) {
    const { root, remove } = await crashed(scenario, step);
    await undoImport({ ...locationsIn(root), approval: 'all' });
    expect(filesIn(root)).toEqual(scenario.old);
    expect(leftovers(root)).toEqual([]);
    remove();
  }
});

test('undo takes back the import that was interrupted, not the one before it', async () => {
  const prepare = (root: string) =>
    importHere(root, 'new', { removeExtra: false, componentFilter: ['regranted'] });
  const { root, remove } = await crashed(scenario, await stepAfterCommit(scenario, prepare), prepare);
  await undoImport({ ...locationsIn(root), approval: 'all' });
  expect(filesIn(root)).toEqual({
    ...scenario.old,
    'regranted.policy.yaml': scenario.new['regranted.policy.yaml'],
  });
  remove();
});

test('a dry run of undo finishes nothing: it says that there is something to finish', async () => {
  const { root, remove } = await crashed(scenario, await stepAfterCommit(scenario));
  const before = filesIn(root);
  expect(await ended(startProgram(root, ['undo', '--dry-run']))).toBe(7);
  expect(filesIn(root)).toEqual(before);
  remove();
});

test('after an import was finished by a recovery, undo brings the old state back', async () => {
  const { root, remove } = await crashed(scenario, await stepAfterCommit(scenario));
  await RECOVERIES[0]!(root);
  expect(filesIn(root)).toEqual(scenario.new);
  await undoImport({ ...locationsIn(root), approval: 'all' });
  expect(filesIn(root)).toEqual(scenario.old);
  remove();
});

test('a file that somebody changed between crash and recovery is named and left alone; abandoning gets out of it', async () => {
  const { root, remove } = await crashed(scenario, await stepAfterCommit(scenario)); // nothing is in place yet
  const policy = path.join(locationsIn(root).componentDir, 'regranted.policy.yaml');
  writeFileSync(policy, 'somebody else was here');
  for (const recover of RECOVERIES) {
    const failure = {
      code: 'STORE_INTERRUPTED',
      details: expect.objectContaining({ file: 'regranted.policy.yaml' }),
    };
    await expect(recover(root)).rejects.toThrowError(expect.objectContaining(failure));
  }
  expect(readFileSync(policy, 'utf8')).toBe('somebody else was here');
  await (await openSite(locationsIn(root))).host.components.abandon();
  expect(leftovers(root)).toEqual([]);
  await undoImport({ ...locationsIn(root), approval: 'all' });
  expect(filesIn(root)).toEqual(scenario.old);
  remove();
});

test('an import that was interrupted with another state directory is not cleared away: the error names that directory', async () => {
  const { root, remove } = await crashed(scenario, await stepAfterCommit(scenario));
  const other = { ...locationsIn(root), stateDir: path.join(root, 'other-state') };
  const failure = { code: 'STORE_INTERRUPTED', details: { state_dir: locationsIn(root).stateDir } };
  await expect(exportStateTo({}, other)).rejects.toThrowError(expect.objectContaining(failure));
  await RECOVERIES[0]!(root);
  expect(filesIn(root)).toEqual(scenario.new);
  remove();
});
