import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { exportStateTo } from '../../src/export.ts';
import { listHost } from '../../src/list.ts';
import { openSnapshot } from '../../src/open.ts';
import { openSite } from '../../src/site/site.ts';
import { codeFromOrigins, originsOf, rememberOrigin } from '../../src/state/origins.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost } from '../fixtures/host.ts';

const sha256 = 'ab'.repeat(32);

describe('the source of code', () => {
  it('is kept by the hash of the bytes, without credentials, query or fragment', async () => {
    const { state } = makeHost();
    await rememberOrigin(state, sha256, 'https://user:token@example.com/tool.wasm?key=secret#x', 1);
    expect(await originsOf(state, [sha256, 'cd'.repeat(32)])).toEqual(
      new Map([[sha256, 'https://example.com/tool.wasm']]),
    );
    await rememberOrigin(state, sha256, 'oci://registry.example/owner/tool:1.2', 2);
    expect((await originsOf(state, [sha256])).get(sha256)).toBe('oci://registry.example/owner/tool:1.2');
  });

  it.each([
    '',
    'tool.wasm',
    'http://example.com/tool.wasm',
    'file://',
    'oci://a b',
    'https://ada:pa/hunter2@host.example/tool.wasm',
    'oci://ada:pa/hunter2@registry.example/tool:1',
    'https://ex\nample',
    `file:///${'x'.repeat(3000)}`,
  ])('is not %j', async (uri) => {
    const { state } = makeHost();
    await expect(rememberOrigin(state, sha256, uri, 1)).rejects.toThrow(failing('USAGE_UNSUPPORTED_URI'));
    expect(await originsOf(state, [sha256])).toEqual(new Map());
  });

  it('is found from the other side, too, the newest bytes first', async () => {
    const { state } = makeHost();
    const [uri, other] = ['oci://registry.example/owner/tool:1', 'https://example.com/tool.wasm'] as const;
    expect(await codeFromOrigins(state, new Set([uri]))).toEqual(new Map());
    await rememberOrigin(state, 'ab'.repeat(32), uri, 1);
    await rememberOrigin(state, 'cd'.repeat(32), uri, 2);
    await rememberOrigin(state, 'ef'.repeat(32), other, 3);
    expect(await codeFromOrigins(state, new Set([uri]))).toEqual(
      new Map([[uri, ['cd'.repeat(32), 'ab'.repeat(32)]]]),
    );
  });

  it('is given with an export, is in the snapshot and in the list, and holds for the same bytes only', async () => {
    const host = makeHost();
    host.install('tool');
    const uri = 'https://example.com/tool.wasm';
    const sourceOf = async (options: { sources?: Record<string, string> } = {}) => {
      const { reference } = await exportStateTo({}, { ...host.locations, ...options });
      return (await openSnapshot(reference, host.locations)).document.components[0]!.source_uri;
    };
    expect(await sourceOf()).toMatch(/^ni:/);
    expect(await sourceOf({ sources: { tool: uri } })).toBe(uri);
    expect(await sourceOf()).toBe(uri);
    expect((await listHost(host.locations)).components[0]!.source_uri).toBe(uri);
    host.install('tool', { code: componentBytes('other bytes') });
    expect(await sourceOf()).toMatch(/^ni:/);
  });

  it('is no file of the component directory itself: that says nothing about where the code is from', async () => {
    const host = makeHost();
    host.install('tool');
    const { locations, state } = host;
    const { host: own } = await openSite(host.locations);
    await own.rememberOrigin('tool', `file://${locations.componentDir}/tool.wasm`);
    const sha256 = sha256Hex(componentBytes('tool'));
    expect(await originsOf(state, [sha256])).toEqual(new Map());
    await own.rememberOrigin('tool', 'file:///elsewhere/tool.wasm');
    expect(await originsOf(state, [sha256])).toEqual(new Map([[sha256, 'file:///elsewhere/tool.wasm']]));
  });

  it('of a component that is not exported is an error', async () => {
    const host = makeHost();
    host.install('tool');
    const sources = { toll: 'https://example.com/tool.wasm' };
    await expect(exportStateTo({}, { ...host.locations, sources })).rejects.toThrow(
      failing('USAGE_UNKNOWN_COMPONENT'),
    );
  });
});
