// What becomes of a command whose words nobody reads, or nothing can take.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

const POLICY = policyText({ network: ['api.example.com'] });

interface Scene {
  host: TestHost;
  bash: (line: string) => { stdout: string; stderr: string; code: number };
}

/** An empty host, and lines of bash on it beside a snapshot of one tool, with `ours` for the program. */
function scene(): Scene {
  const giver = makeHost();
  giver.install('tool', { policy: POLICY });
  const host = makeHost();
  const cwd = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const bashOn = (on: TestHost) => (line: string) => {
    const called = line.replaceAll(/ours (\w+)/g, (ours, name) =>
      [ours, ...on.flagsFor(name).map((flag) => `'${flag}'`)].join(' '),
    );
    const script = `set -o pipefail; ours() { '${process.execPath}' '${PROGRAM}' "$@"; }; ${called}`;
    const env = { ...process.env, TMPDIR: cwd };
    const { stdout, stderr, status } = spawnSync('bash', ['-c', script], {
      cwd,
      env,
      encoding: 'utf8',
      input: '',
      timeout: 60_000,
    });
    return { stdout, stderr, code: status ?? -1 };
  };
  expect(bashOn(giver)('ours export -o tools.json --include-binaries').code).toBe(0);
  return { host, bash: bashOn(host) };
}

test('a command that changes something does so whether or not its words are read', () => {
  const { host, bash } = scene();
  expect(bash('ours import tools.json --yes | true')).toMatchObject({ code: 0, stderr: '' });
  expect(Object.keys(host.files())).toContain('tool.wasm');
  expect(bash('ours undo --yes | true')).toMatchObject({ code: 0, stderr: '' });
  expect(host.files()).toEqual({});
  expect(bash('ours import tools.json --yes > /dev/full')).toMatchObject({
    code: 7,
    stderr: expect.stringMatching(
      /^error: cannot write to standard output: no space left .*\nhint: the command did/,
    ),
  });
  expect(Object.keys(host.files())).toContain('tool.wasm');
  expect(bash('ours log').stdout).not.toContain('refused');
});

test('an answer in the exit code is the same when nobody reads the words', () => {
  const { host, bash } = scene();
  expect(bash('ours import tools.json | true').code).toBe(5);
  expect(bash('ours diff tools.json | true').code).toBe(1);
  host.install('tool', { policy: POLICY });
  expect(bash('ours diff tools.json | true').code).toBe(0);
  expect(bash('ours verify tools.json | true').code).toBe(4);
  for (const line of ['list --json', 'inspect tools.json --canonical', 'review tools.json --html -'])
    expect([line, bash(`ours ${line} | true`).code]).toEqual([line, 0]);
  expect(bash('ours inspect nosuch --json 2>&1 | true').code).toBe(7);
});

test('nothing of a snapshot that came through a pipe is left behind a reader who has gone', () => {
  const { bash } = scene();
  expect(bash('ours inspect - < tools.json | true').code).toBe(0);
  expect(bash('ls').stdout).toBe('tools.json\n');
});

test.each(['diff tools.json', 'log --verify', 'list', 'list --json', 'import --help'])(
  'words that the disk has no room for are an error of %s, and no answer',
  (line) => {
    const { code, stderr } = scene().bash(`ours ${line} > /dev/full`);
    expect(stderr).toMatch(
      /^error: cannot write to standard output: no space left \(ENOSPC\) \[STORE_NO_SPACE\]\nhint: /,
    );
    expect(code).toBe(7);
  },
);

test('words of which only the beginning fits are an error, too', () => {
  const { bash } = scene();
  const { code, stderr } = bash(`trap '' XFSZ; ulimit -f 1; ours import --help > help.txt`);
  expect(stderr).toContain('cannot write to standard output: no space left (EFBIG)');
  expect(code).toBe(7);
});

test('a failure keeps its exit code where its words cannot be written', () => {
  expect(scene().bash('ours inspect nosuch 2> /dev/full').code).toBe(7);
});
