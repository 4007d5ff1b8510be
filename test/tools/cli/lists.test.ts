// Options that take lists: what is taken, and what is refused with words that help.
import { describe, expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

function giver(): TestHost {
  const host = makeHost();
  for (const id of ['a', 'b', 'my tool']) host.install(id, { policy: policyText({}) });
  return host;
}

async function exported(host: TestHost, ...args: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await command('export', '--name', 'some', ...args, ...host.flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Exported');
  const listed = await command('list', 'some', '--json', ...host.flagsFor('list', 'some'));
  return JSON.parse(listed.stdout).components.map((c: { component_id: string }) => c.component_id);
}

describe('--components', () => {
  it.each([
    [
      ['--components', 'a,b'],
      ['a', 'b'],
    ],
    [['--components=b, a'], ['a', 'b']],
    [
      ['--components', 'a', '--components', 'my tool'],
      ['a', 'my tool'],
    ],
    [['--components', '["my tool"]'], ['my tool']],
    [['--components', 'a,a,'], ['a']],
  ])('%j takes %j', async (args, ids) => expect(await exported(giver(), ...args)).toEqual(ids));

  it('leaves the snapshot that follows it alone', async () => {
    const host = giver();
    await exported(host);
    const run = await command('import', '--components', 'a,b', 'some', '--dry-run', ...host.flags);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('the chosen components are already here');
  });

  it('as it was written once, with spaces, says how it is written now', async () => {
    for (const args of [
      ['import', 'some', '--components', 'a', 'b'],
      ['export', '--components', 'a', 'b'],
      ['inspect', '--components', 'a', 'b', 'some'],
    ]) {
      const run = await command(...args);
      expect(run).toMatchObject({ code: 2, stdout: '' });
      expect(run.stderr).toContain('several ids are one value, with commas: --components a,b');
      const { error } = JSON.parse((await command(...args, '--json')).stdout);
      expect(error).toMatchObject({ code: 'USAGE_BAD_ARGUMENT', hint: expect.stringContaining('a,b') });
    }
  });

  it('does not swallow an option, and refuses an empty list', async () => {
    for (const value of ['--yes', '-y', '--json', '--components=a', '--state-dir']) {
      const run = await command('import', 'some', '--components', value);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a value before it') });
    }
    for (const value of ['', ',', '[]', ' , ']) {
      const run = await command('import', 'some', '--components', value);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('it names nothing') });
    }
    for (const value of ['[a', '["a",null]']) {
      const run = await command('import', 'some', '--components', value);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('["a","b"]') });
    }
  });
});

describe('other options', () => {
  it('that need a value do not take an option for one', async () => {
    for (const args of [
      ['export', '--output', '--json'],
      ['export', '--description', '-q'],
      ['list', '--component-dir', '--state-dir'],
      ['import', 'some', '--approve', '--yes'],
      ['diff', 'some', '--format', '--no-color'],
    ]) {
      const run = await command(...args);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a value before it') });
    }
  });

  it('a text that only looks like one is a value', async () => {
    const host = giver();
    const { code } = await command(
      'export',
      '--description',
      '--as before',
      '--tag',
      'a=1,b=2',
      ...host.flags,
    );
    expect(code).toBe(0);
    const listed = await command('store', 'list', '--json', ...host.flagsFor('store'));
    expect(JSON.parse(listed.stdout).snapshots[0].description).toBe('--as before');
  });

  it('with pairs take several, and commas in a value', async () => {
    const host = giver();
    const tags = ['--tag', 'env=dev,team=red', '--tag', 'note=red, green', '--tag', '["a=x,b=y"]'];
    await command('export', '--name', 'some', ...tags, ...host.flags);
    const { stdout } = await command('inspect', 'some', '--json', ...host.flagsFor('inspect'));
    expect(JSON.parse(stdout).metadata.tags).toEqual({
      env: 'dev',
      team: 'red',
      note: 'red, green',
      a: 'x,b=y',
    });
    const refused = await command('import', 'some', '--allow-grant', 'a', ...host.flags);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('write it as id=uri') });
  });
});
