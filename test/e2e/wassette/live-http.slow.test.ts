// A real Wassette that was started elsewhere with `serve`: imports go live in it, and come to nothing in any other.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { exportStateTo } from '../../../src/export.ts';
import { openHttpClient } from '../../../src/wassette/live/http/client.ts';
import { loadChanges } from '../../../src/wassette/live/loading.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { quietTransport } from '../../fixtures/servers/quiet-transport.ts';
import { serveWassette } from '../../fixtures/wassette/served-wassette.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';

const env = { CITY: 'Oslo', SECRET_TOKEN: 'must stay hidden' };

async function probe(name: string): Promise<Buffer> {
  return readFileSync(await probeComponent({ name }));
}

/** A host with the state `tools` in the store that another one shares, and a Wassette that serves on the other. */
async function served(version: WassetteVersion) {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { code: await probe('weather'), policy: policyText({ environment: ['CITY'] }) });
  taker.install('old', { code: await probe('old'), policy: policyText({}) });
  await exportStateTo({ name: 'tools' }, giver.locations);
  const { componentDir, secretsDir } = taker.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const { url } = await serveWassette({ version, componentDir, secretsDir, env, home });
  const wassette = await openHttpClient(url, { allowRemote: false });
  onTestFinished(() => wassette.close());
  return { giver, taker, url, wassette };
}

async function connectTo(host: TestHost, url: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const args = [PROGRAM, 'serve', ...host.flags, '--wassette-url', url];
  await client.connect(quietTransport({ command: process.execPath, args }));
  onTestFinished(() => client.close());
  return client;
}

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('a Wassette %s that serves over HTTP', (version) => {
  test('serves what an agent imported, under its permissions, and no longer what was removed', async () => {
    const { taker, url, wassette } = await served(version);
    const client = await connectTo(taker, url);
    const call = async (args: Record<string, unknown>) => {
      const { structuredContent } = await client.callTool({ name: 'import_state', arguments: args });
      return structuredContent as {
        next_step: { arguments: Record<string, unknown> };
        tools_available: string[];
      };
    };
    const planned = await call({ snapshot: 'tools', remove_extra: true });
    const applied = await call(planned.next_step.arguments);
    expect(applied.tools_available).toContain('weather-get-env');
    const read = async (name: string) => (await wassette.callTool('weather-get-env', { name })).text;
    expect(await read('CITY')).toBe('Oslo');
    expect(await read('SECRET_TOKEN')).toBe('null');
    expect((await wassette.callTool('old-get-env', { name: 'CITY' })).isError).toBe(true);
  });

  test('shows an agent that talks to it already the new tools in the same session', async () => {
    const { taker, url } = await served(version);
    const agent = new Client({ name: 'agent', version: '1.0.0' });
    await agent.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)) as Transport);
    onTestFinished(() => agent.close());
    const tools = async () => (await agent.listTools()).tools.map(({ name }) => name);
    expect(await tools()).not.toContain('weather-get-env');
    const flags = [...taker.flags, '--yes', '--wassette-url', url];
    execFileSync(process.execPath, [PROGRAM, 'import', 'tools', ...flags]);
    expect(await tools()).toContain('weather-get-env');
    const read = async (name: string) => {
      const { content } = await agent.callTool({ name: 'weather-get-env', arguments: { name } });
      return (content as { text: string }[])[0]!.text;
    };
    expect(await read('CITY')).toBe('Oslo');
    expect(await read('SECRET_TOKEN')).toBe('null');
  });

  test('is told by the command line, too, and undo is in force at once', async () => {
    const { taker, url, wassette } = await served(version);
    const flags = [...taker.flags, '--yes', '--wassette-url', url];
    expect(
      execFileSync(process.execPath, [PROGRAM, 'import', 'tools', ...flags], { encoding: 'utf8' }),
    ).toContain('weather-get-env');
    expect((await wassette.callTool('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
    execFileSync(process.execPath, [PROGRAM, 'undo', ...flags]);
    expect((await wassette.callTool('weather-get-env', { name: 'CITY' })).isError).toBe(true);
    expect(Object.keys(taker.files())).not.toContain('weather.wasm');
  });

  test('that cannot load a component is brought back to what it ran', async () => {
    const { giver, taker, url, wassette } = await served(version);
    giver.install('old', {
      code: Buffer.concat([componentBytes('a'), Buffer.from([1, 4, 1, 2, 3, 4])]),
      policy: policyText({}),
    });
    await exportStateTo({ name: 'broken' }, giver.locations);
    const flags = [...taker.flags, '--yes', '--wassette-url', url];
    const failed = spawnSync(process.execPath, [PROGRAM, 'import', 'broken', ...flags], { encoding: 'utf8' });
    expect(failed.stderr).toContain('VERIFY_NOT_LOADED');
    expect(failed.status).toBe(4);
    expect((await wassette.callTool('old-get-env', { name: 'CITY' })).text).toBe('null');
    expect(Object.keys(taker.files())).not.toContain('weather.wasm');
  });

  test('on another directory is not taken for the one on ours, and nothing changes', async () => {
    const { url } = await served(version);
    const other = makeHost();
    const giver = makeHost({ stateDir: other.locations.stateDir });
    giver.install('weather', { code: componentBytes('weather') });
    await exportStateTo({ name: 'tools' }, giver.locations);
    const flags = [...other.flags, '--yes', '--wassette-url', url];
    const refused = spawnSync(process.execPath, [PROGRAM, 'import', 'tools', ...flags], { encoding: 'utf8' });
    expect(refused.stderr).toContain('STORE_OTHER_HOST');
    for (const command of [['export'], ['list'], ['import', 'tools', '--dry-run']]) {
      const asked = [PROGRAM, ...command, ...other.flags, '--wassette-url', url];
      expect(spawnSync(process.execPath, asked, { encoding: 'utf8' }).stderr).toContain('STORE_OTHER_HOST');
    }
    expect(other.files()).toEqual({});
  });
});

test('old native code that stands beside new code is noticed by the tools that the server then has', async () => {
  const host = makeHost();
  host.install('tool', { code: await probe('stale'), policy: policyText({}) });
  const { componentDir, secretsDir } = host.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const { url } = await serveWassette({ version: '0.8.0', componentDir, secretsDir, home });
  const wassette = await openHttpClient(url, { allowRemote: false });
  onTestFinished(() => wassette.close());
  await wassette.callTool('get-policy', { component_id: 'tool' }); // until it is compiled
  const [old, code] = [host.files()['tool.wasm']!, await probe('fresh')];
  host.install('tool', { code, policy: policyText({}) });
  expect(host.files()).toHaveProperty(['tool.cwasm']);
  const file = (bytes: Buffer) => ({ sha256: sha256Hex(bytes), size: bytes.length });
  const none = { old: null, new: null };
  const change = {
    component_id: 'tool',
    wasm: { old: file(old), new: file(code) },
    policy: none,
    policyMeta: none,
    secrets: none,
  };
  const running = {
    pid: null,
    program: null,
    version: async () => null,
    callTool: wassette.callTool.bind(wassette),
    withoutChanges: <T>(work: () => Promise<T>) => work(),
    alone: <T>(_changed: unknown, work: () => Promise<T>) => work(),
  };
  await expect(loadChanges(running, componentDir, [change])).rejects.toThrow(
    failing('VERIFY_NOT_LOADED', { said: expect.stringContaining('stale-get-env') }),
  );
});
