// What the wrap adds to a call: the real Wassette asked directly, and the same through the wrap, in turn.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { wassetteBinary } from '../test/fixtures/wassette.ts';
import type { Figure, Scenario } from './figure.ts';
import { CLI, start } from './process.ts';
import { median } from './samples.ts';

const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

class Conversation {
  #answered: () => void = () => undefined;
  #id = 0;

  constructor(readonly child: ChildProcess) {
    child.stderr!.resume();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if ((JSON.parse(line) as { id?: number }).id === this.#id) this.#answered();
    });
  }

  /** Milliseconds to the answer. */
  async request(method: string, params: object): Promise<number> {
    const begun = performance.now();
    const answered = new Promise<void>((resolve) => (this.#answered = resolve));
    this.child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params })}\n`);
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
  const ours = ['serve', '--state-dir', path.join(root, 'state'), '--', binary, ...wassette];
  const wrapped = new Conversation(start(process.execPath, [CLI, ...ours], [...pipes]));
  const times: Record<'direct' | 'wrapped', number[]> = { direct: [], wrapped: [] };
  try {
    for (const conversation of [direct, wrapped]) await conversation.request('initialize', INITIALIZE);
    const call = { name: 'list-components', arguments: {} };
    for (let i = 0; i < (isQuick ? 200 : 1_000); i++) {
      times.direct.push(await direct.request('tools/call', call));
      times.wrapped.push(await wrapped.request('tools/call', call));
    }
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
  ];
};
