// One server to the agent, a real Wassette inside: what is imported can be called in the same conversation.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { exportStateTo } from '../../../src/export.ts';
import { listHost } from '../../../src/list.ts';
import { openSnapshot } from '../../../src/open.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { serveFile } from '../../fixtures/servers/https-server.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const HOOK = fileURLToPath(new URL('../../fixtures/system/fs-hook.mjs', import.meta.url));
const env = { CITY: 'Oslo', SECRET_TOKEN: 'must stay hidden' };

async function probe(name: string): Promise<Buffer> {
  return readFileSync(await probeComponent({ name }));
}

function twoHosts(): { giver: TestHost; taker: TestHost } {
  const giver = makeHost();
  return { giver, taker: makeHost({ stateDir: giver.locations.stateDir }) };
}

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])(
  'two agents, each with a wrapped Wassette %s',
  (version) => {
    test('hand tools over: loaded by one, called by the other in the same session, with that permission and no other', async () => {
      const { giver, taker } = twoHosts();
      const a = await WrappedAgent.start(version, giver, { env });
      const b = await WrappedAgent.start(version, taker, { env });
      const source = `file://${await probeComponent({ name: 'weather' })}`;
      const loaded = await a.call('load-component', { path: source });
      expect(loaded.isError).toBe(false);
      await a.call('grant-environment-variable-permission', {
        component_id: 'weather',
        details: { key: 'CITY' },
      });

      expect(await b.tools()).not.toContain('weather-get-env');
      const changesBefore = b.listChanges;
      const imported = await b.importState(await a.exportState());
      expect(imported.structured).toMatchObject({ status: 'applied' });
      expect(imported.structured.tools_available).toContain('weather-get-env');
      expect(await b.tools()).toEqual(
        expect.arrayContaining(['weather-get-env', 'export_state', 'load-component']),
      );
      expect(b.listChanges).toBeGreaterThan(changesBefore);
      expect((await b.call('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
      expect((await b.call('weather-get-env', { name: 'SECRET_TOKEN' })).text).toBe('null');
      const states = await Promise.all([a, b].map((agent) => agent.call('list_snapshot_components')));
      const snapshot = await openSnapshot(String((await a.exportState()).snapshot), giver.locations);
      expect(snapshot.document.components[0]!.source_uri).toBe(source);
      expect(states[1]!.structured.state_digest).toBe(states[0]!.structured.state_digest);
    });

    test('replaced code, a changed policy, a dropped policy and a removed component are in force at once', async () => {
      const { giver, taker } = twoHosts();
      taker.install('code', { code: await probe('stale'), policy: policyText({ environment: ['CITY'] }) });
      taker.install('rights', { code: await probe('rights'), policy: policyText({ environment: ['CITY'] }) });
      taker.install('open', { code: await probe('open'), policy: policyText({}) });
      taker.install('gone', { code: await probe('gone'), policy: policyText({}) });
      giver.install('code', { code: await probe('fresh'), policy: policyText({ environment: ['CITY'] }) });
      giver.install('rights', {
        code: await probe('rights'),
        policy: policyText({ environment: ['SECRET_TOKEN'] }),
      });
      giver.install('open', { code: await probe('open') });
      const a = await WrappedAgent.start(version, giver, { env });
      const b = await WrappedAgent.start(version, taker, { env });
      const imported = await b.importState({ ...(await a.exportState()), remove_extra: true });
      expect(imported.text).toContain('Applied');
      const tools = await b.tools();
      expect(tools).toEqual(expect.arrayContaining(['fresh-get-env', 'rights-get-env', 'open-get-env']));
      expect(tools).not.toContain('stale-get-env');
      expect(tools).not.toContain('gone-get-env');
      const read = async (tool: string, name: string) => (await b.call(tool, { name })).text;
      expect(await read('fresh-get-env', 'CITY')).toBe('Oslo');
      expect(await read('rights-get-env', 'CITY')).toBe('null');
      expect(await read('rights-get-env', 'SECRET_TOKEN')).toBe('must stay hidden');
      expect(await read('open-get-env', 'CITY')).toBe('Oslo');
      expect(existsSync(path.join(taker.locations.componentDir, 'gone.wasm'))).toBe(false);
    });

    test.each([
      ['before anything is touched, where the program is at hand', {}],
      ['and is taken back on disk and in the server, where it is not', { isHidden: true }],
    ])(
      'a component that does not compile is found %s: the old tool answers, the files are as before',
      async (_, options) => {
        const { giver, taker } = twoHosts();
        const broken = Buffer.concat([componentBytes('a'), Buffer.from([1, 4, 1, 2, 3, 4])]); // sections, but no code in them
        giver.install('tool', { code: broken, policy: policyText({}) });
        giver.install('more', { code: await probe('more'), policy: policyText({}) });
        taker.install('tool', { code: await probe('old'), policy: policyText({ environment: ['CITY'] }) });
        const a = await WrappedAgent.start(version, giver, { env });
        const b = await WrappedAgent.start(version, taker, { env, ...options });
        while (!(await b.tools()).includes('old-get-env')) await delay(100);
        const before = taker.files();
        const failed = await b.importState(await a.exportState());
        expect(JSON.parse(failed.text)).toMatchObject({
          code: 'VERIFY_NOT_LOADED',
          message: expect.stringMatching(
            /: (its loader ended with code 1|the running Wassette refuses load-component)$/,
          ),
          details: { component_id: 'tool' },
        });
        expect((await b.call('old-get-env', { name: 'CITY' })).text).toBe('Oslo');
        expect((await b.call('old-get-env', { name: 'SECRET_TOKEN' })).text).toBe('null');
        expect(await b.tools()).not.toContain('more-get-env');
        expect(ownFilesIn(taker)).toEqual(ownFiles(before));
      },
    );
  },
);

describe('a wrap', () => {
  test('over a directory that is reached through a link loads nothing under the wrong name', async () => {
    const { giver, taker } = twoHosts();
    giver.install('weather', { code: await probe('weather'), policy: policyText({ environment: ['CITY'] }) });
    const link = `${taker.locations.componentDir}-link`;
    symlinkSync(taker.locations.componentDir, link);
    const a = await WrappedAgent.start('0.8.0', giver, { env });
    const b = await WrappedAgent.start('0.8.0', taker, { env, componentDir: link });
    expect((await b.importState(await a.exportState())).text).toContain('Applied');
    expect((await b.call('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
    expect(Object.keys(taker.files())).toContain('weather.wasm');
  });

  test('of a Wassette that takes no orders changes nothing and says so', async () => {
    const { giver, taker } = twoHosts();
    giver.install('weather', { code: await probe('weather'), policy: policyText({}) });
    const a = await WrappedAgent.start('0.8.0', giver);
    const b = await WrappedAgent.start('0.8.0', taker, { run: ['--disable-builtin-tools'] });
    const refused = await b.importState(await a.exportState());
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('--disable-builtin-tools'),
    });
    expect(taker.files()).toEqual({});
  });

  test('is refused an import where a Wassette that nobody wraps runs on the same directory', async () => {
    const { giver, taker } = twoHosts();
    giver.install('weather', { code: await probe('weather'), policy: policyText({}) });
    const a = await WrappedAgent.start('0.8.0', giver);
    const b = await WrappedAgent.start('0.8.0', taker);
    const home = path.dirname(taker.locations.componentDir);
    const other = await LiveWassette.start({ ...taker.locations, version: '0.8.0', home });
    onTestFinished(() => other.stop());
    const refused = await b.importState(await a.exportState());
    expect(JSON.parse(refused.text)).toEqual(failing('STORE_BUSY'));
    expect(taker.files()).toEqual({});
  });

  test('keeps our own variables from Wassette, and so from a component without a policy', async () => {
    const host = makeHost();
    host.install('open', { code: await probe('open') });
    const agent = await WrappedAgent.start('0.8.0', host, {
      env: { ...env, WASSETTE_STATE_PASSPHRASE: 'x' },
    });
    while (!(await agent.tools()).includes('open-get-env')) await delay(100);
    expect((await agent.call('open-get-env', { name: 'CITY' })).text).toBe('Oslo');
    expect((await agent.call('open-get-env', { name: 'WASSETTE_STATE_PASSPHRASE' })).text).toBe('null');
  });

  test('finishes an interrupted import before Wassette starts', async () => {
    const { giver, taker } = twoHosts();
    giver.install('weather', { code: await probe('weather'), policy: policyText({ environment: ['CITY'] }) });
    await exportStateTo({ name: 'tools' }, giver.locations);
    const killed = spawnSync(
      process.execPath,
      ['--import', HOOK, PROGRAM, 'import', 'tools', '--yes', ...taker.flags],
      {
        env: {
          ...process.env,
          FS_HOOK_ROOT: tmpdir(), // the two hosts have one state directory
          FS_HOOK_KILL_AFTER: 'journal.json',
        },
      },
    );
    expect(killed.signal).toBe('SIGKILL');
    expect(taker.files()).toEqual({});
    const agent = await WrappedAgent.start('0.8.0', taker, { env });
    expect(Object.keys(taker.files())).toContain('weather.wasm');
    while (!(await agent.tools()).includes('weather-get-env')) await delay(100);
    expect((await agent.call('weather-get-env', { name: 'SECRET_TOKEN' })).text).toBe('null');
  });

  test('goes on over junk on its standard output and a flood on its standard error', async () => {
    const host = makeHost();
    const noise = 'echo "Starting up…"; echo "{"; yes noise | head -c 5000000 >&2';
    const agent = await WrappedAgent.start('0.8.0', host, { before: noise });
    expect(await agent.tools()).toEqual(expect.arrayContaining(['load-component', 'import_state']));
  });

  test('of a program that never answers initialize says so after half a minute, and ends it', async () => {
    const { componentDir } = makeHost().locations;
    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [PROGRAM, 'serve', '--', 'sleep', '1234'],
      env: {
        PATH: process.env.PATH!,
        WASSETTE_COMPONENT_DIR: componentDir,
        HOME: path.dirname(componentDir),
      },
      stderr: 'ignore',
    });
    await expect(client.connect(transport)).rejects.toThrow('did not answer initialize');
    await expect.poll(() => processesOn('1234'), { timeout: 5_000 }).toEqual([]);
  });

  test.each([
    [['--', 'no-such-program', 'run'], 2, 'cannot start no-such-program: there is no such program'],
    [['--'], 2, 'there is no command after --'],
    [['--component-dir', '/x', '--', 'wassette', 'run'], 2, 'taken from the Wassette'],
    [['--', 'wassette', '--component-dir', '/x', 'run'], 2, 'before run'],
    [['--', '/bin/sh', '-c', 'exit 5'], 5, 'Wassette has ended: it exited with code 5'],
  ])('%j ends with code %d and says %j', async (args, code, said) => {
    const { componentDir } = makeHost().locations;
    const child = spawn(process.execPath, [PROGRAM, 'serve', ...args], {
      env: { ...process.env, WASSETTE_COMPONENT_DIR: componentDir, HOME: path.dirname(componentDir) },
    });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'), // its input stays open
    ]);
    expect(stderr.replace(/\s+/g, ' ')).toContain(said);
    expect(status).toBe(code);
    expect(stdout).toBe('');
  });
});

test('a manifest that names code on the network is imported through the wrap: Wassette fetches it, and only once', async () => {
  const host = makeHost();
  const folder = path.dirname(host.locations.componentDir);
  const { url, caFile, asked } = await serveFile('weather.wasm', await probe('weather'), folder);
  const agent = await WrappedAgent.start('0.8.0', host, {
    env: { ...env, SSL_CERT_FILE: caFile },
    flags: ['--allow-dir', folder],
  });
  const manifest = path.join(folder, 'deployment.yaml');
  const write = (uri: string, digest: string) =>
    writeFileSync(
      manifest,
      `version: 1\ncomponents:\n- uri: ${uri}\n  digest: sha256:${digest}\n  permissions: { environment: { allow: [ { key: CITY } ] } }\n`,
    );
  const good = sha256Hex(await probe('weather'));
  write(url, 'ab'.repeat(32));
  expect(JSON.parse((await agent.call('import_state', { snapshot: manifest })).text)).toMatchObject({
    code: 'VERIFY_DIGEST_MISMATCH',
  });
  write(url.replace('weather', 'missing'), good);
  expect(JSON.parse((await agent.call('import_state', { snapshot: manifest })).text)).toMatchObject({
    code: 'STORE_UNREACHABLE',
  });
  expect(host.files()).toEqual({});
  asked.length = 0;
  write(url, good);
  const imported = await agent.importState({ snapshot: manifest });
  expect(imported.structured.tools_available).toContain('weather-get-env');
  expect((await agent.call('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
  expect((await agent.call('weather-get-env', { name: 'SECRET_TOKEN' })).text).toBe('null');
  expect(asked).toEqual(['/weather.wasm']);
  expect((await listHost(host.locations)).components[0]!.source_uri).toBe(url);
});

test('thousands of calls leave nothing behind in the wrap: neither memory nor open files', async () => {
  // With little room for garbage, what the process holds is what it keeps.
  const agent = await WrappedAgent.start('0.8.0', makeHost(), {
    env: { NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=48' },
  });
  const used = () => ({
    mebibytes: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))![1]) / 1024,
    files: readdirSync(`/proc/${agent.pid}/fd`).length,
  });
  const callOften = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await agent.call(i % 4 === 0 ? 'list_snapshot_components' : 'list-components');
      if (i % 10 === 0) await agent.tools();
    }
  };
  const rounds: ReturnType<typeof used>[] = [];
  for (let i = 0; i < 9; i++) {
    await callOften(500);
    rounds.push(used());
  }
  const [, , , ...later] = rounds; // by then the process has what it needs once
  const memory = later.map(({ mebibytes }) => mebibytes);
  console.log(`${memory.map((each) => each.toFixed(0)).join(', ')} MiB, 500 calls apart`);
  expect(new Set(later.map(({ files }) => files)).size).toBe(1);
  expect(Math.min(...memory.slice(3)) - Math.min(...memory.slice(0, 3))).toBeLessThan(10);
});

describe('the processes', () => {
  test.each([
    ['its input ends', (agent: WrappedAgent) => agent.stop()],
    ['it gets SIGTERM', (agent: WrappedAgent) => void process.kill(agent.pid, 'SIGTERM')],
    ['it is killed', (agent: WrappedAgent) => void process.kill(agent.pid, 'SIGKILL')],
  ])('Wassette ends with the wrap when %s', async (_, end) => {
    const host = makeHost();
    const agent = await WrappedAgent.start('0.8.0', host);
    const isRunning = () => processesOn(host.locations.componentDir).length > 0;
    expect(isRunning()).toBe(true);
    await end(agent);
    await expect.poll(isRunning, { timeout: 5_000 }).toBe(false);
  });

  test('the wrap ends with Wassette, says so to whoever waits, and has its exit code', async () => {
    const host = makeHost();
    const agent = await WrappedAgent.start('0.8.0', host);
    const wassette = processesOn(host.locations.componentDir).find((pid) => pid !== agent.pid)!;
    const ended = new Promise<void>((resolve) => (agent.client.onclose = resolve));
    const waiting = agent
      .call('load-component', { path: 'oci://127.0.0.1:1/never/answers' })
      .catch((error) => error);
    process.kill(wassette, 'SIGKILL');
    expect(String(await waiting)).toMatch(/Wassette has ended: SIGKILL|Connection closed/);
    await ended;
  });
});

/** Processes whose command line has this argument. */
function processesOn(argument: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** What is authoritative: the caches are Wassette's to make. */
function ownFiles(files: Record<string, Buffer>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => /\.(wasm|policy\.yaml)$/.test(name)));
}

function ownFilesIn(host: TestHost): Record<string, Buffer> {
  return ownFiles(host.files());
}
