// `-`: a snapshot on standard output goes through a pipe into another host, whole or not at all.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditRecord } from '../../../src/state/audit/entry.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** A host, and words that a shell reads as this program working on it. */
function hosts(): { giver: TestHost; taker: TestHost; give: string; take: string; temporary: string } {
  const giver = makeHost();
  const taker = makeHost();
  giver.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const words = ({ flags }: TestHost) => flags.map((flag) => `'${flag}'`).join(' ');
  const temporary = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  return { giver, taker, give: words(giver), take: words(taker), temporary };
}

/** Runs a line of bash in which `ours` is the program. */
function bash(line: string, temporary: string) {
  const script = `set -o pipefail; ours() { '${process.execPath}' '${PROGRAM}' "$@"; }; ${line}`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: temporary },
    input: '',
    timeout: 60_000,
  });
  expect(readdirSync(temporary)).toEqual([]);
  return { stdout, stderr, code: status };
}

test('a host goes through a pipe into another, code included', () => {
  const { giver, taker, give, take, temporary } = hosts();
  const { code, stdout, stderr } = bash(`ours export -o - ${give} | ours import - --yes ${take}`, temporary);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^Exported 1 component, \d+ bytes of code\ndigest {2}sha256:/);
  expect(stdout).toContain('Imported: 1 component changed.');
  expect(taker.files()).toEqual(giver.files());
});

test('what reads a snapshot reads it from a pipe', () => {
  const { give, taker, temporary } = hosts();
  const piped = (line: string) => {
    const [command] = line.split(' ');
    // Of a snapshot, `list` takes what `inspect` takes.
    const take = taker.flagsFor(command === 'list' ? 'inspect' : command!).join(' ');
    return bash(`ours export -q -o - ${give} | ours ${line} ${take}`, temporary);
  };
  expect(piped('inspect -')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('every byte verified'),
  });
  expect(piped('list - --json').stdout).toContain('"component_id": "tool"');
  expect(piped('diff -')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^from {2}-\n/) });
  expect(piped('diff - -').code).toBe(2);
  const planned = piped('import - --json');
  expect(planned.code).toBe(5);
  expect(JSON.parse(planned.stdout).error.code).toBe('POLICY_APPROVAL_REQUIRED');
});

test.each(['gzip', 'zstd:9'])('it may go through the pipe compressed with %s', (compression) => {
  const { giver, taker, give, take, temporary } = hosts();
  const { code } = bash(
    `ours export -o - --compress ${compression} ${give} | ours import - --yes ${take}`,
    temporary,
  );
  expect(code).toBe(0);
  expect(taker.files()).toEqual(giver.files());
});

test('standard output has the snapshot alone, and without the code where nobody wants it', () => {
  const { give, temporary } = hosts();
  const { stdout, stderr } = bash(`ours export -o - --no-include-binaries ${give}`, temporary);
  expect(JSON.parse(stdout).components).toMatchObject([{ component_id: 'tool', include_binary: false }]);
  expect(stderr).toContain('The code is NOT in this file');
});

test('an export that fails sends nothing, and both ends say why', () => {
  const { taker, give, take, temporary } = hosts();
  const line = `ours export -o - --components nope ${give} | ours import - --yes ${take}`;
  const { code, stdout, stderr } = bash(line, temporary);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('there is no component "nope"');
  expect(stderr).toContain('standard input: nothing came');
  expect(taker.files()).toEqual({});
});

test('what comes in is refused at its first fault, however much is still to come', () => {
  const { taker, give, take, temporary } = hosts();
  for (const [line, code] of [
    ['cat /dev/zero', 3],
    ['yes', 3],
    [`ours export -q -o - ${give} | head -c 300`, 3],
    [`ours export -q -o - ${give} | sed s/AGFzbQ/AGFzbR/`, 4],
    [`{ ours export -q -o - ${give}; echo more; }`, 3],
  ] as const) {
    const run = bash(`${line} | ours import - --yes ${take}; exit "\${PIPESTATUS[-1]}"`, temporary);
    expect({ line, code: run.code }).toEqual({ line, code });
    expect(run.stderr).not.toContain('standard-input.json');
    if (code === 3) expect(run.stderr).toContain('standard input: ');
  }
  expect(taker.files()).toEqual({});
});

test('an output that cannot take it all is an error', () => {
  const { give, temporary } = hosts();
  expect(bash(`ours export -o - ${give} > /dev/full`, temporary)).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('cannot write to standard output: no space left'),
  });
  expect(bash(`ours export -o - ${give} >&-`, temporary).stdout).toBe('');
});

test('the log names what went through a pipe as it was named, and no file that nobody named', () => {
  const { giver, taker, give, take, temporary } = hosts();
  const state = (host: TestHost) => `--state-dir '${host.locations.stateDir}'`;
  bash(`ours export -o - ${give} | ours import - --yes ${take}`, temporary);
  bash(`ours export -o - ${give} | ours copy - kept ${state(taker)}`, temporary);
  bash(`ours copy kept - ${state(taker)} | ours import - ${take}; echo x | ours import - ${take}`, temporary);
  const logged = (host: TestHost) =>
    JSON.parse(bash(`ours log --json ${state(host)}`, temporary).stdout).lines.map(
      ({ record: { event, result, reference, copied_from } }: { record: AuditRecord }) =>
        [event, result, reference, copied_from].filter((word) => word !== undefined).join(' '),
    );
  expect(logged(giver)).toEqual(['export done -', 'export done -']);
  expect(logged(taker)).toEqual([
    ...['approval given', 'import begins -', 'import done -'],
    ...['copy done kept', 'copy done - kept', 'plan made -', 'import refused -'],
  ]);
  const { stdout } = bash(`ours log ${state(taker)}`, temporary);
  expect(stdout).toContain('from standard input, snapshot sha256:');
  expect(stdout).toContain('to standard output, from "kept"');
});

/** A shell with a terminal of its own, whose person gives this answer when asked. */
const AT_A_TERMINAL = [
  'import os, pty, sys',
  'pid, fd = pty.fork()',
  'if pid == 0: os.execvp("bash", ["bash", "-c", sys.argv[2]])',
  'seen = b""',
  'while True:',
  '    try: data = os.read(fd, 4096)',
  '    except OSError: break',
  '    if not data: break',
  '    sys.stdout.buffer.write(data)',
  '    seen += data',
  '    if b"[y/N]" in seen: os.write(fd, bytes(sys.argv[1], "ascii").decode("unicode_escape").encode()); seen = b""',
  'sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
].join('\n');

function atATerminal(answer: string, line: string) {
  const script = `ours() { '${process.execPath}' '${PROGRAM}' "$@"; }; ${line}`;
  const args = ['-c', AT_A_TERMINAL, answer, script];
  const { status, stdout } = spawnSync('python3', args, { encoding: 'utf8', timeout: 60_000 });
  return { code: status, screen: stdout };
}

test.each([
  ['y\\n', 0],
  ['n\\n', 5],
  ['\\x04', 130],
])(
  'with a snapshot on standard input the person at the terminal is asked, and %j gives exit code %i',
  (answer, code) => {
    const { taker, give, take, temporary } = hosts();
    const file = path.join(temporary, 'tools.json');
    bash(`ours export -q -o - ${give} > '${file}'; mv '${file}' '${temporary}-file'`, temporary);
    onTestFinished(() => rmSync(`${temporary}-file`, { force: true }));
    const run = atATerminal(answer, `cat '${temporary}-file' | ours import - ${take}`);
    expect(run.code).toBe(code);
    expect(run.screen).toContain('will be installed');
    expect(Object.keys(taker.files()).length > 0).toBe(code === 0);
  },
);

test('who is asked sees the review, also where standard output leads elsewhere', () => {
  const { taker, give, take, temporary } = hosts();
  bash(`ours export -q --name tools ${give}`, temporary);
  const log = path.join(taker.locations.stateDir, '..', 'log');
  writeFileSync(log, '');
  const store = `--state-dir '${hostsStateDir(give)}'`;
  const run = atATerminal('n\\n', `ours import tools -q ${take} ${store} > '${log}'`);
  expect(run).toMatchObject({ code: 5, screen: expect.stringContaining('will be installed') });
});

function hostsStateDir(words: string): string {
  return /'--state-dir' '([^']+)'/.exec(words)![1]!;
}

test('a terminal is no place for a snapshot, and sends none', () => {
  const { give, take } = hosts();
  for (const line of [`ours export -o - ${give}`, `ours import - ${take}`]) {
    const run = atATerminal('', line);
    expect(run.code).toBe(2);
    expect(run.screen.replaceAll(/\s+/g, ' ')).toContain('--help shows one to another machine');
  }
});
