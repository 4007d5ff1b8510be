// What `store` prints.
import { expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost } from '../../fixtures/host.ts';

it('a list of snapshots fits 80 columns, however long names and descriptions are', async () => {
  const host = makeHost();
  host.install('tool');
  const names = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
  const description = 'what these tools are good for, '.repeat(6);
  for (const name of names)
    await command('export', '--name', name, '--description', description, ...host.flags);
  const { stdout } = await command('store', 'list', ...host.flagsFor('store'));
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  for (const name of names) expect(stdout).toContain(name);
  expect(stdout).toMatch(/^sha256:[0-9a-f]{12} {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}1 component, \d+ bytes$/m);
});

it('a pruning says of each snapshot that stays why it does', async () => {
  const host = makeHost();
  for (const id of ['first', 'second', 'third']) {
    host.install(id);
    await command('export', '--name', 'nightly', ...host.flags);
  }
  const prune = (...more: string[]) =>
    command('store', 'prune', '--keep-daily', '7', ...more, ...host.flagsFor('store', 'prune'));
  const { stdout, stderr, code } = await prune('--dry-run');
  expect(code).toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/^ {2}sha256:[0-9a-f]{12} .* named nightly, daily \d{4}-\d\d-\d\d$/m);
  expect(`${stdout}${stderr}`).toMatch(/^ {2}sha256:[0-9a-f]{12} .* UTC {2}daily \d{4}-\d\d-\d\d$/m);
  expect(`${stdout}${stderr}`).toMatch(/^ {2}sha256:[0-9a-f]{12} .* younger than a day$/m);
  const { kept, kept_snapshots } = JSON.parse((await prune('--json')).stdout);
  expect(kept.snapshots).toBe(3);
  expect(kept_snapshots).toHaveLength(3);
  expect(kept_snapshots).toContainEqual(expect.objectContaining({ because: ['younger than a day'] }));
});
