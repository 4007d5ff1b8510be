// A real Wassette that serves, called over HTTP in each of its ways, and shown to be the one of a directory or not.

import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { type HttpClient, openHttpClient } from '../../../src/wassette/live/http/client.ts';
import { assertSameHost } from '../../../src/wassette/live/same-host.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { stop } from '../../fixtures/system/processes.ts';
import {
  type ServedWassette,
  serveWassette,
  withSessionsOnly,
} from '../../fixtures/wassette/served-wassette.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';

async function served(
  version: WassetteVersion,
  host: TestHost,
  options: { args?: readonly string[]; port?: number; transport?: readonly string[] } = {},
): Promise<ServedWassette> {
  const { componentDir, secretsDir } = host.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  return serveWassette({ version, componentDir, secretsDir, home, ...options });
}

async function open(url: string): Promise<HttpClient> {
  const wassette = await openHttpClient(url, { allowRemote: false });
  onTestFinished(() => wassette.close());
  return wassette;
}

async function idsOf(wassette: HttpClient): Promise<string[]> {
  const { text } = await wassette.callTool('list-components', {});
  return (JSON.parse(text).components as { id: string }[]).map(({ id }) => id);
}

/** Comparing megabytes one by one takes minutes. */
function digestsOf(host: TestHost): Record<string, string> {
  return Object.fromEntries(Object.entries(host.files()).map(([name, bytes]) => [name, sha256Hex(bytes)]));
}

const WAYS: [name: string, version: WassetteVersion, args: string[], sessionsOnly: boolean][] = [
  ['0.8.0, stateless', '0.8.0', [], false],
  ['0.8.0, stateless with JSON', '0.8.0', ['--json-response'], false],
  ['0.8.0, without sessions at all', '0.8.0', ['--legacy-sessions', 'false', '--json-response'], false],
  ['0.8.0, in a session', '0.8.0', [], true],
  ['0.8.0, an old client without sessions', '0.8.0', ['--legacy-sessions', 'false'], true],
  ['0.4.0, in a session', '0.4.0', [], false],
];

describe.each(WAYS)('Wassette %s', (_, version, args, sessionsOnly) => {
  async function start(host: TestHost): Promise<HttpClient> {
    const { url } = await served(version, host, { args });
    return open(sessionsOnly ? await withSessionsOnly(url) : url);
  }

  test('loads, lists, tells of and unloads a component', async () => {
    const host = makeHost();
    const { componentDir } = host.locations;
    const wassette = await start(host);
    copyFileSync(await probeComponent({ name: 'weather' }), path.join(componentDir, 'weather.wasm'));
    writeFileSync(path.join(componentDir, 'weather.policy.yaml'), policyText({ environment: ['CITY'] }));

    const loaded = await wassette.callTool('load-component', { path: `file://${componentDir}/weather.wasm` });
    expect(loaded.isError).toBe(false);
    expect(JSON.parse(loaded.text)).toMatchObject({
      status: 'component loaded successfully',
      id: 'weather',
      tools: expect.arrayContaining(['weather-get-env', 'weather-add']),
    });
    expect(await idsOf(wassette)).toEqual(['weather']);
    const policy = await wassette.callTool('get-policy', { component_id: 'weather' });
    expect(JSON.parse(policy.text)).toMatchObject({
      status: 'policy found',
      policy_info: { local_path: path.join(componentDir, 'weather.policy.yaml') },
    });
    const before = digestsOf(host);
    await assertSameHost(wassette, componentDir);
    expect(digestsOf(host)).toEqual(before);
    expect(await idsOf(wassette)).toEqual(['weather']);

    expect(await wassette.callTool('unload-component', { id: 'weather' })).toMatchObject({ isError: false });
    expect(existsSync(path.join(componentDir, 'weather.wasm'))).toBe(false);
    const missing = await wassette.callTool('get-policy', { component_id: 'weather' });
    expect(missing).toEqual({ isError: true, text: expect.stringContaining('Component not found') });
    await expect(wassette.callTool('no-such-tool', {})).resolves.toMatchObject({ isError: true });
  });

  test('is the host of its own directory, empty or not, and of no other', async () => {
    const host = makeHost();
    const other = makeHost();
    const wassette = await start(host);
    await assertSameHost(wassette, host.locations.componentDir);
    await expect(assertSameHost(wassette, other.locations.componentDir)).rejects.toThrow(
      failing('STORE_OTHER_HOST'),
    );
    const code = readFileSync(await probeComponent({ name: 'weather' }));
    for (const { install } of [host, other]) install('weather', { code, policy: policyText() });
    const before = [digestsOf(host), digestsOf(other)];
    await expect(assertSameHost(wassette, other.locations.componentDir)).rejects.toThrow(
      /have the same names/,
    );
    await assertSameHost(wassette, host.locations.componentDir);
    expect([digestsOf(host), digestsOf(other)]).toEqual(before);
    expect(await idsOf(wassette)).toEqual(['weather']);
  });
});

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('Wassette %s', (version) => {
  test('that was restarted is called again without an error', async () => {
    const host = makeHost();
    const first = await served(version, host);
    const front = await withSessionsOnly(first.url);
    const [direct, through] = [await open(first.url), await open(front)];
    await stop(first.child);
    await expect(through.callTool('list-components', {})).rejects.toThrow(failing('STORE_UNREACHABLE'));
    await expect(direct.callTool('list-components', {})).rejects.toThrow(/nothing listens there/);
    await served(version, host, { port: Number(new URL(first.url).port) });
    expect(await idsOf(direct)).toEqual([]);
    expect(await idsOf(through)).toEqual([]);
  });

  test('with its own tools switched off is told so', async () => {
    const host = makeHost();
    const wassette = await open((await served(version, host, { args: ['--disable-builtin-tools'] })).url);
    await expect(assertSameHost(wassette, host.locations.componentDir)).rejects.toThrow(
      failing('STORE_UNREACHABLE', { message: expect.stringContaining('--disable-builtin-tools') }),
    );
    expect(host.files()).toEqual({});
  });

  test('is refused for a directory that it calls by another path', async () => {
    const host = makeHost();
    const linked = `${host.locations.componentDir}-linked`;
    symlinkSync(host.locations.componentDir, linked);
    const wassette = await open((await served(version, host)).url);
    await expect(assertSameHost(wassette, linked)).rejects.toThrow(
      failing('STORE_OTHER_HOST', {
        details: { component_dir: linked },
        said: `it calls the directory ${host.locations.componentDir}`,
      }),
    );
    expect(host.files()).toEqual({});
  });

  test('shows a probe over stdio, too', async () => {
    const host = makeHost();
    const { componentDir, secretsDir } = host.locations;
    const home = path.join(path.dirname(componentDir), 'home');
    const wassette = await LiveWassette.start({ version, componentDir, secretsDir, home });
    onTestFinished(() => wassette.stop());
    const live = { callTool: (name: string, args: object) => wassette.call(name, { ...args }) };
    await assertSameHost(live, componentDir);
    await expect(assertSameHost(live, makeHost().locations.componentDir)).rejects.toThrow(
      failing('STORE_OTHER_HOST'),
    );
    expect(host.files()).toEqual({});
  });
});

test('Wassette 0.4.0 that serves only its older transport is told from one that can be called', async () => {
  const host = makeHost();
  const { url } = await served('0.4.0', host, { transport: [] });
  await expect(open(url)).rejects.toThrow(
    failing('STORE_UNREACHABLE', { hint: expect.stringContaining('--streamable-http') }),
  );
});
