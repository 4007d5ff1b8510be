// A running Wassette is told to load what changed, and must then serve what the code has.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ToolCaller } from '../../../src/wassette/live/live-wassette.ts';
import { loadFile } from '../../../src/wassette/live/loading.ts';
import { derive } from '../../fixtures/components/derived.ts';
import { componentOf, WIT_FIXTURES } from '../../fixtures/components/wit-components.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost } from '../../fixtures/host.ts';

async function installed() {
  const code = await componentOf(WIT_FIXTURES.order!);
  const file = path.join(makeHost().locations.componentDir, 'tool.wasm');
  writeFileSync(file, code);
  return { file, tools: derive(code).tools!.tools.map(({ name }) => name) };
}

/** A Wassette that answers every load with these tools. */
const serving = (tools: readonly string[]): ToolCaller => ({
  callTool: async () => ({ isError: false, text: JSON.stringify({ id: 'tool', tools }) }),
});

it('a load is good when the server then has the tools of the code, in any order', async () => {
  const { file, tools } = await installed();
  expect((await loadFile(serving([...tools].reverse()), 'tool', file)).id).toBe('tool');
});

it('a load after which the server has other tools than the code is refused: they are those of other code', async () => {
  const { file, tools } = await installed();
  for (const other of [['other'], tools.slice(1), [...tools, 'one-more'], []]) {
    await expect(loadFile(serving(other), 'tool', file)).rejects.toThrow(failing('VERIFY_NOT_LOADED'));
  }
});
