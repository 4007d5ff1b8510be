// The built server as a client starts it: a process that speaks only the protocol, leaves no trace, and ends cleanly.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number };
}

class RawClient {
  readonly lines: string[] = [];
  readonly messages: Message[] = [];
  #nextId = 1;
  #waiting = new Map<number, (message: Message) => void>();

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      const message = JSON.parse(line) as Message;
      this.messages.push(message);
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    });
  }

  static async start(host: TestHost, program = PROGRAM): Promise<RawClient> {
    const child = spawn(process.execPath, [program, 'serve', ...host.flags], { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const client = new RawClient(child);
    const clientInfo = { name: 'raw', version: '1' };
    await client.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    client.send({ method: 'notifications/initialized' });
    return client;
  }

  send(message: object): void {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  request(method: string, params?: object): Promise<Message> {
    const id = this.#nextId++;
    this.send({ id, method, params });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  call(name: string, args: object = {}, progressToken?: string): Promise<Message> {
    const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
    return this.request('tools/call', { name, arguments: args, ...meta });
  }

  /** A call that is under way: its first report has come. */
  async begin(name: string): Promise<{ id: number }> {
    const id = this.#nextId;
    void this.call(name, {}, 'progress');
    await vi.waitFor(() => expect(this.reports()).not.toEqual([]), { timeout: 20_000 });
    return { id };
  }

  reports(): Message[] {
    return this.messages.filter(({ method }) => method === 'notifications/progress');
  }

  /** The exit code, once the process has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

/** A component so large that exporting it takes a while; its bytes are a hole in the file. */
function installSlow(host: TestHost, megabytes = 900): void {
  const file = openSync(path.join(host.locations.componentDir, 'slow.wasm'), 'w');
  const size = megabytes * 1024 * 1024;
  const leb = [0, 1, 2, 3, 4].map((i) => (Math.floor(size / 2 ** (7 * i)) % 128) | (i < 4 ? 0x80 : 0));
  writeSync(file, Buffer.concat([componentBytes('slow').subarray(0, 8), Buffer.from([0, ...leb])]));
  ftruncateSync(file, 8 + 1 + leb.length + size);
  closeSync(file);
}

test('nothing but the protocol is on standard output over a whole conversation', async () => {
  const host = makeHost();
  host.install('tool');
  const client = await RawClient.start(host);
  expect((await client.request('tools/list', {})).result?.tools).toHaveLength(3);
  expect((await client.call('export_state')).result?.isError).toBeUndefined();
  expect((await client.call('import_state', { snapshot: 'nowhere' })).result?.isError).toBe(true);
  expect((await client.call('no_such_tool')).error?.code).toBe(-32602);
  expect((await client.request('no/such/method', {})).error?.code).toBe(-32601);
  client.child.stdin.write('this is not JSON\n');
  expect((await client.call('list_snapshot_components')).result?.isError).toBeUndefined();
  for (const line of client.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
});

test.each([undefined, {}, { cursor: null }])('tools/list is answered with the params %j', async (params) => {
  const client = await RawClient.start(makeHost());
  expect((await client.request('tools/list', params)).result).toMatchObject({ tools: expect.anything() });
});

test.each([null, '', undefined, '{}'])('a call whose arguments are %j has none', async (given) => {
  const client = await RawClient.start(makeHost());
  const call = { name: 'list_snapshot_components', arguments: given };
  expect((await client.request('tools/call', call)).result?.isError).toBeUndefined();
});

test('a call that is none is answered in our words', async () => {
  const client = await RawClient.start(makeHost());
  const odd = { name: 'list_snapshot_components', arguments: ['x'] };
  const { content } = (await client.request('tools/call', odd)).result as { content: [{ text: string }] };
  expect(JSON.parse(content[0].text)).toEqual(failing('USAGE_BAD_ARGUMENT'));
  for (const params of [{}, undefined, { name: null }, { name: 5 }, { name: ['import_state'] }])
    expect((await client.request('tools/call', params)).error).toEqual({
      code: -32600,
      message: expect.stringMatching(/it names no tool|tools\/call without params/),
    });
  expect((await client.request('tools/call', { name: 'x' })).error).toEqual({
    code: -32602,
    message: expect.stringContaining('there are export_state, import_state'),
  });
});

test('starting and listing the tools touches no directory', async () => {
  const host = makeHost();
  const client = await RawClient.start(host);
  await client.request('tools/list', {});
  expect(existsSync(host.locations.stateDir)).toBe(false);
  expect(readdirSync(host.locations.componentDir)).toEqual([]);
});

test.each<[string, (client: RawClient) => void]>([
  ['the input ends', ({ child }) => child.stdin.end()],
  ['it is told to terminate', ({ child }) => void child.kill('SIGTERM')],
  [
    'the client closes its output',
    (client) => {
      client.child.stdout.destroy();
      client.send({ id: 99, method: 'ping' });
    },
  ],
])(
  'when %s, it ends with 0 and does not finish the call in flight, if there is one',
  async (_title, stop) => {
    for (const slow of [false, true]) {
      const host = makeHost();
      if (slow) installSlow(host);
      const client = await RawClient.start(host);
      if (slow) await client.begin('export_state');
      stop(client);
      expect(await client.ended()).toBe(0);
      expect(existsSync(path.join(host.locations.stateDir, 'snapshots', 'index.json'))).toBe(false);
    }
  },
);

test('long work reports its progress to a client that asks for it', async () => {
  const host = makeHost();
  installSlow(host);
  const client = await RawClient.start(host);
  await client.call('export_state', {}, 'token');
  const reports = client.reports();
  expect(reports.length).toBeGreaterThan(1);
  const progress = reports.map(({ params }) => params!.progress as number);
  expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  expect(reports[0]!.params).toMatchObject({ progressToken: 'token' });
});

test('a cancelled export leaves no snapshot, and the server goes on', async () => {
  const host = makeHost();
  installSlow(host);
  const client = await RawClient.start(host);
  const { id: requestId } = await client.begin('export_state');
  client.send({ method: 'notifications/cancelled', params: { requestId, reason: 'changed my mind' } });
  await client.request('ping', {});
  expect((await client.call('list_snapshot_components')).result?.isError).toBeUndefined();
  expect(existsSync(path.join(host.locations.stateDir, 'snapshots', 'index.json'))).toBe(false);
  expect(client.messages.some(({ id }) => id === requestId)).toBe(false);
});

test.each(['before it is listed', 'before the first call', 'after the first call'])(
  'a program whose files are gone %s tells the agent no path',
  async (when) => {
    const host = makeHost();
    host.install('tool');
    const installed = path.join(realpathSync(path.dirname(host.locations.stateDir)), 'installed');
    cpSync(path.dirname(PROGRAM), installed, { recursive: true });
    const client = await RawClient.start(host, path.join(installed, 'cli.js'));
    if (when !== 'before it is listed') await client.request('tools/list', {});
    if (when === 'after the first call') await client.call('list_snapshot_components');
    rmSync(installed, { recursive: true });
    const answers = [await client.request('tools/list', {}), await client.call('export_state')];
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('installed');
    expect(JSON.stringify(answers[1])).toMatch(/INTERNAL|unexpected failure/);
    expect((await client.request('ping')).result).toEqual({});
  },
);
