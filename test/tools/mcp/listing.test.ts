// What list_snapshot_components says of the local store, and of where code came from.
import path from 'node:path';
import { expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { listHost } from '../../../src/list.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { connect } from '../../fixtures/servers/mcp.ts';

const ORIGIN = 'oci://ghcr.io/example/weather:1';

test('the local store is listed newest first, with what tells its snapshots apart, and each can be opened by it', async () => {
  const host = makeHost();
  const { call } = await connect(host);
  const empty = await call('list_snapshot_components', { of: 'store' });
  expect(empty.text).toBe('The local store has no snapshots.');
  expect(empty.structured).toMatchObject({ of: 'store', snapshots: [], components: [], page: 1, pages: 1 });
  host.install('weather', { policy: policyText({ environment: ['CITY'] }) });
  const first = await call('export_state', { name: 'desk', description: 'weather desk' });
  host.install('clock');
  const second = await call('export_state');
  const { structured, text } = await call('list_snapshot_components', { of: 'store' });
  expect(structured.summary).toBe('The local store has 2 snapshots.');
  const named = { snapshot: first.structured.snapshot_digest, names: ['desk'], component_count: 1 };
  expect(structured.snapshots).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...named, description: 'weather desk', created_at: expect.any(String) }),
      expect.objectContaining({ snapshot: second.structured.snapshot, names: [], component_count: 2 }),
    ]),
  );
  expect(text).toMatch(/^- desk, sha256:[0-9a-f]{12}, made 20.*Z: 1 component, \d+ bytes; weather desk$/m);
  for (const [reference] of text.matchAll(/sha256:[0-9a-f]{12}/g)) {
    const listed = await call('list_snapshot_components', { snapshot: reference });
    expect(listed.structured.summary).toContain('The snapshot has');
  }
});

test('a store of many snapshots comes in pages, and what others wrote there is harmless', async () => {
  const host = makeHost();
  for (let i = 0; i < 21; i++) {
    host.install('tool', { code: `code ${i}` });
    const description = `${'x'.repeat(150)}\u202e\u001b[2J`;
    await exportStateTo({ name: `snapshot-${i}` }, { ...host.locations, metadata: { description } });
  }
  const { call } = await connect(host);
  const pages = [1, 2].map((page) => call('list_snapshot_components', { of: 'store', page }));
  const [one, two] = await Promise.all(pages);
  expect([one!.structured.snapshots, two!.structured.snapshots]).toEqual([
    expect.objectContaining({ length: 20 }),
    expect.objectContaining({ length: 1 }),
  ]);
  expect(one!.text).toContain('Page 1 of 2.');
  expect(one!.wire.length).toBeLessThan(20_000);
  expect(one!.wire).not.toMatch(/\\u202e|\\u001b|\u202e/);
  await expect(call('list_snapshot_components', { of: 'store', page: 3 })).rejects.toEqual(
    failing('USAGE_BAD_ARGUMENT'),
  );
});

test('one list is of the store or of a snapshot', async () => {
  const { call } = await connect(makeHost());
  await expect(call('list_snapshot_components', { of: 'store', snapshot: 'desk' })).rejects.toEqual(
    failing('USAGE_BAD_ARGUMENT'),
  );
});

test('where code came from is shown as the export says it, and is not taken for what this host knows', async () => {
  const host = makeHost();
  host.install('weather');
  host.install('clock');
  const { call } = await connect(host);
  const { snapshot } = (await call('export_state', { source: [`weather=${ORIGIN}`] })).structured;
  const { structured, text } = await call('list_snapshot_components', { snapshot });
  expect(structured.components).toEqual([
    expect.not.objectContaining({ source: expect.any(String) }),
    expect.objectContaining({ component_id: 'weather', source: ORIGIN }),
  ]);
  expect(text).toMatch(new RegExp(`^- weather \\(\\d+ bytes\\) from ${ORIGIN}: `, 'm'));
  const { components } = await listHost(host.locations);
  expect(components.map(({ source_uri }) => source_uri)).toEqual([null, null]);
});

test('a source that a person recorded is shown, without what can carry secrets', async () => {
  const host = makeHost();
  host.install('weather');
  const sources = { weather: 'https://user:canary@example.com/weather.wasm?token=canary' };
  await exportStateTo({ name: 'desk' }, { ...host.locations, sources });
  const { call } = await connect(host);
  const here = await call('list_snapshot_components');
  expect(here.text).toContain(' from https://example.com/weather.wasm: ');
  expect(here.wire).not.toContain('canary');
});

test.each<[string, unknown, string]>([
  ['of a component that is not exported', ['clock=oci://example.com/clock:1'], 'USAGE_UNKNOWN_COMPONENT'],
  ['that Wassette cannot load from', ['weather=ftp://example.com/weather'], 'USAGE_UNSUPPORTED_URI'],
  ['without a component', [ORIGIN], 'USAGE_BAD_ARGUMENT'],
  ['of the same component twice', [`weather=${ORIGIN}`, `weather=${ORIGIN}2`], 'USAGE_BAD_ARGUMENT'],
])('a source %s is refused, and nothing is written', async (_what, source, code) => {
  const host = makeHost();
  host.install('weather');
  const root = path.dirname(host.locations.componentDir);
  const { call } = await connect(host, { allowDirs: [root] });
  await expect(call('export_state', { source, name: 'desk' })).rejects.toEqual(failing(code));
  const { structured } = await call('list_snapshot_components', { of: 'store' });
  expect(structured.snapshots).toEqual([]);
});
