// `import --approve` that is run again: it says what the first run did.
import { expect, it, vi } from 'vitest';
import { whileApplying } from '../../../src/state/kept-plans.ts';
import { readUndoRecords } from '../../../src/state/undo-records.ts';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';

async function planned() {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({}) });
  await command('export', '--name', 'tools', ...giver.flags);
  const { stdout } = await command('import', 'tools', '--dry-run', '--json', ...taker.flags);
  const digest = JSON.parse(stdout).plan_digest as string;
  const approve = (...more: string[]) =>
    command('import', 'tools', '--approve', digest, ...taker.flags, ...more);
  return { taker, digest, approve };
}

it('an approval that is given twice is applied once, and the second run says what the first one did', async () => {
  const { taker, digest, approve } = await planned();
  const first = JSON.parse((await approve('--json')).stdout);
  const again = await approve();
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(
    /^Already applied, 20\d\d-.*: 1 added, from\s+sha256:[0-9a-f]{64}\. Nothing\s+was\s+done\s+again\.\n/,
  );
  expect(again.stdout).toContain(' undo ');
  const { undo_record } = first;
  expect(JSON.parse((await approve('--json')).stdout)).toMatchObject({
    already_applied: true,
    plan_digest: digest,
    applied: 1,
    undo_record,
    changed_since: [],
  });
  expect(await readUndoRecords(taker.state)).toHaveLength(1);
});

it('an approval that was used for one snapshot is refused for another one', async () => {
  const { taker, digest, approve } = await planned();
  await approve();
  taker.install('other');
  await command('export', '--name', 'others', ...taker.flags);
  const again = await command('import', 'others', '--approve', digest, ...taker.flags);
  expect(again.stdout).toBe('');
  expect(again.stderr.replace(/\s+/g, ' ')).toContain(
    'that plan was another one, which was applied from sha256:',
  );
  expect(again.stderr).toContain('CONFLICT_STALE_PLAN');
});

it('two runs at the same moment with one approval apply it once, and both succeed', async () => {
  const { taker, digest } = await planned();
  const runs = await Promise.all(
    [1, 2].map(() => command('import', 'tools', '--approve', digest, '-q', ...taker.flags)),
  );
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  expect(await readUndoRecords(taker.state)).toHaveLength(1);
});

it('an approval of what was taken back meanwhile is planned again, and has to be approved again', async () => {
  const { taker, digest, approve } = await planned();
  await approve();
  await command('undo', '--yes', ...taker.flags);
  const again = await approve();
  expect(again.code).not.toBe(0);
  expect(again.stdout).toMatch(/note: this plan was applied, and taken back 20\d\d-/);
  expect(again.stderr).toContain('--approve sha256:');
  expect(again.stderr).not.toContain(digest);
  expect(taker.files()).toEqual({});
});

it('an approval that another process is applying is refused, and stays good', async () => {
  const { taker, digest, approve } = await planned();
  let end: (() => void) | undefined;
  const applying = whileApplying(
    taker.state,
    digest,
    () => new Promise<object>((resolve) => (end = () => resolve({}))),
    { waitMs: 0 },
  );
  await vi.waitFor(() => expect(end).toBeDefined());
  const refused = await approve();
  expect(refused).toMatchObject({ code: 7, stderr: expect.stringContaining('STORE_LOCKED') });
  end!();
  await applying;
  expect(await approve()).toMatchObject({ code: 0 });
});
