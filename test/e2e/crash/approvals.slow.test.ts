// An approval that is sent again after a crash: just before operations that change a file, it is neither lost nor used
// twice.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvePlan } from '../../../src/approve.ts';
import { proposeImport } from '../../../src/import.ts';
import { openSnapshot } from '../../../src/open.ts';
import { openSite } from '../../../src/site/site.ts';
import { readUndoRecords } from '../../../src/state/undo-records.ts';
import {
  ended,
  filesIn,
  freshRun,
  leftovers,
  locationsIn,
  makeScenario,
  type Scenario,
  startProgram,
  UNSEALED,
  WITH_SECRETS,
} from '../../fixtures/system/crash.ts';

let scenario: Scenario;

beforeAll(async () => {
  scenario = await makeScenario();
});
afterAll(() => scenario.remove());

/** The digest of a plan that waits in `root`; it is about the directory, so every run needs its own. */
async function planIn(root: string): Promise<string> {
  const locations = locationsIn(root);
  const options = { ...locations, ...UNSEALED, removeExtra: true };
  const proposal = await proposeImport(
    await openSnapshot('new', locations),
    await openSite(locations),
    options,
  );
  const { digest } = await proposal.keepForOperator([], 3_600);
  await approvePlan(digest, locations);
  return digest;
}

const approving = (digest: string) => [
  ...['import', 'new', '--remove-extra', '--approve', digest],
  ...WITH_SECRETS,
];

async function approve(root: string, digest: string) {
  const { componentDir, secretsDir, stateDir } = locationsIn(root);
  const flags = ['--component-dir', componentDir, '--secrets-dir', secretsDir, '--state-dir', stateDir];
  const program = path.join(path.dirname(root), 'program', 'cli.js');
  const args = [program, ...approving(digest), '--json', ...flags];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as { already_applied?: boolean; undo_record: string };
}

test('killed just before every third operation that changes a file, an approving call that comes again ends in one import', async () => {
  const seen = { applied: 0, 'applied before': 0 };
  for (let step = 1; ; step += 3) {
    const { root, remove } = freshRun(scenario);
    const digest = await planIn(root);
    const code = await ended(startProgram(root, approving(digest), { FS_HOOK_KILL: String(step) }));
    const again = await approve(root, digest);
    const { host } = await openSite(locationsIn(root));
    expect(filesIn(root)).toEqual(scenario.new);
    // Neither the plan nor what the operator approved is there to be used again.
    for (const directory of [host.state.plans, host.state.approvals])
      expect(readdirSync(directory)).toEqual([]);
    // Whoever next takes the lock removes those of dead owners.
    expect(leftovers(root).filter((name) => /^staging-|journal|pending/.test(name))).toEqual([]);
    const records = await readUndoRecords(host.state);
    expect(records.map(({ import_id, plan }) => ({ import_id, plan }))).toEqual([
      { import_id: again.undo_record, plan: digest },
    ]);
    expect(await approve(root, digest)).toMatchObject({
      already_applied: true,
      undo_record: again.undo_record,
    });
    seen[again.already_applied === true ? 'applied before' : 'applied']++;
    remove();
    if (code === 0) break;
  }
  console.log(
    `the second call applied ${seen.applied} times, and found it applied ${seen['applied before']} times`,
  );
  expect(seen.applied).toBeGreaterThan(5);
  expect(seen['applied before']).toBeGreaterThan(5);
});
