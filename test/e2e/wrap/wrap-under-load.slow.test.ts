// The wrap around the real Wassette when much is asked of it: long answers, slow compilation, a kill in its midst.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { longTextComponent, slowComponent } from '../../fixtures/components/heavy-components.ts';
import { javaScriptProbe } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { RawSession } from '../../fixtures/servers/raw-session.ts';
import { type WassetteVersion, wassetteBinary } from '../../fixtures/wassette/wassette.ts';

async function wrapped(version: WassetteVersion, host: TestHost) {
  const { componentDir, secretsDir, stateDir } = host.locations;
  const home = path.dirname(componentDir);
  const run = [await wassetteBinary(version), 'run', '--component-dir', componentDir];
  const command = [process.execPath, PROGRAM, 'serve', '--state-dir', stateDir, '--', ...run];
  const all = { HOME: home, WASSETTE_SECRETS_DIR: secretsDir, RUST_LOG: 'off', CITY: 'Oslo' };
  const session = RawSession.start(command, all, home);
  await session.open();
  return session;
}

const toolsOf = async (session: RawSession): Promise<string[]> =>
  (await session.request('tools/list')).result.tools.map(({ name }: { name: string }) => name);

async function hasTool(session: RawSession, name: string): Promise<void> {
  while (
    (await session.call(name, { name: 'CITY' })).result?.content === undefined ||
    !(await toolsOf(session)).includes(name)
  )
    await delay(100);
}

/** A session whose host has a probe, and a plan to add a component that takes long to compile. */
async function withSlowPlan(version: WassetteVersion) {
  const giver = makeHost();
  giver.install('slow', { code: Buffer.from(await slowComponent('slow')), policy: policyText({}) });
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  taker.install('here', {
    code: readFileSync(await javaScriptProbe({ name: 'here' })),
    policy: policyText({ environment: ['CITY'] }),
  });
  const { exportStateTo } = await import('../../../src/export.ts');
  await exportStateTo({ name: 'slow' }, giver.locations);
  const session = await wrapped(version, taker);
  await hasTool(session, 'here-get-env');
  const plan = (await session.call('import_state', { snapshot: 'slow' })).result;
  return { session, taker, approve: plan.structuredContent.next_step.arguments as object };
}

test.each<WassetteVersion>(['0.8.0', '0.4.0'])(
  'Wassette %s: a component that answers with 72 MB gets an error, and the session goes on',
  async (version) => {
    const host = makeHost();
    host.install('long', { code: Buffer.from(await longTextComponent(72_000_000)), policy: policyText({}) });
    const session = await wrapped(version, host);
    while (!(await toolsOf(session)).includes('long-text')) await delay(100);
    const { error } = await session.call('long-text');
    expect(error).toMatchObject({ code: -32000, message: expect.stringContaining('64 MiB') });
    expect(await toolsOf(session)).toContain('import_state');
    expect(session.ending).toBeNull();
  },
);

test.each<WassetteVersion>(['0.8.0', '0.4.0'])(
  'Wassette %s: the list of tools and a component are answered while an import compiles',
  async (version) => {
    const { session, approve } = await withSlowPlan(version);
    let isDone = false;
    const importing = session.call('import_state', approve).then((answer) => {
      isDone = true;
      return answer;
    });
    const answered = { lists: 0, calls: 0 };
    while (!isDone) {
      const tools = await toolsOf(session);
      if (!isDone && tools.includes('here-get-env')) answered.lists++;
      const { result } = await session.call('here-get-env', { name: 'CITY' });
      if (!isDone && result.content[0].text === 'Oslo') answered.calls++;
      await delay(20);
    }
    console.log(`${version}: answered while importing: ${JSON.stringify(answered)}`);
    expect((await importing).result.structuredContent).toMatchObject({ status: 'applied' });
    expect(answered.lists).toBeGreaterThan(5);
    expect(answered.calls).toBeGreaterThan(5);
    expect(await toolsOf(session)).toContain('slow-f');
  },
);

test.each<WassetteVersion>(['0.8.0', '0.4.0'])(
  'Wassette %s: however often an agent calls what it imports, new code answers only under its policy',
  async (version) => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    const names = Array.from({ length: 3 }, (_, i) => `tool${i}`);
    for (const name of names) {
      const code = readFileSync(await javaScriptProbe({ name }));
      giver.install(name, { code, policy: policyText({}) });
    }
    const { exportStateTo } = await import('../../../src/export.ts');
    await exportStateTo({ name: 'three' }, giver.locations);
    const session = await wrapped(version, taker);
    const plan = (await session.call('import_state', { snapshot: 'three' })).result;
    let isOver = false;
    const imported = session
      .call('import_state', plan.structuredContent.next_step.arguments)
      .finally(() => (isOver = true));
    const answers = new Map<string, number>();
    const keepAsking = async (name: string) => {
      while (!isOver) {
        const { result, error } = await session.call(`${name}-get-env`, { name: 'CITY' });
        const answer = String(result?.content?.[0]?.text ?? error.message).replaceAll(name, '');
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        await delay(1);
      }
    };
    const asking = names.flatMap((name) => [name, name, name, name].map(keepAsking));
    expect((await imported).result.structuredContent).toMatchObject({ status: 'applied' });
    await Promise.all(asking);
    console.log(`Wassette ${version}: calls while three components were imported:`, answers);
    expect([...answers.keys()].filter((answer) => answer.includes('Oslo'))).toEqual([]);
    expect(answers.get('null')).toBeGreaterThan(0);
  },
);

test('a wrap that is killed while it tries an import leaves no process, and the next start no scratch directory', async () => {
  const { session, taker, approve } = await withSlowPlan('0.8.0');
  const { scratch } = taker.state;
  const before = Object.keys(taker.files()).sort();
  const importing = session.call('import_state', approve).catch((error: Error) => error.message);
  const trials = () => processesNaming(scratch);
  while (trials().length === 0) await delay(5);
  session.child.kill('SIGKILL');
  await once(session.child, 'exit');
  expect(await importing).toContain('SIGKILL');
  expect(readdirSync(scratch)).toHaveLength(1);
  await expect.poll(trials, { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => processesNaming(taker.locations.componentDir), { timeout: 20_000 }).toEqual([]);
  const next = await wrapped('0.8.0', taker);
  await hasTool(next, 'here-get-env');
  await expect.poll(() => readdirSync(scratch), { timeout: 20_000 }).toEqual([]);
  expect(Object.keys(taker.files()).sort()).toEqual(before);
});

test('an old Wassette outlives a method and a notification that it does not know', async () => {
  const session = await wrapped('0.4.0', makeHost());
  for (const method of ['x/unknown', 'resources/read', 'completion/complete'])
    expect((await session.request(method, { a: 1 })).error).toMatchObject({ code: -32601 });
  session.send('{"jsonrpc":"2.0","method":"notifications/unknown","params":{"a":1}}');
  session.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}');
  expect(await toolsOf(session)).toContain('load-component');
});

/** Processes that have this text in their command line. */
function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}
