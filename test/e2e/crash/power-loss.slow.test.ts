// Power loss at every point of an import: its file operations are recorded, and every prefix of them is replayed with
// what was not yet synced left out, kept, or kept in part (FORMAT.md F-10).
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  filesIn,
  freshRun,
  IMPORT,
  isJournal,
  locationsIn,
  makeScenario,
  operationsOf,
  type Scenario,
} from '../../fixtures/system/crash.ts';
import { FoundDisks, seed, survivals } from '../../fixtures/system/found-disks.ts';
import { Disk, writeImage } from '../../fixtures/system/power-loss.ts';

let scenario: Scenario;
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

  const disk = new Disk(root, scenario.template);
  const found = new FoundDisks(scenario);
  for (let length = 0; length <= operations.length; length++) {
    if (length > 0) disk.run(operations[length - 1]!);
    for (const [kept, survival] of Object.entries(survivals)) {
      const where = `seed ${seed}, ${length} of ${operations.length} operations, ${kept} of what was not synced`;
      await found.expectOldOrNew(root, disk, survival, where);
    }
  }
  const { outcomes } = found;
  console.log(
    `seed ${seed}: ${operations.length} operations, ${found.different} disks, old state ${outcomes.old} times, new ${outcomes.new} times`,
  );
  expect(outcomes.old).toBeGreaterThan(20);
  expect(outcomes.new).toBeGreaterThan(20);
  remove();
});

test('directories that a killed import made, but did not sync, are not relied on by the next one', async () => {
  const first = freshRun(scenario);
  const operations = await operationsOf(first.root, IMPORT);
  first.remove();
  const isThere = (at: string) => existsSync(path.join(scenario.template, path.relative(first.root, at)));
  const made = operations.flatMap(({ op, path: at }, index) => {
    const isFirst = operations.findIndex((other) => other.op === 'mkdir' && other.path === at) === index;
    return op === 'mkdir' && isFirst && !isThere(at) ? [index + 2] : []; // just after it
  });
  expect(made.length).toBeGreaterThan(8);
  const found = new FoundDisks(scenario);
  for (const step of made) {
    const { root, remove } = freshRun(scenario);
    const before = await operationsOf(root, IMPORT, step);
    const again = await operationsOf(root, IMPORT);
    const disk = new Disk(root, scenario.template);
    // Where the killed import was committed, the next one only finishes it.
    const committed = Math.max(again.findLastIndex(isJournal), 0);
    for (const operation of [...before, ...again.slice(0, committed)]) disk.run(operation);
    for (let length = committed; length <= again.length; length++) {
      if (length > committed) disk.run(again[length - 1]!);
      const where = `killed at ${step}, ${length} of ${again.length} operations of the next import`;
      await found.expectOldOrNew(root, disk, survivals.nothing, where);
    }
    remove();
  }
  console.log(`killed after ${made.length} new directories, ${found.different} disks`);
});

test('power loss after an import into a component directory that it had to make takes nothing away', async () => {
  const empty = (root: string) => {
    rmSync(locationsIn(root).componentDir, { recursive: true });
    mkdirSync(path.join(locationsIn(root).stateDir, 'hosts')); // made by us, it would have `root` synced
  };
  const { root, remove } = freshRun(scenario);
  empty(root);
  const before = freshRun(scenario);
  empty(before.root);
  const disk = new Disk(root, before.root);
  before.remove();
  for (const operation of await operationsOf(root, IMPORT)) disk.run(operation);
  const imported = filesIn(root);
  expect(Object.keys(imported).length).toBeGreaterThan(3);
  writeImage(root, disk.image(survivals.nothing));
  expect(filesIn(root)).toEqual(imported);
  remove();
});
