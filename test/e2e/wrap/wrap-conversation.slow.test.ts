// A conversation with every method of MCP, held with a server directly and with the same server inside the wrap: what
// arrives is the same, message by message, but for ids and for what the wrap is there to change.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost } from '../../fixtures/host.ts';

const EVERYTHING = path.join(
  path.dirname(
    createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json'),
  ),
  'dist/index.js',
);
const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } },
  clientInfo: { name: 'recorder', version: '1' },
};
const RESOURCE = { uri: 'demo://resource/static/document/architecture.md' };

/** What the server says when it has asked for the client's roots: a while after the handshake, and when they change. */
const HAS_ROOTS = 'Roots updated';

/** Each is sent when the one before is answered, a notification when what it sets off is over. */
const SCRIPT: { method: string; params?: object; isNotification?: true }[] = [
  { method: 'ping' },
  { method: 'prompts/list' },
  { method: 'prompts/get', params: { name: 'simple-prompt' } },
  { method: 'prompts/get', params: { name: 'args-prompt', arguments: { city: 'Ösl\u2028o', state: '"' } } },
  { method: 'prompts/get', params: { name: 'no such prompt' } },
  {
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    },
  },
  { method: 'resources/list' },
  { method: 'resources/templates/list' },
  { method: 'resources/read', params: RESOURCE },
  { method: 'resources/subscribe', params: RESOURCE },
  { method: 'resources/unsubscribe', params: RESOURCE },
  { method: 'logging/setLevel', params: { level: 'debug' } },
  {
    method: 'tools/call',
    params: { name: 'echo', arguments: { message: 'a\\b "c" \ud83d\ude00\u0000\u2029' } },
  },
  { method: 'tools/call', params: { name: 'get-sum', arguments: { a: 1.5, b: 1e21 } } },
  { method: 'tools/call', params: { name: 'get-sum', arguments: { a: 'not a number' } } },
  { method: 'tools/call', params: { name: 'get-structured-content', arguments: { location: 'Chicago' } } },
  { method: 'tools/call', params: { name: 'get-tiny-image' } },
  { method: 'tools/call', params: { name: 'get-resource-links', arguments: { count: 3 } } },
  { method: 'tools/call', params: { name: 'get-annotated-message', arguments: { messageType: 'error' } } },
  { method: 'notifications/roots/list_changed', isNotification: true },
  {
    method: 'tools/call',
    params: {
      name: 'trigger-long-running-operation',
      arguments: { duration: 1, steps: 4 },
      _meta: { progressToken: 'token-1' },
    },
  },
  {
    method: 'tools/call',
    params: { name: 'trigger-sampling-request', arguments: { prompt: 'Hi', maxTokens: 10 } },
  },
  { method: 'tools/call', params: { name: 'trigger-elicitation-request', arguments: {} } },
  { method: 'tools/call', params: { name: 'get-roots-list' } },
  { method: 'x/unknown', params: { a: [1, null, { b: 1.25 }] } },
  { method: 'tools/call', params: { name: 'no such tool' } },
];

/** What a client of ours answers to the server's requests. */
const ANSWERS: Record<string, object> = {
  'sampling/createMessage': {
    role: 'assistant',
    content: { type: 'text', text: 'Hello' },
    model: 'm',
    stopReason: 'endTurn',
  },
  'elicitation/create': { action: 'accept', content: { name: 'Ada' } },
  'roots/list': { roots: [{ uri: 'file:///tmp', name: 'tmp' }] },
};

class Recorder {
  readonly received: string[] = [];
  readonly #waiting = new Map<unknown, () => void>();
  readonly #hearing: { text: string; times: number; then: () => void }[] = [];
  #nextId = 1;

  constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = JSON.parse(line) as { id?: unknown; method?: string };
      this.received.push(line);
      if (message.method === undefined) this.#waiting.get(message.id)?.();
      else if (message.id !== undefined) this.#write({ id: message.id, result: ANSWERS[message.method] });
      for (const { text, times, then } of this.#hearing) if (this.#timesHeard(text) >= times) then();
    });
  }

  /** Waits until the server has said `text` that many times. */
  async heard(text: string, times: number): Promise<void> {
    if (this.#timesHeard(text) >= times) return;
    await new Promise<void>((then) => this.#hearing.push({ text, times, then }));
  }

  async request(method: string, params?: object): Promise<void> {
    const id = this.#nextId++;
    const answered = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
    this.#write({ id, method, params });
    await answered;
  }

  notify(method: string): void {
    this.#write({ method });
  }

  #timesHeard(text: string): number {
    return this.received.filter((line) => line.includes(text)).length;
  }

  #write(message: object): void {
    this.child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
}

/** All lines that the client got, ids left out: answers in their order, and what the server says of itself in any. */
async function converse(command: readonly string[], env: Record<string, string>): Promise<string[]> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  const recorder = new Recorder(child);
  await recorder.request('initialize', INITIALIZE);
  recorder.notify('notifications/initialized');
  // Before that the server does not listen for changes of the roots, and a slow conversation would hear more than a fast one.
  await recorder.heard(HAS_ROOTS, 1);
  for (const { method, params, isNotification } of SCRIPT) {
    if (isNotification) {
      recorder.notify(method);
      await recorder.heard(HAS_ROOTS, 2);
    } else await recorder.request(method, params);
  }
  child.stdin!.end();
  await once(child, 'close');
  const isAnswer = (line: string) => !('method' in (JSON.parse(line) as object));
  const afterHandshake = recorder.received.slice(1);
  const lines = afterHandshake.map((line) => line.replace(/"id":\s*("[^"]*"|\d+)/, '"id":0'));
  return [...lines.filter(isAnswer), ...lines.filter((line) => !isAnswer(line)).sort()];
}

test('every method of MCP passes the wrap unchanged, in order', async () => {
  const { componentDir } = makeHost().locations;
  const env = { WASSETTE_COMPONENT_DIR: componentDir, HOME: path.dirname(componentDir) };
  const direct = await converse([process.execPath, EVERYTHING, 'stdio'], env);
  const wrapped = await converse(
    [process.execPath, PROGRAM, 'serve', '--', process.execPath, EVERYTHING, 'stdio'],
    env,
  );
  const methods = direct.map((line) => (JSON.parse(line) as { method?: string }).method);
  expect(methods).toEqual(
    expect.arrayContaining([
      'sampling/createMessage',
      'elicitation/create',
      'roots/list',
      'notifications/progress',
    ]),
  );
  expect(direct.length).toBeGreaterThan(SCRIPT.length);
  expect(wrapped).toEqual(direct);
});
