// `--quiet`: the answer alone on standard output, and nothing lost that somebody has to decide about.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';

const SILENT = { stdout: '', stderr: '', code: 0 };

function hosts() {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  return { giver, taker };
}

it('an export prints the reference alone', async () => {
  const { giver } = hosts();
  const named = await command('export', '-q', '--name', 'tools', ...giver.flags);
  expect(named).toEqual({ ...SILENT, stdout: 'tools\n' });
  const unnamed = await command('export', '--quiet', ...giver.flags);
  expect(unnamed).toEqual({ ...SILENT, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) });
});

it('an export without the code says so on stderr', async () => {
  const { giver } = hosts();
  const file = path.join(giver.locations.stateDir, '..', 'tools.json');
  const { stdout, stderr } = await command('export', '-q', '-o', file, ...giver.flags);
  expect(stdout).toBe(`${path.resolve(file)}\n`);
  expect(stderr).toContain('The code is NOT in this file');
});

it('what succeeds says nothing, and what still matters afterwards is on stderr', async () => {
  const { giver, taker } = hosts();
  await command('export', '--name', 'tools', ...giver.flags);
  expect(await command('import', 'tools', '--yes', '-q', ...taker.flags)).toEqual(SILENT);
  expect(await command('import', 'tools', '--yes', '-q', ...taker.flags)).toEqual(SILENT);
  const undone = await command('undo', '--yes', '-q', ...taker.flags);
  expect(undone).toMatchObject({ stdout: '', code: 0 });
  expect(await command('recover', '-q', ...taker.flags)).toEqual(SILENT);
  expect(await command('store', 'prune', '-q', ...taker.flagsFor('store'))).toEqual(SILENT);
  expect(await command('store', 'remove', 'tools', '-q', ...taker.flagsFor('store'))).toEqual(SILENT);
});

it('a plan that has to be decided about is shown whole, and so is an answer', async () => {
  const { giver, taker } = hosts();
  await command('export', '--name', 'tools', ...giver.flags);
  for (const args of [
    ['import', 'tools'],
    ['import', 'tools', '--dry-run'],
    ['list'],
    ['list', 'tools'],
    ['inspect', 'tools'],
    ['store', 'list'],
  ]) {
    const { stdout } = await command(...args, ...taker.flagsFor(...args));
    const quiet = await command(...args, '-q', ...taker.flagsFor(...args));
    const withoutDigests = (text: string) =>
      text.replace(/sha256:[0-9a-f]{64}/g, '<digest>').replaceAll(' -q ', ' ');
    expect(withoutDigests(quiet.stdout)).toBe(withoutDigests(stdout));
  }
  await command('import', 'tools', '--yes', ...taker.flags);
  const { stdout } = await command('undo', '-q', ...taker.flags);
  expect(stdout).toContain('remove');
});

it('a comparison is one line for states that differ, and none for equal ones', async () => {
  const { giver, taker } = hosts();
  await command('export', '--name', 'tools', ...giver.flags);
  expect(await command('diff', 'tools', '-q', ...giver.flags)).toEqual(SILENT);
  const differing = await command('diff', 'tools', '-q', ...taker.flags);
  expect(differing).toEqual({ stdout: '1 removed.\n', stderr: '', code: 1 });
});

it('an error is said', async () => {
  const { taker } = hosts();
  const { code, stderr } = await command('import', 'nowhere', '-q', ...taker.flags);
  expect(code).toBe(7);
  expect(stderr).toContain('STORE_NOT_FOUND');
  expect(readdirSync(taker.locations.componentDir)).toEqual([]);
});
