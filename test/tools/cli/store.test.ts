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
