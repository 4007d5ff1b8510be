import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { exportState } from '../../../src/export.ts';
import { importState, planImportState } from '../../../src/import.ts';
import { listHost } from '../../../src/list.ts';
import { undoImport } from '../../../src/undo.ts';
import type { LiveWassette } from '../../../src/wassette/live/live-wassette.ts';
import { readTransactionalStore } from '../../../src/wassette/receipts/reading.ts';
import { ReceiptStore } from '../../../src/wassette/receipts/store.ts';
import { wassetteAt } from '../../../tools/http-wassette.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { TransactionalStore } from '../../fixtures/wassette/transactional-store.ts';

function storeHost() {
  const { locations, files } = makeHost();
  return { locations, files, store: new TransactionalStore(locations.componentDir) };
}

it('a transactional store that changes while it is read is read again, so that all of it is of one time', async () => {
  const { locations, store } = storeHost();
  const install = (city: string) => {
    for (const key of ['first', 'second'])
      store.install({ key, policy: policyText({ environment: [city] }) });
  };
  install('OLD');
  let asked = 0;
  const signal = Object.assign(new AbortController().signal, {
    // Asked before each reading and within it: the second time the first component has been read.
    throwIfAborted: () => {
      if (++asked === 2) store.install({ key: 'third' });
    },
  });
  const installed = await readTransactionalStore(locations.componentDir, { signal });
  expect(asked).toBeGreaterThan(2);
  expect(installed.map(({ component_id }) => component_id)).toEqual(['first', 'second', 'third']);
});

describe('a transactional store', () => {
  it('is exported with what its receipts say is installed, and is not written to', async () => {
    const { locations, files, store } = storeHost();
    store.install({
      key: 'weather',
      policy: policyText({ environment: ['CITY'] }),
      location: 'oci://r.example/o/weather:1',
    });
    store.install({ key: 'notes' });
    store.install({ key: 'gone' });
    store.retire('gone');
    store.install({ key: 'provider', kind: 'AcpProvider' });
    store.write('legacy.wasm', componentBytes('inert: it has no receipt'));
    const before = files();
    const { document } = await exportState(locations);
    expect(
      document.components.map(({ component_id, source_uri, policy }) => [
        component_id,
        source_uri,
        policy?.content,
      ]),
    ).toEqual([
      ['notes', expect.stringMatching(/^ni:/), undefined],
      ['weather', 'oci://r.example/o/weather:1', policyText({ environment: ['CITY'] })],
    ]);
    expect(document.components[1]!.policy).toMatchObject({ source_uri: 'file:///p.yaml', created_at: 7 });
    expect((await listHost(locations)).state_digest).toBe(document.state_digest);
    expect(files()).toEqual(before);
    expect(readdirSync(locations.componentDir)).not.toContain('.wassette-state');
  });

  it('gives away no credentials of a source, neither in a list nor in an export', async () => {
    const { locations, store } = storeHost();
    store.install({ key: 'a', location: 'https://user:pw@host.example/a.wasm?token=t' });
    const [listed] = (await listHost(locations)).components;
    const [exported] = (await exportState(locations)).document.components;
    expect(listed!.source_uri).toBe('https://host.example/a.wasm');
    expect(exported!.source_uri).toBe('https://host.example/a.wasm');
  });

  it('has no tools of providers and layers that its Wassette lists: they are no components of a state', async () => {
    const { locations, store } = storeHost();
    store.install({ key: 'weather' });
    store.install({ key: 'provider', kind: 'AcpProvider' });
    const components = ['local:weather', 'local:provider', 'provider', 'spy'].map((id) => ({
      id,
      schema: { tools: [{ name: `${id}-run` }] },
    }));
    const live: LiveWassette = {
      version: async () => null,
      pid: null,
      program: null,
      withoutChanges: (work) => work(),
      alone: (_changed, work) => work(),
      callTool: async () => ({ isError: false, text: JSON.stringify({ components }) }),
    };
    const { lists } = await new ReceiptStore(locations.componentDir, live).toolLists();
    expect(lists.map((list) => [...list.keys()])).toEqual([['weather', 'spy']]);
  });

  it('and its export can be imported into a flat directory', async () => {
    const { locations, store } = storeHost();
    store.install({ key: 'weather', policy: policyText({}) });
    const flat = makeHost();
    await importState(await exportState(locations), { ...flat.locations, approval: 'all' });
    expect(flat.files()['weather.wasm']).toEqual(componentBytes('weather'));
  });

  it('that is being changed is read once that is over', async () => {
    const { locations, store } = storeHost();
    store.install({ key: 'weather', code: componentBytes('old') });
    store.write('.active-transaction', '"install"');
    store.write('weather.wasm', componentBytes('new'));
    const reading = exportState(locations);
    await delay(60);
    store.install({ key: 'weather', code: componentBytes('new'), policy: policyText({}) });
    const [component] = (await reading).document.components;
    expect(component!.policy?.content).toBe(policyText({}));
  });

  it.each<[string, (store: TransactionalStore) => void, string]>([
    [
      'whose transaction was left unfinished',
      (store) => store.write('.active-transaction', '"x"'),
      'STORE_CHANGING',
    ],
    [
      'whose code is not that of its receipt',
      (store) => store.write('a.wasm', componentBytes('b')),
      'STORE_CHANGING',
    ],
    [
      'whose policy was changed in place',
      (store) => store.write('a.policy.yaml', policyText({})),
      'STORE_CHANGING',
    ],
    ['whose code is gone', (store) => store.remove('a.wasm'), 'STORE_CHANGING'],
    ['with a receipt of an unknown shape', (store) => store.write('a.install.json', '{}'), 'FORMAT_INVALID'],
    [
      'with a receipt of another key',
      (store) => store.write('b.install.json', '{"Installed":{}}'),
      'FORMAT_INVALID',
    ],
  ])('%s is not exported', async (_, damage, expected) => {
    const { locations, store } = storeHost();
    store.install({ key: 'a' });
    damage(store);
    await expect(exportState(locations)).rejects.toThrow(failing(expected));
  });

  it('is not imported into, whoever serves it (F-10.7), and has nothing to undo', async () => {
    const giver = makeHost();
    giver.install('a');
    const snapshot = await exportState(giver.locations);
    const { locations, files, store } = storeHost();
    store.install({ key: 'a', code: componentBytes('other') });
    const before = files();
    await expect(planImportState(snapshot, locations)).rejects.toThrow(failing('STORE_UNSUPPORTED'));
    await expect(importState(snapshot, { ...locations, approval: 'all' })).rejects.toThrow(
      failing('STORE_UNSUPPORTED'),
    );
    const live = await wassetteAt({ wassetteUrl: 'http://127.0.0.1:9/mcp' });
    await expect(importState(snapshot, { ...locations, approval: 'all', live })).rejects.toThrow(
      failing('STORE_UNSUPPORTED'),
    );
    await expect(undoImport({ ...locations, approval: 'all' })).rejects.toThrow(failing('STORE_NOT_FOUND'));
    expect(files()).toEqual(before);
    expect(readdirSync(locations.componentDir)).not.toContain('.wassette-state');
  });
});
