// Power loss at every point of an import: its file operations are recorded, and every prefix of them is replayed with
// what was not yet synced left out, kept, or kept in part (FORMAT.md F-10).
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkplace } from '../../src/options.ts';
import { undoImport } from '../../src/undo.ts';
import {
  ended,
  filesIn,
  findExposed,
  freshRun,
  leftovers,
  locationsIn,
  makeScenario,
  type Scenario,
  startImport,
} from '../fixtures/crash.ts';
import { Disk, type Operation } from '../fixtures/power-loss.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

let scenario: Scenario;

beforeAll(async () => {
  scenario = await makeScenario();
});
afterAll(() => scenario.remove());

test('power loss at any point of an import leaves the old state or the new one', async () => {
  const { root, remove } = freshRun(scenario);
  const logs = freshRun(scenario);
  const log = path.join(logs.root, 'operations');
  expect(await ended(startImport(root, { FS_HOOK_LOG: log }))).toBe(0);
  const operations = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Operation);
  expect(operations.length).toBeGreaterThan(40);
  expect(operations.filter(({ op }) => op === 'sync').length).toBeGreaterThan(10);

  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  const survivals = {
    nothing: () => 0,
    everything: (count: number) => count,
    'a part': (count: number) => Math.floor(random() * (count + 1)),
    'another part': (count: number) => Math.floor(random() * (count + 1)),
  };
  const outcomes = { old: 0, new: 0 };
  for (let length = 0; length <= operations.length; length++) {
    for (const [kept, keep] of Object.entries(survivals)) {
      const where = `seed ${seed}, ${length} of ${operations.length} operations, ${kept} of what was not synced`;
      replay(root, operations.slice(0, length), keep);
      expect(findExposed(root, scenario), where).toEqual([]);
      await (await openWorkplace(locationsIn(root))).host.recover();
      const isNew = filesIn(root)['replaced.wasm'] === scenario.new['replaced.wasm'];
      expect(filesIn(root), where).toEqual(isNew ? scenario.new : scenario.old);
      expect(leftovers(root), where).toEqual([]);
      outcomes[isNew ? 'new' : 'old']++;
      if (!isNew) continue;
      await undoImport({ ...locationsIn(root), approval: 'all' }); // what it replaced is on the disk, too
      expect(filesIn(root), where).toEqual(scenario.old);
    }
  }
  console.log(
    `seed ${seed}: ${operations.length} operations, old state ${outcomes.old} times, new ${outcomes.new} times`,
  );
  expect(outcomes.old).toBeGreaterThan(20);
  expect(outcomes.new).toBeGreaterThan(20);
  remove();
  logs.remove();
});

/** Makes `root` what the disk may hold after `operations`, begun on a fresh copy of the template. */
function replay(root: string, operations: readonly Operation[], keep: (count: number) => number): void {
  const fresh = freshRun(scenario);
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
  disk.writeTo(root, keep);
  fresh.remove();
}
