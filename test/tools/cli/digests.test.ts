// The beginning of a digest is enough wherever a digest is taken.
import { expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';

it('a snapshot and a plan are named by their first digits', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('tool', { policy: policyText({}) });
  const digest = (await command('export', '-q', ...giver.flags)).stdout.trim();
  const digits = digest.slice('sha256:'.length);
  for (const beginning of [digits.slice(0, 6), digest.slice(0, 13), digits]) {
    for (const args of [
      ['list', beginning],
      ['inspect', beginning],
      ['diff', beginning],
    ])
      expect(await command(...args, ...giver.flagsFor(...args))).toMatchObject({ code: 0, stderr: '' });
  }
  const planned = await command('import', digits.slice(0, 8), '--dry-run', '--json', ...taker.flags);
  const plan = JSON.parse(planned.stdout).plan_digest.slice('sha256:'.length);
  const approve = (text: string) =>
    command('import', digits.slice(0, 8), '--approve', text, '-q', ...taker.flags);
  expect(await approve(plan.slice(0, 11))).toMatchObject({ code: 2, stderr: expect.stringContaining('12') });
  expect(await approve('f'.repeat(12))).toMatchObject({ code: 6 });
  expect(taker.files()).toEqual({});
  expect(await approve(plan.slice(0, 12))).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await approve(plan.slice(0, 12))).toEqual({ code: 0, stdout: '', stderr: '' }); // applied before
  expect(
    await command('store', 'remove', digits.slice(0, 6), '-q', ...giver.flagsFor('store')),
  ).toMatchObject({
    code: 0,
  });
});
