// `wassette-state log`: lines that fit a terminal, whatever is in them, and an exit code that says whether the chain holds.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

let host: TestHost;

beforeEach(() => {
  host = makeHost();
  host.install('weather', { policy: policyText({}) });
});

const file = () => {
  const [name] = readdirSync(host.state.audit).filter((each) => each.endsWith('.jsonl'));
  return path.join(host.state.audit, name!);
};

it('a host without a log has none to show, and its chain holds', async () => {
  expect(await command('log', ...host.flagsFor('log'))).toMatchObject({
    stdout: 'The audit log has nothing.\n',
    code: 0,
  });
  expect(await command('log', '--verify', ...host.flagsFor('log'))).toMatchObject({
    stdout: 'There is no audit log yet.\n',
    code: 0,
  });
  expect(JSON.parse((await command('log', '--json', ...host.flagsFor('log'))).stdout)).toEqual({ lines: [] });
});

it('a line is told in a few of at most 80 columns, and says nothing twice', async () => {
  await command('export', '--name', 'tools', ...host.flags);
  host.install('notes');
  await command('import', 'tools', '--remove-extra', '--yes', ...host.flags);
  const { stdout } = await command('log', ...host.flagsFor('log'));
  const digest = 'sha256:[0-9a-f]{12}';
  expect(stdout).toMatch(
    new RegExp(
      [
        'T[\\d:.]+Z  import done',
        `  from "tools", snapshot ${digest}, plan ${digest}, import`,
        '  [0-9a-f]{16}',
        `  "notes" \\(remove\\), state ${digest} to ${digest}`,
        '  asked at the command line, user \\d+, in',
      ].join('\\n'),
    ),
  );
  const long = stdout.split('\n').filter((line) => line.length > 80 && !line.includes('/'));
  expect(long).toEqual([]);
});

it('what a client calls itself, and whatever else somebody wrote there, cannot move the cursor', async () => {
  await command('export', '--name', 'tools', ...host.flags);
  const text = readFileSync(file(), 'utf8');
  const odd = '\\u001b[2J\\u202eodd\\u009b';
  const asked = `"asked_by":{"by":"agent","client":"${odd}","client_version":"${odd}","user":1}`;
  const forged = text
    .replace(/"asked_by":\{[^}]*\}/, asked)
    .replace('"event":"export"', `"event":"${odd}"`)
    .replace('"id":"weather"', `"id":"${odd}"`);
  writeFileSync(file(), forged);
  for (const shown of [[], ['--json'], ['--verify']]) {
    const { stdout } = await command('log', ...shown, ...host.flagsFor('log'));
    expect(stdout).toMatch(/^[\x20-\x7e\n…]*$/);
  }
});

it('where a file stands in the place of the log, it says so, and what to do', async () => {
  mkdirSync(host.state.root, { recursive: true });
  writeFileSync(host.state.audit, 'none of ours');
  for (const more of [[], ['--verify']]) {
    const { stderr, code } = await command('log', ...more, ...host.flagsFor('log'));
    expect(code).toBe(7);
    expect(stderr).toContain('STORE_UNSAFE_FILE');
    expect(stderr).toContain('is not a directory');
  }
});

it.each([
  ['operator', 'approved by the operator, at a terminal'],
  ['signed', 'approved in writing'],
  ['later', 'approved later'],
])('how a plan was approved is said in words: %s', async (how, words) => {
  await command('export', '--name', 'tools', ...host.flags);
  const text = readFileSync(file(), 'utf8');
  writeFileSync(file(), text.replace('"event":"export"', `"event":"import","approved":{"how":"${how}"}`));
  expect((await command('log', ...host.flagsFor('log'))).stdout).toContain(`\n  ${words}\n`);
});

it('the name of a file is recorded as it is, with whatever was written into it', async () => {
  const named = path.join(host.locations.componentDir, '..', 'glpat-0123456789abcdefghij.json');
  expect(await command('export', '-o', named, ...host.flags)).toMatchObject({ code: 0 });
  expect(readFileSync(file(), 'utf8')).toContain('glpat-0123456789abcdefghij.json');
});

describe('--since', () => {
  it('leaves out what was before, by date, time or how long ago', async () => {
    await command('export', '--name', 'tools', ...host.flags);
    const old = readFileSync(file(), 'utf8').replace(/"time":"[^"]*"/, '"time":"2020-03-01T10:00:00.000Z"');
    writeFileSync(file(), old);
    await command('export', '--name', 'again', ...host.flags);
    const since = async (when: string) => {
      const { stdout } = await command('log', '--since', when, '--json', ...host.flagsFor('log'));
      return (JSON.parse(stdout) as { lines: object[] }).lines.length;
    };
    expect(await since('2020-03-01')).toBe(2);
    expect(await since('2020-03-01T10:00Z')).toBe(2);
    expect(await since('2020-03-01 11:00:00+01:00')).toBe(2);
    expect(await since('2020-03-01T10:00:01')).toBe(1);
    expect(await since('2020-03-02')).toBe(1);
    for (const ago of ['90m', '24h', '7d']) expect(await since(ago)).toBe(1);
    expect(await since('2999-01-01')).toBe(0);
  });

  it.each(['', 'yesterday', '2020-13-01', '2020-02-30', '7', '7y', '-1h', '1e3h'])(
    'does not take %j',
    async (when) => {
      const { code, stderr } = await command('log', '--since', when, ...host.flagsFor('log'));
      expect(code).toBe(2);
      expect(stderr).toContain('USAGE_BAD_ARGUMENT');
    },
  );

  it('does not go with --verify, which is about all of it', async () => {
    expect((await command('log', '--verify', '--since', '7d', ...host.flagsFor('log'))).code).toBe(2);
  });
});

describe('--verify', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) await command('export', '--name', name, ...host.flags);
  });

  it('says that the chain holds, its head, and what that does not show; the exit code is 0', async () => {
    const { stdout, code } = await command('log', '--verify', ...host.flagsFor('log'));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^The chain holds: 3 lines in 1 file, .*\nhead {4}[0-9a-f]{64}\n {8}line 3 of log-000001\.jsonl, /,
    );
    expect(stdout).toContain('keep the head elsewhere');
  });

  it('names file and line where it breaks; the exit code is 1', async () => {
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('"reference":"b"', '"reference":"x"'));
    const { stdout, code } = await command('log', '--verify', ...host.flagsFor('log'));
    expect(code).toBe(1);
    expect(stdout).toContain('The chain does NOT hold');
    expect(stdout).toContain('line 3 of log-000001.jsonl: it does not follow from line 2');
    const json = await command('log', '--verify', '--json', ...host.flagsFor('log'));
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ holds: false, breaks: [{ line: 3 }], lines: 3 });
  });

  it('tells of a torn line, which is no break', async () => {
    appendFileSync(file(), '{"version":1,"ti');
    const torn = await command('log', '--verify', ...host.flagsFor('log'));
    expect(torn).toMatchObject({ code: 0, stdout: expect.stringContaining('was not written to its end') });
    expect(torn.stdout.replace(/\s+/g, ' ')).toContain('from the one before, but for what was torn.');
    await command('export', '--name', 'd', ...host.flags);
    const noted = await command('log', '--verify', ...host.flagsFor('log'));
    expect(noted).toMatchObject({ code: 0, stdout: expect.stringMatching(/as the line after\s+it says/) });
    expect((await command('log', ...host.flagsFor('log'))).stdout).toContain('line 4 of log-000001.jsonl');
  });
});
