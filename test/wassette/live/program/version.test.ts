import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { versionAsker } from '../../../../src/wassette/live/program/version.ts';

const ENV = { PATH: process.env.PATH };

function program(script: string): { file: string; text: (name: string) => string; folder: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'program-version-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'wassette');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { file, folder, text: (name) => readFileSync(path.join(folder, name), 'utf8') };
}

it('a program is asked for its version once, with --version behind what starts it', async () => {
  const { file, text } = program('echo "$@" >> "$(dirname "$0")/log"; echo wassette 0.8.1');
  const ask = versionAsker([file, 'first'], ENV);
  expect([(await ask())?.text, (await ask())?.text]).toEqual(['0.8.1', '0.8.1']);
  expect(text('log')).toBe('first --version\n');
});

it('a program is found on the search path', async () => {
  const { folder } = program('echo wassette 0.8.0');
  const ask = versionAsker(['wassette'], { PATH: `${folder}:${process.env.PATH}` });
  expect((await ask())?.text).toBe('0.8.0');
});

it.each([
  ['fails', 'echo wassette 0.8.1; exit 1'],
  ['says a version that may be its own', 'echo 11.19.1'],
  ['says something else', 'echo "usage: wassette"'],
  ['says nothing', ':'],
  ['does not stop talking', 'echo wassette 0.8.1; exec yes'],
])('the version is not known of a program that %s', async (_what, script) => {
  expect(await versionAsker([program(script).file], ENV)()).toBeNull();
});

it('a program that does not answer within 3 s is ended, with all that it started', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { file, folder } = program(
    'echo up > "$(dirname "$0")/up"; echo wassette 0.8.1; sleep 600 & sleep 600',
  );
  execFileSync('mkfifo', [path.join(folder, 'up')]);
  const asking = versionAsker([file], ENV)();
  await readFile(path.join(folder, 'up'));
  vi.advanceTimersByTime(3_000);
  expect(await asking).toBeNull();
});

it('the version is not known of a program that is not there', async () => {
  expect(await versionAsker(['/nonexistent/wassette'], ENV)()).toBeNull();
});

it('the version is not known where the file is another one than was started', async () => {
  const { file } = program('echo wassette 0.8.1');
  const ask = versionAsker([file], ENV);
  utimesSync(file, 1, 1);
  expect(await ask()).toBeNull();
});
