// The wrap as a process, around a server that does as it is told: one bad message is one error, and the session lives.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { documentOf } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost } from '../../fixtures/host.ts';
import { INITIALIZE, RawSession } from '../../fixtures/servers/raw-session.ts';

const SERVER = fileURLToPath(new URL('../../fixtures/servers/scripted-server.mjs', import.meta.url));
const TOO_LONG = 65 * 1024 * 1024;

function wrapped(flags: readonly string[] = []) {
  const { componentDir, stateDir } = makeHost().locations;
  const env = { WASSETTE_COMPONENT_DIR: componentDir, HOME: path.dirname(componentDir) };
  const command = ['serve', '--state-dir', stateDir, ...flags, '--', process.execPath, SERVER];
  return RawSession.start([process.execPath, PROGRAM, ...command], env, path.dirname(componentDir));
}

test('an answer that is too long is an error of its request, and so is a request; the session goes on', async () => {
  const session = wrapped();
  await session.open();
  const big = session.call('big', { bytes: TOO_LONG });
  expect((await session.request('ping')).result).toEqual({});
  expect((await big).error).toMatchObject({ code: -32000, message: expect.stringContaining('64 MiB') });
  const answered = session.answerTo('long');
  session.send(
    `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"big","x":"${'x'.repeat(TOO_LONG)}"},"id":"long"}`,
  );
  expect((await answered).error).toMatchObject({ code: -32600 });
  expect((await session.call('big', { bytes: 3 })).result.content[0].text).toBe('xxx');
  expect(session.ending).toBeNull();
});

test('junk of the server before, within and behind an answer loses nothing', async () => {
  const session = wrapped();
  await session.open();
  const junk = ['', '{', '[]', '"x"', '\u0000', 'Starting…'];
  const lines = [...junk, '{"jsonrpc":"2.0","id":ID,"result":{"n":1}}', ...junk];
  expect((await session.call('raw', { lines })).result).toEqual({ n: 1 });
  expect((await session.request('tools/list', { cursor: null })).result.tools.length).toBeGreaterThan(1);
});

test('initialize may come after other messages: each of them is answered', async () => {
  const session = wrapped();
  expect((await session.request('ping')).result).toEqual({});
  expect((await session.request('tools/list')).error).toMatchObject({ code: -32600 });
  session.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  const [opened, listed, called] = await Promise.all([
    session.request('initialize', INITIALIZE),
    session.request('tools/list'),
    session.call('list_snapshot_components'),
  ]);
  expect(opened.result.serverInfo.name).toBe('wassette-state');
  expect(listed.result.tools.length).toBeGreaterThan(1);
  expect(called.result).toBeDefined();
});

test('while a large snapshot is listed pings and calls are answered before the list is', async () => {
  const folder = path.dirname(makeHost().locations.componentDir);
  const entries = (id: string) => Array.from({ length: 800 }, (_, i) => `      - key: ${id}_${i}\n`).join('');
  const policy = (id: string) =>
    `version: "1.0"\npermissions:\n  environment:\n    allow:\n${entries(id)}# ${'x'.repeat(900_000)}\n`;
  const components = Array.from({ length: 28 }, (_, i) => `c${String(i).padStart(2, '0')}`);
  const file = path.join(folder, 'large.json');
  writeFileSync(file, JSON.stringify(documentOf(components.map((id) => ({ id, policy: policy(id) })))));
  const session = wrapped(['--allow-dir', folder]);
  await session.open();
  let isListed = false;
  const listing = session.call('list_snapshot_components', { snapshot: file }).then((answer) => {
    isListed = true;
    return answer;
  });
  let pings = 0;
  while (!isListed) {
    await Promise.all([session.request('ping'), session.call('big', { bytes: 1 })]);
    if (!isListed) pings++;
  }
  expect((await listing).result.structuredContent).toMatchObject({ component_count: 28 });
  expect(pings).toBeGreaterThan(10);
});

test('two calls of our tools at once are both answered, a wrong one with an error', async () => {
  const session = wrapped();
  await session.open();
  const [first, second] = await Promise.all([
    session.call('list_snapshot_components'),
    session.call('export_state', { nonsense: 1 }),
  ]);
  expect(first.result.structuredContent ?? first.result.isError).toBeTruthy();
  expect(JSON.parse(second.result.content[0].text)).toEqual(failing('USAGE_BAD_ARGUMENT'));
});
