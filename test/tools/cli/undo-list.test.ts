// `undo --list`: which imports there were, what each changed, and which is taken back next.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { oldHost, restoreUntilCommitted } from '../../fixtures/restoring.ts';

it('a host without imports has none to list', async () => {
  const flags = makeHost().flagsFor('undo', '--list');
  const { stdout, code } = await command('undo', '--list', ...flags);
  expect({ stdout, code }).toEqual({ stdout: 'No import into this directory can be taken back.\n', code: 0 });
  const { stdout: json } = await command('undo', '--list', '--json', ...flags);
  expect(JSON.parse(json)).toEqual({ imports: [], unfinished: false });
});

it('every import is listed with its time, its snapshot and what it changed, newest first', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ network: ['api.example.com'] }) });
  giver.install('notes', { code: 'new notes' });
  giver.install('same', { policy: policyText({}) });
  taker.install('notes', { code: 'old notes' });
  taker.install('same', { policy: policyText({ network: ['old.example.com'] }) });
  taker.install('extra');
  await command('export', '--name', 'first', ...giver.flags);
  giver.install('later');
  await command('export', '--name', 'second', ...giver.flags);
  await command('import', 'first', '--yes', '--remove-extra', ...taker.flags);
  await command('import', 'second', '--yes', ...taker.flags);
  await command('undo', '--yes', ...taker.flags);
  const before = taker.files();

  const { stdout } = await command('undo', '--list', ...taker.flagsFor('undo', '--list'));
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
  expect(stdout).toMatch(
    new RegExp(
      [
        `${time}  sha256:[0-9a-f]{12}`,
        '  now named "second"',
        '  \\+ "later"',
        `  taken back ${time}`,
        `${time}  sha256:[0-9a-f]{12} - an undo takes this one back`,
        '  now named "first"',
        '  \\+ "weather"',
        '  ~ "notes" \\(new code\\)',
        '  \\* "same" \\(other permissions\\)',
        '  - "extra"',
        '',
      ].join('\n'),
    ),
  );
  expect(taker.files()).toEqual(before);

  const { imports } = JSON.parse(
    (await command('undo', '--list', '--json', ...taker.flagsFor('undo', '--list'))).stdout,
  );
  expect(imports).toMatchObject([
    { names: ['second'], undone_at: expect.stringMatching(/Z$/), is_next: false },
    { names: ['first'], undone_at: null, is_next: true, source: expect.stringMatching(/^sha256:/) },
  ]);
  expect(imports[1].components).toEqual([
    { component_id: 'extra', action: 'remove' },
    { component_id: 'notes', action: 'replace' },
    { component_id: 'same', action: 'update-policy' },
    { component_id: 'weather', action: 'add' },
  ]);
});

it('a list does nothing else, and says what it is not for', async () => {
  for (const other of [
    '--yes',
    '--dry-run',
    '--force',
    '--allow-remote=http://10.0.0.1',
    '--wassette-url=http://127.0.0.1:1/mcp',
  ]) {
    const { code, stderr } = await command('undo', '--list', other);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be used with');
  }
});

it('an interrupted import is told by the list and by the plan of another', async () => {
  const host = oldHost();
  await restoreUntilCommitted(host);
  const listed = await command('undo', '--list', ...host.flagsFor('undo', '--list'));
  expect(listed.stdout).toContain('an import was interrupted');
  expect(listed.stdout).toContain('wassette-state recover --component-dir');
  const giver = makeHost();
  giver.install('other');
  const file = path.join(giver.locations.componentDir, '..', 'tools.json');
  await command('export', '-o', file, '--include-binaries', ...giver.flags);
  const planned = await command('import', file, '--dry-run', ...host.flags);
  expect(planned.code).toBe(0);
  expect(planned.stdout.replaceAll(/\s+/g, ' ')).toContain('an import into this directory was interrupted');
  expect(planned.stdout).toContain('wassette-state recover --component-dir');
});

it('a record that was altered is an error of ours, and no crash', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('tool');
  await command('export', '--name', 'tools', ...giver.flags);
  await command('import', 'tools', '--yes', ...taker.flags);
  for (const text of [
    '{',
    '{"version":2,"changes":[],"import_id":"a","created_at":1e300,"source":"","reverts":null}',
  ]) {
    writeFileSync(path.join(taker.state.undo, '1.json'), text);
    const { code, stderr } = await command('undo', '--list', ...taker.flagsFor('undo', '--list'));
    expect({ code, stderr }).toEqual({ code: 7, stderr: expect.stringContaining('STORE_DAMAGED') });
  }
});
