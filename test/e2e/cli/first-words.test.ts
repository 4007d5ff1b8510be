// What stands before the name of a command, and what comes of it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { atTerminal } from '../../fixtures/system/at-terminal.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function run(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    input: '',
    timeout: 60_000,
  });
  return { stdout, stderr, code: status };
}

test.each([['-q'], ['--no-color'], ['--quiet', '--no-color']])(
  '%s may stand before any command',
  (...first) => {
    const host = makeHost();
    for (const words of [['list'], ['store', 'list'], ['trust', 'list'], ['git', 'uninstall', '--help']]) {
      const flags = words[0] === 'git' ? [] : host.flagsFor(...words);
      expect(run(...first, ...words, ...flags)).toEqual(run(...words, ...first, ...flags));
    }
  },
);

test('the command on the page of a review works, whatever stood before `review`', () => {
  const giver = makeHost();
  giver.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const file = `${giver.locations.stateDir}.json`;
  expect(run('export', '-o', file, '--include-binaries', ...giver.flags).code).toBe(0);
  const taker = makeHost();
  const { stdout } = run('--no-color', 'review', file, '--html', `${file}.html`, ...taker.flags);
  const [command = ''] = /^ *wassette-state import .*$/m.exec(stdout) ?? [];
  expect(run(...command.trim().split(' ').slice(1)).code).toBe(0);
  expect(Object.keys(taker.files())).toContain('tool.wasm');
});

test.each([
  ['--state-dir /tmp diff a b', 'diff', '--state-dir'],
  ['--component-dir=/tmp install codex', 'install', '--component-dir'],
  ['--json store list', 'store list', '--json'],
  ['--read-only serve -- wassette run', 'serve', '--read-only'],
])('`%s` starts no program of that name as a Wassette', (line, command, option) => {
  const { code, stderr } = run(...line.split(' '));
  expect(code).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toBe(
    `error: ${command} is a command, and options stand behind it [USAGE_BAD_ARGUMENT] ` +
      `hint: write it as in: wassette-state ${command} ${option} … `,
  );
});

test('a program of such a name is started where it stands behind "--"', () => {
  const { stderr } = run('--state-dir', '/nonexistent/state', '--', 'diff', '--version');
  expect(stderr).not.toContain('is a command');
});

test('at a terminal an option about the output alone is answered with the help', () => {
  expect(atTerminal([process.execPath, PROGRAM, '-q'], []).seen).toContain('Usage: wassette-state');
});
