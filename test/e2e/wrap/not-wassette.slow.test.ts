// Programs that are wrapped and do not speak MCP: the agent and the operator learn what they printed.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost } from '../../fixtures/host.ts';
import { started } from '../../fixtures/servers/ended-program.ts';
import { INITIALIZE, RawSession } from '../../fixtures/servers/raw-session.ts';

/** A `wassette` on the search path that is the shell script `script`. */
function otherWassette(script: string) {
  const { componentDir } = makeHost().locations;
  const folder = path.dirname(componentDir);
  writeFileSync(path.join(folder, 'wassette'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const env = {
    WASSETTE_COMPONENT_DIR: componentDir,
    HOME: folder,
    PATH: `${folder}:${process.env.PATH}`,
  };
  return { folder, env, command: ['serve', 'wassette', 'run'] };
}

const HINT = 'check with --version that the program is Wassette, and that its command is "run"';

test.each([
  ['prints its help and ends', 'echo "usage: wassette TAPE"; exit 64', '"usage: wassette TAPE"'],
  ['prints lines', 'for l in a b c d; do echo $l; done; exit 1', '"a" "b" "c", which'],
  ['prints in colour', String.raw`printf '\033[31mred\033[0m \033]0;title\007\n'; exit 1`, '"red"'],
  ['prints an endless line', 'yes x | tr -d "\\n" | head -c 3000000; echo; exit 1', '"xxxx'],
  ['prints what is hidden', String.raw`printf 'a\342\200\256b\n'; exit 1`, String.raw`"a\u202eb"`],
  ['prints JSON that is no message', 'echo "[1, 2]"; echo "{}"; exit 1', String.raw`"\u005b1, 2\u005d"`],
  ['logs in JSON', `echo '{"level":30,"msg":"up"}'; exit 1`, String.raw`\u0022level\u0022:30`],
  ['prints no whole line', "printf 'I am not MCP'; exit 1", '"I am not MCP", which'],
  [
    'speaks another JSON-RPC',
    `echo '{"jsonrpc":"1.0","id":1,"result":5}'; exit 1`,
    String.raw`\u00221.0\u0022`,
  ],
  ['prints nothing', 'exit 3', 'exited with code 3; check'],
])('a "wassette" that %s is named in the error of initialize', async (_, script, quote) => {
  const { folder, env, command } = otherWassette(script);
  const session = RawSession.start([process.execPath, PROGRAM, ...command], env, folder);
  const { error } = await session.request('initialize', INITIALIZE);
  expect(error.message).toContain('Wassette has ended');
  expect(error.message).toContain(quote);
  expect(error.message).toContain(HINT);
  expect(error.message.length).toBeLessThan(800);
});

test('the operator reads the same where no client asks, and gets the exit code', async () => {
  const { folder, env, command } = otherWassette('echo "usage: wassette TAPE"; exit 64');
  const { code, stdout, stderr } = await started(command, env, folder);
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain('"usage: wassette TAPE", which is not MCP');
  expect(stderr).toContain(HINT);
});

test('what is printed before a server speaks MCP is in the log, and forgotten when it does', async () => {
  const { folder, env, command } = otherWassette(
    `echo "Starting"; read line; echo "$line" | sed 's/.*"id":\\([0-9]*\\).*/{"jsonrpc":"2.0","id":\\1,"result":{}}/'; read line; read line; exit 5`,
  );
  const session = RawSession.start([process.execPath, PROGRAM, ...command], env, folder);
  await session.open();
  const { error } = await session.call('anything');
  expect(error.message).toBe('Wassette has ended: it exited with code 5');
});
