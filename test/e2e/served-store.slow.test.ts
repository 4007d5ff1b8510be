// A store that only its Wassette may change, imported into by that one's own tools. The Wassettes that keep such a store
// cannot be had yet: the real 0.8.0 does the loading, granting and serving, a fixture keeps its receipts.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exportState } from '../../src/export.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { componentBytes } from '../fixtures/component.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { probeComponent } from '../fixtures/probe.ts';
import { type WrapOptions, WrappedAgent } from '../fixtures/wrapped-agent.ts';

const KEEPER = fileURLToPath(new URL('../fixtures/receipts-keeper.ts', import.meta.url));
const through = [process.execPath, '--import', import.meta.resolve('tsx'), KEEPER];
const env = { CITY: 'Oslo', SECRET_TOKEN: 'must stay hidden' };

async function probe(name: string): Promise<Buffer> {
  return readFileSync(await probeComponent({ name }));
}

function hosts(): { giver: TestHost; taker: TestHost; log: string } {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  return { giver, taker, log: path.join(giver.locations.stateDir, '..', 'receipts.log') };
}

async function startServed(host: TestHost, log: string, options: WrapOptions = {}): Promise<WrappedAgent> {
  return WrappedAgent.start('0.8.0', host, { through, ...options, env: { ...env, RECEIPTS_LOG: log } });
}

/** What the store had, one after the other. */
function history(log: string): { key: string; size: number; policy: string | null }[] {
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : JSON.parse(line)));
}

const reads = async (agent: WrappedAgent, tool: string, name: string) =>
  (await agent.call(tool, { name })).text;

const isCode = ({ size }: { size: number }) => size > 1_000;

test('its tools arrive at once under the approved permissions, and no code was ever there without them', async () => {
  const { giver, taker, log } = hosts();
  giver.install('weather', { code: await probe('weather'), policy: policyText({ environment: ['CITY'] }) });
  giver.install('mute', { code: await probe('mute'), policy: policyText({}) });
  giver.install('open', { code: await probe('open') });
  const a = await WrappedAgent.start('0.8.0', giver);
  const b = await startServed(taker, log);
  const snapshot = await a.exportState();
  const imported = await b.importState(snapshot);
  expect(imported.structured).toMatchObject({ status: 'applied', undo_available: false });
  expect(imported.structured.tools_available).toContain('weather-get-env');
  expect(await reads(b, 'weather-get-env', 'CITY')).toBe('Oslo');
  expect(await reads(b, 'weather-get-env', 'SECRET_TOKEN')).toBe('null');
  expect(await reads(b, 'mute-get-env', 'CITY')).toBe('null');
  expect(await reads(b, 'open-get-env', 'CITY')).toBe('Oslo');

  for (const { key, policy } of history(log).filter(isCode)) {
    const allowed = policy === null ? 'all' : parsePolicy(policy, { componentId: key }).environment;
    expect({ key, allowed }).toEqual({ key, allowed: { weather: ['CITY'], mute: [], open: 'all' }[key] });
  }
  const { document } = await exportState(taker.locations);
  expect(document.components.map(({ component_id }) => component_id)).toEqual(['mute', 'open', 'weather']);
  const again = await b.call('import_state', snapshot);
  expect(again.structured).toMatchObject({ status: 'nothing_to_do' });
});

test('new code and other permissions come to what an import installed; rights are changed wherever it came from', async () => {
  const { giver, taker, log } = hosts();
  const b = await startServed(taker, log);
  await b.call('load-component', { path: `file://${await probeComponent({ name: 'theirs' })}` });
  giver.install('mine', { code: await probe('stale'), policy: policyText({ environment: ['CITY'] }) });
  giver.install('theirs', { code: await probe('theirs'), policy: policyText({ environment: ['CITY'] }) });
  const a = await WrappedAgent.start('0.8.0', giver);
  await b.importState(await a.exportState());
  expect(await reads(b, 'theirs-get-env', 'SECRET_TOKEN')).toBe('null');

  const rights = policyText({ environment: ['SECRET_TOKEN'] });
  giver.install('mine', { code: await probe('fresh'), policy: rights });
  rmSync(path.join(giver.locations.componentDir, 'theirs.policy.yaml'));
  const imported = await b.importState(await a.exportState());
  expect(imported.text).toContain('Applied: 1 with new code, 1 with other permissions');
  expect(await reads(b, 'theirs-get-env', 'SECRET_TOKEN')).toBe('must stay hidden');
  expect(await b.tools()).not.toContain('stale-get-env');
  expect(await reads(b, 'fresh-get-env', 'SECRET_TOKEN')).toBe('must stay hidden');
  expect(await reads(b, 'fresh-get-env', 'CITY')).toBe('null');
  const mixed = history(log).filter(({ key, policy }) => key === 'mine' && policy?.includes('CITY'));
  expect(mixed.some(({ policy }) => policy!.includes('SECRET_TOKEN'))).toBe(false);
});

test('code that does not load takes the whole import back', async () => {
  const { giver, taker, log } = hosts();
  giver.install('first', { code: await probe('stale'), policy: policyText({ environment: ['CITY'] }) });
  const a = await WrappedAgent.start('0.8.0', giver);
  const b = await startServed(taker, log, { isHidden: true });
  await b.importState(await a.exportState());
  const before = await exportState(taker.locations);

  const broken = Buffer.concat([componentBytes('a'), Buffer.from([1, 4, 1, 2, 3, 4])]);
  giver.install('first', {
    code: await probe('fresh'),
    policy: policyText({ environment: ['SECRET_TOKEN'] }),
  });
  giver.install('second', { code: broken, policy: policyText({ environment: ['CITY'] }) });
  const failed = await b.importState(await a.exportState());
  expect(JSON.parse(failed.text)).toMatchObject({
    code: 'VERIFY_NOT_LOADED',
    details: { component_id: 'second' },
  });
  expect(await reads(b, 'stale-get-env', 'CITY')).toBe('Oslo');
  expect(await reads(b, 'stale-get-env', 'SECRET_TOKEN')).toBe('null');
  expect((await exportState(taker.locations)).document.state_digest).toBe(before.document.state_digest);
});

test('code that does not compile is found before anything changes, where the program is at hand', async () => {
  const { giver, taker, log } = hosts();
  const broken = Buffer.concat([componentBytes('a'), Buffer.from([1, 4, 1, 2, 3, 4])]);
  giver.install('broken', { code: broken, policy: policyText({}) });
  giver.install('a', { code: await probe('weather'), policy: policyText({}) });
  const a = await WrappedAgent.start('0.8.0', giver);
  const b = await startServed(taker, log);
  const failed = await b.importState(await a.exportState());
  expect(JSON.parse(failed.text)).toMatchObject({ code: 'VERIFY_NOT_LOADED' });
  expect(history(log)).toEqual([]);
});

test('an import that is killed half way leaves no code without its permissions, and is finished by the next', async () => {
  const { giver, taker, log } = hosts();
  const variables = Array.from({ length: 30 }, (_, i) => `V${i}`);
  giver.install('weather', {
    code: await probe('weather'),
    policy: policyText({ environment: ['CITY', ...variables] }),
  });
  const a = await WrappedAgent.start('0.8.0', giver);
  const snapshot = await a.exportState();
  const b = await startServed(taker, log);
  void b.importState(snapshot).catch(() => undefined);
  while (history(log).length < 3) await delay(5);
  process.kill(b.pid, 'SIGKILL');
  await delay(1_000); // its Wassette ends with it
  expect(history(log).filter(isCode)).toEqual([]);

  const next = await startServed(taker, log);
  expect((await next.importState(snapshot)).structured).toMatchObject({ status: 'applied' });
  expect(await reads(next, 'weather-get-env', 'CITY')).toBe('Oslo');
  expect(await reads(next, 'weather-get-env', 'SECRET_TOKEN')).toBe('null');
});
