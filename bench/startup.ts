// Spawn to the answer of `initialize`, beside a server that is nothing but the SDK and one tool.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Figure, Scenario } from './figure.ts';
import { built } from './peers/built.ts';
import { CLI, peakMiBOfRunning, start } from './process.ts';
import { alternate, median } from './samples.ts';

const BARE_SERVER = `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
  import * as z from 'zod';
  const server = new McpServer({ name: 'bare', version: '1.0.0' });
  server.registerTool(
    'echo',
    { description: 'Says what it is told', inputSchema: { text: z.string() } },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  await server.connect(new StdioServerTransport());
`;

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
};
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };
const LIST_TOOLS = { jsonrpc: '2.0', id: 2, method: 'tools/list' };

/** The greatest memory so far, after each answer. */
interface Peaks {
  initialize: number[];
  list: number[];
}

export const startup: Scenario = async ({ root, isQuick }): Promise<Figure[]> => {
  const bare = await built(root, 'bare-server', BARE_SERVER);
  const ours: Peaks = { initialize: [], list: [] };
  const peer: Peaks = { initialize: [], list: [] };
  const seconds = await alternate(isQuick ? 7 : 21, {
    ours: () => secondsToInitialize([CLI, 'serve', ...locationsIn(root)], ours),
    peer: () => secondsToInitialize([bare], peer),
  });
  return [
    {
      scenario: 'spawn to initialize',
      unit: 'ms',
      ours: seconds.ours * 1000,
      peer: seconds.peer * 1000,
      limit: { ratio: 1.15 },
    },
    {
      scenario: 'server: peak memory, initialize',
      unit: 'MiB',
      ours: median(ours.initialize),
      peer: median(peer.initialize),
      limit: { value: 60 },
    },
    {
      scenario: 'server: peak memory, tools/list',
      unit: 'MiB',
      ours: median(ours.list),
      peer: median(peer.list),
    },
  ];
};

function locationsIn(root: string): string[] {
  const flag = (name: string, dir: string) => [`--${name}-dir`, path.join(root, dir)];
  return [...flag('component', 'components'), ...flag('secrets', 'secrets'), ...flag('state', 'state')];
}

async function secondsToInitialize(args: readonly string[], peaks: Peaks): Promise<number> {
  const startedAt = performance.now();
  const child = start(process.execPath, args, ['pipe', 'pipe', 'inherit']);
  send(child, INITIALIZE);
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  await answerTo(INITIALIZE.id, answers);
  const seconds = (performance.now() - startedAt) / 1000;
  peaks.initialize.push(peakMiBOfRunning(child));
  send(child, INITIALIZED);
  send(child, LIST_TOOLS);
  await answerTo(LIST_TOOLS.id, answers);
  peaks.list.push(peakMiBOfRunning(child));
  const gone = once(child, 'close');
  child.stdin!.end();
  await gone;
  return seconds;
}

function send(child: ChildProcess, message: object): void {
  child.stdin!.write(`${JSON.stringify(message)}\n`);
}

async function answerTo(id: number, answers: AsyncIterator<string>): Promise<void> {
  const { value, done } = await answers.next();
  if (done) throw new Error('the server ended without an answer');
  const { id: answered, result } = JSON.parse(value);
  if (answered !== id || result === undefined) throw new Error(`unexpected answer: ${value}`);
}
