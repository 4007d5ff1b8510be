// Clients of both generations of MCP, as recorded: one opens a session with `initialize`, the other none.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost } from '../../fixtures/host.ts';
import { RawSession } from '../../fixtures/servers/raw-session.ts';

const SERVER = fileURLToPath(new URL('../../fixtures/servers/scripted-server.mjs', import.meta.url));
const ALONE: string[] = [];
const WRAPPED = ['--', process.execPath, SERVER];

function serve(command: readonly string[]): RawSession {
  const { componentDir, stateDir } = makeHost().locations;
  const folder = path.dirname(componentDir);
  const args = [PROGRAM, 'serve', '--state-dir', stateDir, ...command];
  return RawSession.start(
    [process.execPath, ...args],
    { WASSETTE_COMPONENT_DIR: componentDir, HOME: folder },
    folder,
  );
}

/** Sends what was recorded, each request when the one before is answered. */
async function replay(session: RawSession, recorded: string): Promise<string[]> {
  const file = new URL(`../../fixtures/sessions/${recorded}.jsonl`, import.meta.url);
  const answers: string[] = [];
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { id, method } = JSON.parse(line);
    const answered = id === undefined ? null : session.answerTo(id);
    session.send(line);
    if (answered === null) continue;
    const { error } = await answered;
    answers.push(`${method}: ${error?.code ?? 'answered'}`);
  }
  return answers;
}

const OPENED = ['initialize: answered', 'tools/list: answered', 'tools/call: answered'];

test.each([
  ['2025-11-25', 'alone', ALONE, OPENED],
  ['2025-11-25', 'wrapped', WRAPPED, OPENED],
  ['both-generations', 'alone', ALONE, ['server/discover: -32601', ...OPENED]],
  ['both-generations', 'wrapped', WRAPPED, ['server/discover: -32601', ...OPENED]],
])('a client of %s reaches our tools, %s', async (recorded, _, command, answers) => {
  const session = serve(command);
  expect(await replay(session, recorded)).toEqual(answers);
  const last = session.received.at(-1)!.result;
  expect(last.structuredContent).toMatchObject({ component_count: 0 });
});

test.each([
  ['alone', ALONE],
  ['wrapped', WRAPPED],
])(
  'a client that opens no session is told at each request which versions there are, %s',
  async (_, command) => {
    const session = serve(command);
    expect(await replay(session, '2026-07-28')).toEqual([
      'server/discover: -32601',
      'tools/list: -32022',
      'tools/call: -32022',
    ]);
    const { error } = session.received.at(-1)!;
    expect(error.data).toEqual({
      supported: ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
      requested: '2026-07-28',
    });
    expect(error.message).toContain('begin a session with initialize');
    // It may still open one.
    await session.open();
    expect((await session.call('list_snapshot_components')).result.structuredContent).toBeDefined();
  },
);

test('a wrapped server never hears of requests that open no session', async () => {
  const session = serve(WRAPPED);
  await replay(session, '2026-07-28');
  await session.open();
  expect((await session.call('asked')).result).toEqual({ asked: ['initialize', 'tools/call'] });
});

test('in an open session a request that names a version of its own is answered, too', async () => {
  for (const command of [ALONE, WRAPPED]) {
    const session = serve(command);
    await session.open();
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    expect((await session.request('tools/list', { _meta })).result.tools.length).toBeGreaterThan(1);
    expect((await session.request('server/discover', { _meta })).error.code).toBe(-32601);
  }
});

test.each([
  ['tools/call', { _meta: { 'io.modelcontextprotocol/protocolVersion': 20260728 } }],
  ['tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': null } }],
  ['server/discover', []],
  ['server/discover', { _meta: 'x' }],
  ['subscriptions/listen', { _meta: { 'io.modelcontextprotocol/protocolVersion': 'x'.repeat(5_000) } }],
])('an odd request without a session is one short error of the wrap: %s %j', async (method, params) => {
  const { error } = await serve(WRAPPED).request(method, params);
  expect(error.code).toBeLessThan(-32_000);
  expect(JSON.stringify(error).length).toBeLessThan(500);
});
