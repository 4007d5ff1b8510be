// A running Wassette is told to load what changed, and must then serve what the directory has, under the policy that is there.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ToolCaller } from '../../../src/wassette/live/live-wassette.ts';
import { loadPresent } from '../../../src/wassette/live/loading.ts';
import { derive } from '../../fixtures/components/derived.ts';
import { componentOf, WIT_FIXTURES } from '../../fixtures/components/wit-components.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';

async function installed() {
  const code = await componentOf(WIT_FIXTURES.order!);
  const host = makeHost();
  host.install('tool', { code: Buffer.from(code) });
  const { componentDir } = host.locations;
  return { host, componentDir, tools: derive(code).tools!.tools.map(({ name }) => name) };
}

/** A Wassette that answers every load with these tools, and deletes the files that the real one deletes. */
function serving(tools: readonly string[], componentDir = '', knows: readonly string[] = []) {
  const known = new Set(knows);
  const calls: string[] = [];
  const live: ToolCaller = {
    async callTool(name, { id, component_id = id }) {
      calls.push(name);
      if (name === 'load-component') known.add('tool');
      if (name === 'unload-component')
        for (const suffix of ['wasm', 'policy.yaml', 'policy.meta.json'])
          rmSync(path.join(componentDir, `${component_id}.${suffix}`), { force: true });
      const isError = name === 'reset-permission' && !known.has(String(component_id));
      return { isError, text: JSON.stringify({ id: 'tool', tools }) };
    },
  };
  return { live, calls };
}

it('a load is good when the server then has the tools of the code, in any order', async () => {
  const { componentDir, tools } = await installed();
  await loadPresent(serving([...tools].reverse()).live, componentDir, 'tool');
});

it('a load after which the server has other tools than the code is refused: they are those of other code', async () => {
  const { componentDir, tools } = await installed();
  for (const other of [['other'], tools.slice(1), [...tools, 'one-more'], []]) {
    const { live } = serving(other);
    await expect(loadPresent(live, componentDir, 'tool')).rejects.toThrow(failing('VERIFY_NOT_LOADED'));
  }
});

it('a component without a policy gets none, whatever policy a Wassette may still have in memory', async () => {
  const { componentDir, host, tools } = await installed();
  const known = serving(tools, '', ['tool']);
  await loadPresent(known.live, componentDir, 'tool');
  expect(known.calls).toEqual(['reset-permission', 'load-component']);
  const unknown = serving(tools);
  await loadPresent(unknown.live, componentDir, 'tool');
  expect(unknown.calls).toEqual(['reset-permission', 'load-component', 'reset-permission']);
  writeFileSync(path.join(host.locations.componentDir, 'tool.policy.yaml'), policyText());
  const withPolicy = serving(tools, '', ['tool']);
  await loadPresent(withPolicy.live, componentDir, 'tool');
  expect(withPolicy.calls).toEqual(['load-component']);
});

it('a policy that stays is still there where the Wassette ended before it answered', async () => {
  const { componentDir, host } = await installed();
  writeFileSync(path.join(componentDir, 'tool.policy.yaml'), policyText());
  rmSync(path.join(componentDir, 'tool.wasm'));
  const { live } = serving([], componentDir);
  const ended: ToolCaller = {
    async callTool(name, args) {
      await live.callTool(name, args);
      throw new Error('it has ended');
    },
  };
  await expect(loadPresent(ended, componentDir, 'tool')).rejects.toThrow('it has ended');
  expect(Object.keys(host.files())).toEqual(['tool.policy.yaml']);
});

it('a policy that stays without code is still there when its component was unloaded', async () => {
  const { componentDir, host } = await installed();
  const policy = path.join(componentDir, 'tool.policy.yaml');
  writeFileSync(policy, policyText({ environment: ['CITY'] }), { mode: 0o640 });
  rmSync(path.join(componentDir, 'tool.wasm'));
  const { live, calls } = serving([], componentDir);
  await loadPresent(live, componentDir, 'tool');
  expect(calls).toEqual(['unload-component']);
  expect(Object.keys(host.files())).toEqual(['tool.policy.yaml']);
  expect(readFileSync(policy, 'utf8')).toBe(policyText({ environment: ['CITY'] }));
});
