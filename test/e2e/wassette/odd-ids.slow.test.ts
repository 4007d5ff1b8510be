// Names as package tools write them go from one real Wassette to another: code, permissions and secrets, and back.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exportStateTo, importState, listHost, openSnapshot } from '../../../src/index.ts';
import { secretProjection } from '../../../src/snapshot/component-id.ts';
import { undoImport } from '../../../src/undo.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';

/** Each with the name of its probe. */
const ODD = { 'a b': 'one', 'ba_tool@1.2.0+b5': 'two', '_lead @x': 'three' };
/** Compiling takes its time where several tests share two cores. */
const COMPILED_MS = 150_000;

async function start(host: TestHost, version: WassetteVersion): Promise<LiveWassette> {
  const { componentDir, secretsDir } = host.locations;
  const home = mkdtempSync(path.join(tmpdir(), 'odd-ids-home-'));
  const env = { FOO: 'foo', BAR: 'bar' };
  const server = await LiveWassette.start({ version, componentDir, secretsDir, home, env });
  onTestFinished(async () => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  });
  return server;
}

async function assertServed(host: TestHost, version: WassetteVersion): Promise<LiveWassette> {
  const server = await start(host, version);
  await server.waitForTools(
    Object.values(ODD).map((name) => `${name}-add`),
    COMPILED_MS,
  );
  for (const [id, name] of Object.entries(ODD)) {
    const read = async (variable: string) => {
      const { text } = await server.call(`${name}-get-env`, { name: variable });
      return text.replaceAll('"', '');
    };
    expect({ id, sees: [await read('FOO'), await read('BAR'), await read('TOKEN')] }).toEqual({
      id,
      sees: ['foo', 'null', `secret of ${id}`],
    });
    const file = `file://${path.join(host.locations.componentDir, `${id}.wasm`)}`;
    const loaded = JSON.parse((await server.call('load-component', { path: file })).text) as { id: string };
    expect(loaded.id).toBe(id);
  }
  return server;
}

test.each(['0.8.0', '0.4.0'] as const)(
  'ids with @, +, a space and a leading _ keep code, policy and secrets on Wassette %s, and are undone',
  async (version) => {
    const giver = makeHost();
    const taker = makeHost();
    for (const [id, name] of Object.entries(ODD)) {
      copyFileSync(await probeComponent({ name }), path.join(giver.locations.componentDir, `${id}.wasm`));
      writeFileSync(
        path.join(giver.locations.componentDir, `${id}.policy.yaml`),
        policyText({ environment: ['FOO'] }),
      );
      for (const host of [giver, taker])
        host.storeSecrets(secretProjection(id), { TOKEN: `secret of ${id}` });
    }
    await (await assertServed(giver, version)).stop();
    const file = path.join(path.dirname(giver.locations.componentDir), 'state.json');
    const { document } = await exportStateTo({ file }, { ...giver.locations, includeBinaries: true });
    expect(document.components.map(({ component_id }) => component_id)).toEqual(Object.keys(ODD).sort());
    await importState(await openSnapshot(file, taker.locations), { ...taker.locations, approval: 'all' });
    expect((await listHost(taker.locations)).state_digest).toBe(document.state_digest);
    await (await assertServed(taker, version)).stop();
    await undoImport({ ...taker.locations, approval: 'all' });
    expect(readdirSync(taker.locations.componentDir).filter((name) => name.endsWith('.wasm'))).toEqual([]);
  },
);

test.each(['0.8.0', '0.4.0'] as const)(
  'what a listing calls not loaded, Wassette %s does not load',
  async (version) => {
    const host = makeHost();
    const at = (name: string) => path.join(host.locations.componentDir, name);
    const probe = (name: string) => probeComponent({ name });
    copyFileSync(await probe('one'), at('plain.wasm'));
    symlinkSync(await probe('two'), at('link.wasm'));
    copyFileSync(await probe('three'), at('UPPER.WASM'));
    mkdirSync(at('folder.wasm'));
    const { unloadable, components } = await listHost(host.locations);
    expect(unloadable.map(({ file }) => file).sort()).toEqual(['UPPER.WASM', 'folder.wasm', 'link.wasm']);
    expect(components.map(({ component_id }) => component_id)).toEqual(['plain']);
    const server = await start(host, version);
    await server.waitForTools(['one-add'], COMPILED_MS);
    // What is compiled in the background is there within a moment of what was started with it.
    await server.call('one-add', { a: 1, b: 2 });
    const tools = await server.listTools();
    expect(tools.filter((tool) => tool.endsWith('-add'))).toEqual(['one-add']);
  },
);
