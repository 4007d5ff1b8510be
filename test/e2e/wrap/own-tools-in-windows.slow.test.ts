// What the agent of one window changes through Wassette's own tools, and what an import makes of it in all windows.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { javaScriptProbe, probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { has, inTerminal, openWindow, snapshotOf } from '../../fixtures/wassette/windows.ts';
import type { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const CITY = policyText({ environment: ['CITY'] });

test.each(['0.8.0', '0.4.0'] as const)(
  'new code without a policy has none in every window, also where %s still had one in memory',
  async (version) => {
    const host = makeHost();
    host.install('tool', { code: readFileSync(await probeComponent({ name: 'old' })), policy: CITY });
    const giver = makeHost();
    giver.install('tool', { code: readFileSync(await probeComponent({ name: 'tool' })) });
    const file = path.join(path.dirname(host.locations.componentDir), 'tool.json');
    await inTerminal(giver, ['export', '--include-binaries', '-o', file]);
    const windows = [await openWindow(host, version), await openWindow(host, version)] as const;
    for (const window of windows) expect(await has(window, 'old')).toBe(true);
    await windows[1].call('reset-permission', { component_id: 'tool' });
    expect((await windows[1].importState({ snapshot: file })).text).toContain('Applied');
    for (const window of windows)
      expect((await window.call('tool-get-env', { name: 'SECRET_TOKEN' })).text).toContain('must stay');
  },
);

test('an undo puts back the policy that was there before the component, and no window has that component', async () => {
  const host = makeHost();
  const policy = path.join(host.locations.componentDir, 'weather.policy.yaml');
  const kept = `# kept by hand\n${policyText({ environment: ['OTHER'] })}`;
  writeFileSync(policy, kept);
  const file = await snapshotOf(host, 'weather');
  const windows = [await openWindow(host, '0.8.0'), await openWindow(host, '0.8.0')] as const;
  await windows[0].importState({ snapshot: file });
  for (const window of windows) expect(await has(window, 'weather')).toBe(true);
  await inTerminal(host, ['undo', '--yes']);
  for (const window of windows) expect(await has(window, 'weather')).toBe(false);
  expect(existsSync(policy) && readFileSync(policy, 'utf8')).toBe(kept);
});

test('what one window still runs although another has unloaded it is said in both, and in a terminal', async () => {
  const host = makeHost();
  const file = await snapshotOf(host, 'weather');
  const windows = [await openWindow(host, '0.8.0'), await openWindow(host, '0.8.0')] as const;
  await windows[0].importState({ snapshot: file });
  await windows[0].call('unload-component', { id: 'weather' });
  expect(await has(windows[1], 'weather')).toBe(true);
  const listed = async (window: WrappedAgent) => (await window.call('list_snapshot_components')).text;
  expect(await listed(windows[1])).toContain('not what runs (only there: "weather")');
  const inAnother = `not what runs in another window (process ${windows[1].pid}) (only there: "weather")`;
  expect(await listed(windows[0])).toContain(inAnother);
  const undone = await inTerminal(host, ['undo', '--yes']);
  expect(undone.replace(/\s+/g, ' ')).toContain(inAnother);
});

test('an agent that has a component loaded does not end a Wassette of another version that runs it', async () => {
  const host = makeHost();
  const code = await javaScriptProbe({ name: 'weather' });
  const versions = ['0.8.0', '0.8.0', '0.4.0'] as const;
  const windows = await Promise.all(versions.map((version) => openWindow(host, version)));
  await windows[0]!.call('load-component', { path: `file://${code}` });
  for (const window of windows.slice(1)) await window.call('get-policy', { component_id: 'weather' });
  for (const window of windows)
    expect((await window.call('weather-add', { a: 2, b: 3 })).text).toContain('5');
});
