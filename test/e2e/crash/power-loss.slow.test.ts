// Power loss at every point of an import: its file operations are recorded, and every prefix of them is replayed with
// what was not yet synced left out, kept, or kept in part (FORMAT.md F-10).
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite } from '../../../src/site/site.ts';
import { undoImport } from '../../../src/undo.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import {
  filesIn,
  findExposed,
  freshRun,
  IMPORT,
  isJournal,
  leftovers,
  locationsIn,
  makeScenario,
  operationsOf,
  recordedIn,
  type Scenario,
  stepAfterCommit,
} from '../../fixtures/system/crash.ts';
import { Disk, type Operation, type Survival } from '../../fixtures/system/power-loss.ts';

let scenario: Scenario;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const part = (count: number) => Math.floor(random() * (count + 1));
const survivals: Record<string, Survival> = {
  nothing: { keep: () => 0, inOrder: true },
  everything: { keep: (count) => count, inOrder: true },
  'the first part': { keep: part, inOrder: true },
  'any part': { keep: part, inOrder: false },
};

beforeAll(async () => {
  scenario = await makeScenario();
});
afterAll(() => scenario.remove());

test('power loss at any point of an import leaves the old state or the new one', async () => {
  const { root, remove } = freshRun(scenario);
  const operations = await operationsOf(root, IMPORT);
  expect(filesIn(root)).toEqual(scenario.new);
  expect(operations.length).toBeGreaterThan(40);
  expect(operations.filter(({ op }) => op === 'sync').length).toBeGreaterThan(10);

  const outcomes = { old: 0, new: 0 };
  for (let length = 0; length <= operations.length; length++) {
    for (const [kept, survival] of Object.entries(survivals)) {
      const where = `seed ${seed}, ${length} of ${operations.length} operations, ${kept} of what was not synced`;
      replay(root, operations.slice(0, length), survival);
      outcomes[await expectOldOrNew(root, where)]++;
    }
  }
  console.log(
    `seed ${seed}: ${operations.length} operations, old state ${outcomes.old} times, new ${outcomes.new} times`,
  );
  expect(outcomes.old).toBeGreaterThan(20);
  expect(outcomes.new).toBeGreaterThan(20);
  remove();
});

test('power loss while an import that was killed is finished leaves the old state or the new one', async () => {
  const commit = await stepAfterCommit(scenario);
  const outcomes = { old: 0, new: 0 };
  for (let step = commit - 6; ; step++) {
    const { root, remove } = freshRun(scenario);
    const before = await operationsOf(root, IMPORT, step);
    if (before.length < step - 1) {
      remove();
      break; // there is no such step: the import came to its end
    }
    const recovery = await operationsOf(root, ['recover']);
    for (let length = 0; length <= recovery.length; length++) {
      const kept = (step + length) % 2 === 0 ? 'nothing' : 'any part';
      const where = `seed ${seed}, killed at ${step}, ${length} of ${recovery.length} operations of the recovery, ${kept}`;
      replay(root, [...before, ...recovery.slice(0, length)], survivals[kept]!);
      outcomes[await expectOldOrNew(root, where)]++;
    }
    remove();
  }
  console.log(`seed ${seed}: old state ${outcomes.old} times, new ${outcomes.new} times`);
  expect(outcomes.new).toBeGreaterThan(100);
});

test('directories that a killed import made, but did not sync, are not relied on by the next one', async () => {
  const first = freshRun(scenario);
  const operations = await operationsOf(first.root, IMPORT);
  first.remove();
  const made = operations.flatMap(({ op }, index) => (op === 'mkdir' ? [index + 2] : [])); // just after it
  expect(made.length).toBeGreaterThan(4);
  for (const step of made) {
    const { root, remove } = freshRun(scenario);
    const before = await operationsOf(root, IMPORT, step);
    const again = await operationsOf(root, IMPORT);
    for (let length = again.findLastIndex(isJournal); length <= again.length; length++) {
      const where = `killed at ${step}, ${length} of ${again.length} operations of the next import`;
      replay(root, [...before, ...again.slice(0, length)], survivals.nothing!);
      await expectOldOrNew(root, where);
    }
    remove();
  }
});

test('power loss after an import into a component directory that it had to make takes nothing away', async () => {
  const empty = (root: string) => {
    rmSync(locationsIn(root).componentDir, { recursive: true });
    mkdirSync(path.join(locationsIn(root).stateDir, 'hosts')); // made by us, it would have `root` synced
  };
  const { root, remove } = freshRun(scenario);
  empty(root);
  const operations = await operationsOf(root, IMPORT);
  const imported = filesIn(root);
  expect(Object.keys(imported).length).toBeGreaterThan(3);
  replay(root, operations, survivals.nothing!, empty);
  expect(filesIn(root)).toEqual(imported);
  remove();
});

/** After power loss: nothing exposed; the next recovery finds or makes one state; the new one can be taken back. */
async function expectOldOrNew(root: string, where: string): Promise<'old' | 'new'> {
  expect(findExposed(root, scenario), where).toEqual([]);
  await (await openSite(locationsIn(root))).host.components.recover();
  const isNew = filesIn(root)['replaced.wasm'] === scenario.new['replaced.wasm'];
  expect(filesIn(root), where).toEqual(isNew ? scenario.new : scenario.old);
  expect(leftovers(root), where).toEqual([]);
  expect(await recordedIn(root), where).toBe(isNew ? 'new' : 'old');
  if (!isNew) return 'old';
  const undone = undoImport({ ...locationsIn(root), approval: 'all' }); // what it replaced is on the disk, too
  await expect(undone, where).resolves.toBeDefined();
  expect(filesIn(root), where).toEqual(scenario.old);
  return 'new';
}

/** Makes `root` what the disk may hold after `operations`, begun on a fresh copy of the template, perhaps prepared. */
function replay(
  root: string,
  operations: readonly Operation[],
  survival: Survival,
  prepare: (root: string) => void = () => undefined,
): void {
  const fresh = freshRun(scenario);
  prepare(fresh.root);
  const disk = new Disk(fresh.root);
  for (const operation of operations) {
    const moved = (at: string) => path.join(fresh.root, path.relative(root, at));
    disk.run(
      'from' in operation
        ? { ...operation, path: moved(operation.path), from: moved(operation.from) }
        : { ...operation, path: moved(operation.path) },
    );
  }
  mkdirSync(root, { recursive: true });
  disk.writeTo(root, survival);
  fresh.remove();
}
