// The command that `serve` is to wrap, as clients pass it on: with the `--` before it, or without.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost } from '../../fixtures/host.ts';
import { started } from '../../fixtures/servers/ended-program.ts';
import { RawSession } from '../../fixtures/servers/raw-session.ts';

const SERVER = fileURLToPath(new URL('../../fixtures/servers/scripted-server.mjs', import.meta.url));

/** An empty host, and how a program is started on it. */
function here() {
  const { componentDir, stateDir } = makeHost().locations;
  const folder = path.dirname(componentDir);
  return {
    folder,
    stateDir,
    env: { WASSETTE_COMPONENT_DIR: componentDir, HOME: folder, PATH: process.env.PATH! },
  };
}

test.each([
  ['serve', '--state-dir', 'STATE', '--', 'NODE', 'SERVER'],
  ['serve', '--state-dir', 'STATE', 'NODE', 'SERVER'],
  ['serve', '--allow-dir', '/', '--allow-dir=/tmp', '--read-only', '--state-dir', 'STATE', 'NODE', 'SERVER'],
  ['serve', '--approval', 'ask', '--state-dir=STATE', 'NODE', 'SERVER'],
  ['serve', '--approval', 'ask', '--state-dir', 'STATE', '--', 'NODE', 'SERVER'],
  ['--state-dir', 'STATE', 'NODE', 'SERVER'],
  ['--state-dir', 'STATE', '--', 'NODE', 'SERVER'],
])('%j passes everything behind the program on as it is', async (...words) => {
  const { folder, stateDir, env } = here();
  const own = words.map((word) =>
    word
      .replace('STATE', stateDir)
      .replace(/^NODE$/, process.execPath)
      .replace(/^SERVER$/, SERVER),
  );
  const theirs = ['run', '--component-dir', '/x', '--read-only', '--', '-h', '--version', '', 'a b', '--'];
  const session = RawSession.start([process.execPath, PROGRAM, ...own, ...theirs], env, folder);
  await session.open();
  expect((await session.call('arguments')).result).toEqual({ arguments: theirs });
  expect((await session.call('list_snapshot_components')).result.isError).toBeUndefined();
});

test.each([
  [['wassette', 'serve'], 'wrap this one: wassette run'],
  [
    ['--allow-dir', '/tmp', 'wassette', 'serve', '--component-dir', '/a b', '--bind-address', '127.0.0.1:1'],
    "wrap this one: wassette run --component-dir '/a b'",
  ],
  [
    ['--', '/opt/wassette', 'serve', '--manifest', 'm.yaml'],
    'run takes no --manifest: the agent gives that file to import_state; wrap this one: /opt/wassette run',
  ],
])('`serve` %j is refused before anything is started, with the right command', async (words, right) => {
  const { folder, env } = here();
  const { code, stdout, stderr } = await started(['serve', ...words], env, folder);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('listens on a port');
  expect(stderr.replace(/\s+/g, ' ')).toContain(right);
});

test.each([
  ['nothing', null, 'there is no such program'],
  ['a directory', 'directory', 'it is not a file that may be executed'],
  ['a file that may not be executed', 'plain', 'it is not a file that may be executed'],
  ['a script of a missing interpreter', '#!/no/such/interpreter\n', 'not the interpreter'],
])('%s in place of the program is told apart', async (_, content, why) => {
  const { folder, env } = here();
  const program = path.join(folder, 'program');
  if (content === 'directory') mkdirSync(program);
  else if (content !== null) writeFileSync(program, content);
  if (content?.startsWith('#!')) chmodSync(program, 0o755);
  const { code, stderr } = await started(['serve', '--', program, 'run'], env, folder);
  expect(code).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toContain(why);
});

test('`serve wassette run` without a Wassette says how to get one', async () => {
  const { folder, env } = here();
  const { code, stderr } = await started(['serve', 'wassette', 'run'], { ...env, PATH: folder }, folder);
  expect({ code, stderr: stderr.replace(/\s+/g, ' ') }).toEqual({
    code: 7,
    stderr: expect.stringMatching(/\[STORE_NO_WASSETTE\].*github.com\/microsoft\/wassette\/releases/),
  });
});

test.each([
  [['wassette run'], 'give each of them as an argument of its own'],
  [['--never-widne', 'wassette', 'run'], "unknown option '--never-widne'"],
  [['--', ''], 'there is no command'],
  [['--'], 'there is no command'],
])('`serve` %j is a usage error', async (words, said) => {
  const { folder, env } = here();
  const { code, stderr } = await started(['serve', ...words], env, folder);
  expect(code).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toContain(said);
});
