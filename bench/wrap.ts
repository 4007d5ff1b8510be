// What the wrap adds to a call: the real Wassette asked directly, and the same through the wrap, in turn. And how long the
// wrap makes a client wait at most while it reads a snapshot that takes long to read.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { documentOf } from '../test/fixtures/document.ts';
import { wassetteBinary } from '../test/fixtures/wassette/wassette.ts';
import type { Figure, Scenario } from './figure.ts';
import { CLI, start } from './process.ts';
import { median } from './samples.ts';

const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

/** Of the client's wait for a ping; below it nobody notices. */
const MAX_PAUSE_MS = 250;

class Conversation {
  readonly #waiting = new Map<unknown, () => void>();
  #id = 0;

  constructor(readonly child: ChildProcess) {
    child.stderr!.resume();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.#waiting.get((JSON.parse(line) as { id?: number }).id)?.();
    });
  }

  /** Milliseconds to the answer. */
  async request(method: string, params: object): Promise<number> {
    const begun = performance.now();
    const id = ++this.#id;
    const answered = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
    this.child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    await answered;
    return performance.now() - begun;
  }
}

export const wrap: Scenario = async ({ root, isQuick }): Promise<Figure[]> => {
  const binary = await wassetteBinary('0.8.0');
  const componentDir = path.join(root, 'components');
  mkdirSync(componentDir);
  const wassette = ['run', '--component-dir', componentDir];
  const pipes = ['pipe', 'pipe', 'pipe'] as const;
  const direct = new Conversation(start(binary, wassette, [...pipes]));
  const ours = [
    'serve',
    '--state-dir',
    path.join(root, 'state'),
    '--allow-dir',
    root,
    '--',
    binary,
    ...wassette,
  ];
  const wrapped = new Conversation(start(process.execPath, [CLI, ...ours], [...pipes]));
  const large = path.join(root, 'large.json');
  writeLargeSnapshot(large);
  const pauses: number[] = [];
  let listing = 0;
  const times: Record<'direct' | 'wrapped', number[]> = { direct: [], wrapped: [] };
  try {
    for (const conversation of [direct, wrapped]) await conversation.request('initialize', INITIALIZE);
    const call = { name: 'list-components', arguments: {} };
    for (let i = 0; i < (isQuick ? 200 : 1_000); i++) {
      times.direct.push(await direct.request('tools/call', call));
      times.wrapped.push(await wrapped.request('tools/call', call));
    }
    const list = { name: 'list_snapshot_components', arguments: { snapshot: large } };
    const listed = wrapped.request('tools/call', list).then((ms) => {
      listing = ms;
    });
    while (listing === 0) pauses.push(await wrapped.request('ping', {}));
    await listed;
  } finally {
    for (const { child } of [direct, wrapped]) child.kill('SIGTERM');
  }
  return [
    {
      scenario: 'wrap: added to a call, median',
      unit: 'ms',
      ours: median(times.wrapped) - median(times.direct),
      limit: { value: 2 },
    },
    { scenario: 'wrap: listing 26 MB of policies', unit: 's', ours: listing / 1000 },
    {
      scenario: 'wrap: longest pause meanwhile',
      unit: 'ms',
      ours: Math.max(...pauses),
      limit: { value: MAX_PAUSE_MS },
    },
  ];
};

/** 26 policies near both limits: of 1 MiB for one, and of a million YAML tokens for all. */
function writeLargeSnapshot(file: string): void {
  const entries = (id: string) =>
    Array.from({ length: 3_500 }, (_, i) => `      - key: ${id}_${i}\n`).join('');
  const components = Array.from({ length: 26 }, (_, i) => {
    const id = `c${i + 10}`;
    const policy = `version: "1.0"\npermissions:\n  environment:\n    allow:\n${entries(id)}# ${'x'.repeat(930_000)}\n`;
    return { id, policy };
  });
  writeFileSync(file, JSON.stringify(documentOf(components)));
}
