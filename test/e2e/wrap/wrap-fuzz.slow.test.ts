// Thousands of messages that are none, from both sides at once, in the wrap and alone; afterwards an ordinary conversation works.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost } from '../../fixtures/host.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import { RawSession } from '../../fixtures/servers/raw-session.ts';
import { wassetteBinary } from '../../fixtures/wassette/wassette.ts';

const SERVER = fileURLToPath(new URL('../../fixtures/servers/scripted-server.mjs', import.meta.url));
const MESSAGES = 6_000;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

const VALUES = [
  'null',
  'true',
  '0',
  '-1',
  '7',
  '1.5',
  '1e400',
  '99999999999999999999',
  '""',
  '"a"',
  '"\\ud800"',
  '"\\u0000"',
  '{}',
  '[]',
  '[[]]',
  '{"a":1}',
  '{"requestId":1}',
  '{"name":"silent"}',
  '{"name":"load-component"}',
  '{"name":"import_state","arguments":[]}',
  '{"cursor":null}',
  '{"cursor":5}',
  '{"_meta":7}',
  '{"_meta":{"progressToken":{}}}',
  `${'['.repeat(300)}${']'.repeat(300)}`,
  '{"a":1,"a":2}',
];
const METHODS = [
  '"ping"',
  '"tools/list"',
  '"tools/call"',
  '"initialize"',
  '"notifications/cancelled"',
  '"notifications/initialized"',
  '"notifications/progress"',
  '"resources/list"',
  '"server/discover"',
  '"x/unknown"',
  '7',
  'null',
  '""',
];

/** A line that may be a message, is damaged mostly, and never names `silent` under an id that this test uses. */
function line(): string {
  const members = [
    ['"jsonrpc"', pick(['"2.0"', '"2.0"', '"2.0"', '"1.0"', '2'])],
    ['"id"', random() < 0.7 ? `"f${Math.floor(random() * 1e9)}"` : pick(VALUES)],
    ['"method"', pick(METHODS)],
    ['"params"', pick(VALUES)],
    ['"result"', pick(VALUES)],
    ['"error"', pick(VALUES)],
  ].filter(
    ([key]) => random() < (key === '"jsonrpc"' ? 0.95 : key === '"result"' || key === '"error"' ? 0.15 : 0.8),
  );
  if (random() < 0.1) members.push(pick(members.length > 0 ? members : [['"a"', '1']]));
  const whole = `{${members.map((member) => member.join(':')).join(',')}}`;
  const chance = random();
  if (chance < 0.1) return whole.slice(0, Math.floor(random() * whole.length));
  if (chance < 0.15) return `[${whole}]`;
  if (chance < 0.2)
    return whole.replace(/[{}":,]/g, (sign) =>
      random() < 0.2 ? pick(['{', '}', '"', ':', ',', '\\']) : sign,
    );
  return whole;
}

async function fuzz(session: RawSession, isChildScripted: boolean): Promise<void> {
  await session.open();
  for (let i = 0; i < MESSAGES; i++) {
    session.send(line());
    if (isChildScripted && i % 20 === 0) {
      const lines = Array.from({ length: 20 }, () => line().replace(/"f\d+"/, random() < 0.5 ? 'ID' : '$&'));
      session.send(
        JSON.stringify({
          jsonrpc: '2.0',
          id: `raw${i}`,
          method: 'tools/call',
          params: { name: 'raw', arguments: { lines } },
        }),
      );
    }
    if (i % 200 !== 0) continue;
    const { result, error } = await session.request('ping', undefined, `alive-${i}`);
    // A server that answers anything may have answered this, too.
    if (!isChildScripted) expect(result).toEqual({});
    else expect(result ?? error).toBeDefined();
  }
}

test('the wrap around a server that answers anything survives junk', async () => {
  console.log(`seed ${seed}`);
  const { componentDir, stateDir } = makeHost().locations;
  const env = { WASSETTE_COMPONENT_DIR: componentDir, HOME: path.dirname(componentDir) };
  const session = RawSession.start(
    [process.execPath, PROGRAM, 'serve', '--state-dir', stateDir, '--', process.execPath, SERVER],
    env,
  );
  await fuzz(session, true);
  const tools = (await session.request('tools/list', {}, 'after-1')).result.tools;
  expect(tools.length).toBeGreaterThan(1);
  expect(
    (await session.request('tools/call', { name: 'big', arguments: { bytes: 2 } }, 'after-2')).result,
  ).toEqual({
    content: [{ type: 'text', text: 'xx' }],
  });
  expect(session.ending).toBeNull();
});

test('our server alone survives junk', async () => {
  console.log(`seed ${seed}`);
  const { componentDir, stateDir } = makeHost().locations;
  const env = { WASSETTE_COMPONENT_DIR: componentDir, HOME: path.dirname(componentDir) };
  const session = RawSession.start([process.execPath, PROGRAM, 'serve', '--state-dir', stateDir], env);
  await fuzz(session, false);
  const tools = (await session.request('tools/list', {}, 'after-1')).result.tools;
  expect(tools).toHaveLength(3);
  const call = { name: 'list_snapshot_components', arguments: {} };
  const listed = await session.request('tools/call', call, 'after-2');
  expect(listed.result.structuredContent).toMatchObject({ component_count: 0 });
  expect(session.ending).toBeNull();
});

test.each(['0.8.0', '0.4.0'] as const)('the wrap around Wassette %s survives junk', async (version) => {
  console.log(`seed ${seed}`);
  const host = makeHost();
  const { componentDir, secretsDir, stateDir } = host.locations;
  const run = [await wassetteBinary(version), 'run', '--component-dir', componentDir];
  const env = { HOME: path.dirname(componentDir), WASSETTE_SECRETS_DIR: secretsDir, RUST_LOG: 'off' };
  const command = [process.execPath, PROGRAM, 'serve', '--state-dir', stateDir, '--', ...run];
  const session = RawSession.start(command, env);
  await fuzz(session, false);
  const tools = (await session.request('tools/list', {}, 'after-1')).result.tools;
  expect(tools.map(({ name }: { name: string }) => name)).toContain('load-component');
  const listed = await session.request('tools/call', { name: 'list-components', arguments: {} }, 'after-2');
  expect(JSON.parse(listed.result.content[0].text)).toMatchObject({ total: 0 });
  expect(session.ending).toBeNull();
});
