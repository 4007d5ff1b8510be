// Several wassette-states on one component directory at the same time: each finds, and leaves, one whole state.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Snapshot } from '../../../src/index.ts';
import { openSite } from '../../../src/site/site.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import {
  ended,
  type Files,
  filesIn,
  findExposed,
  freshRun,
  importHere,
  leftovers,
  locationsIn,
  makeScenario,
  type Scenario,
  startImport,
  startProgram,
} from '../../fixtures/system/crash.ts';

const STORE = 7;
let scenario: Scenario;
/** What an import of `old` makes of the new state, and of the template. */
let again: Files;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const random = seededRandom(seed);

beforeAll(async () => {
  console.log(`seed ${seed}`);
  scenario = await makeScenario();
  const { root, remove } = freshRun(scenario);
  await importHere(root, 'new');
  await importHere(root, 'old');
  again = filesIn(root);
  remove();
});
afterAll(() => scenario.remove());

/** The state that is on the disk; it must be one of these, whole. */
function stateIn(root: string): 'old' | 'new' {
  const found = filesIn(root);
  const isNew = found['replaced.wasm'] === scenario.new['replaced.wasm'];
  expect(isNew ? [scenario.new] : [again, scenario.old]).toContainEqual(found);
  expect(leftovers(root)).toEqual([]);
  return isNew ? 'new' : 'old';
}

test('of two imports at once one waits or is told to, and the directory has the state of one of them', async () => {
  const ends = { old: 0, new: 0, refused: 0 };
  for (let i = 0; i < 20; i++) {
    const { root, remove } = freshRun(scenario);
    await importHere(root, i % 2 === 0 ? 'old' : 'new');
    const first = ended(startImport(root, undefined, 'new'));
    await delay(random() * 30);
    const second = ended(startImport(root, undefined, 'old'));
    const codes = await Promise.all([first, second]);
    expect(codes).toContain(0);
    for (const code of codes) {
      expect([0, STORE]).toContain(code);
      if (code === STORE) ends.refused++;
    }
    ends[stateIn(root)]++;
    remove();
  }
  console.log(
    `the new state ${ends.new} times, the old one ${ends.old} times, refused ${ends.refused} times`,
  );
});

test('an import that waits for one that is killed finishes that one first', async () => {
  for (let i = 0; i < 20; i++) {
    const { root, remove } = freshRun(scenario);
    const killed = startImport(root, undefined, 'new');
    const gone = ended(killed);
    await delay(90 + random() * 60);
    const second = ended(startImport(root, undefined, 'old'));
    await delay(random() * 150);
    killed.kill('SIGKILL');
    await gone;
    expect(findExposed(root, { ...scenario, old: again })).toEqual([]);
    expect(await second).toBe(0);
    await (await openSite(locationsIn(root))).host.components.recover(); // where the second came first
    stateIn(root);
    remove();
  }
});

test('an export beside an import has the state from before it or after it', async () => {
  const digests = new Map<string, 'old' | 'new'>();
  const digestOf = async (root: string) => {
    const file = path.join(root, 'seen.json');
    expect(await ended(startProgram(root, ['export', '--output', file, '--include-binaries']))).toBe(0);
    const snapshot = await Snapshot.loadFromFile(file);
    await snapshot.validate();
    return snapshot.document.state_digest;
  };
  const seen = { old: 0, new: 0 };
  const before = freshRun(scenario);
  digests.set(await digestOf(before.root), 'old');
  await importHere(before.root);
  digests.set(await digestOf(before.root), 'new');
  expect(digests.size).toBe(2);
  for (let i = 0; i < 12; i++) {
    const { root, remove } = freshRun(scenario);
    const [exported, imported] = await Promise.all([
      delay(random() * 60).then(() => digestOf(root)),
      delay(random() * 60).then(() => ended(startImport(root))),
    ]);
    expect(imported).toBe(0);
    expect(digests.has(exported)).toBe(true);
    seen[digests.get(exported)!]++;
    expect(stateIn(root)).toBe('new');
    remove();
  }
  console.log(`exported the old state ${seen.old} times, the new one ${seen.new} times`);
});
