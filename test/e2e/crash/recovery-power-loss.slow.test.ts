// Power loss at every point of a recovery: an import is killed about its commit and at every point after it, and while
// the next run finishes it the power fails (FORMAT.md F-10).
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  freshRun,
  IMPORT,
  makeScenario,
  operationsOf,
  type Scenario,
  stepAfterCommit,
} from '../../fixtures/system/crash.ts';
import { FoundDisks, seed, survivals } from '../../fixtures/system/found-disks.ts';
import { Disk } from '../../fixtures/system/power-loss.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await makeScenario();
});
afterAll(() => scenario.remove());

test('power loss while an import that was killed is finished leaves the old state or the new one', async () => {
  const commit = await stepAfterCommit(scenario);
  const found = new FoundDisks(scenario);
  for (let step = commit - 6; ; step++) {
    const { root, remove } = freshRun(scenario);
    const before = await operationsOf(root, IMPORT, step);
    if (before.length < step - 1) {
      remove();
      break; // there is no such step: the import came to its end
    }
    if (before.at(-1)?.op === 'sync') {
      remove();
      continue; // killed before that, the recovery saw the same files, of which more could be lost
    }
    const recovery = await operationsOf(root, ['recover']);
    const disk = new Disk(root, scenario.template);
    for (const operation of before) disk.run(operation);
    for (let length = 0; length <= recovery.length; length++) {
      if (length > 0) disk.run(recovery[length - 1]!);
      // What is certain to be there changes with a sync, and what may be there with all else.
      const kept = length === 0 || recovery[length - 1]!.op === 'sync' ? 'nothing' : 'any part';
      const where = `seed ${seed}, killed at ${step}, ${length} of ${recovery.length} operations of the recovery, ${kept}`;
      await found.expectOldOrNew(root, disk, survivals[kept], where);
    }
    remove();
  }
  const { outcomes } = found;
  console.log(
    `seed ${seed}: ${found.different} disks, old state ${outcomes.old} times, new ${outcomes.new} times`,
  );
  expect(outcomes.new).toBeGreaterThan(100);
});
