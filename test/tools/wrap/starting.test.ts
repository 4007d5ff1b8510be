import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openSite } from '../../../src/site/site.ts';
import { Starting } from '../../../tools/wrap/starting.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { componentOfText } from '../../fixtures/components/wat-components.ts';
import { makeHost } from '../../fixtures/host.ts';

/** What a Wassette that was just started says when it is asked for the n-th time, from 0. */
type Told = (n: number) => Record<string, readonly string[]> | 'switched off' | 'no such tool' | 'silent';

/** The component `id` with one tool of that name. */
async function componentWith(id: string): Promise<Buffer> {
  return Buffer.from(
    await componentOfText(`(component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (export "${id}" (func $f)))`),
  );
}

/** How often Wassette is asked until its start is taken to have ended; it loads what `ids` names. */
async function asksUntilOver(
  told: Told,
  {
    ids = [],
    prepare,
    mostMs = 60_000,
  }: { ids?: string[]; prepare?: (directory: string) => void; mostMs?: number } = {},
): Promise<number> {
  const fixture = makeHost();
  for (const id of ids) fixture.install(id, { code: await componentWith(id) });
  prepare?.(fixture.locations.componentDir);
  const { host } = await openSite(fixture.locations);
  let asks = 0;
  const text = (components: object[]) => ({ isError: false, text: JSON.stringify({ components }) });
  const wassette = {
    async callTool(_name: string, _args: object, signal?: AbortSignal) {
      const answer = told(asks++);
      if (answer === 'silent')
        return new Promise<never>((_, reject) =>
          signal!.addEventListener('abort', () => reject(signal!.reason)),
        );
      if (answer === 'no such tool') return { isError: true, text: 'unknown tool' };
      if (answer === 'switched off') return { isError: true, text: 'Error: Built-in tools are disabled' };
      return text(
        Object.entries(answer).map(([id, tools]) => ({
          id,
          schema: tools.length === 0 ? null : { tools: tools.map((name) => ({ name })) },
        })),
      );
    },
    async request() {
      return { tools: ids.slice(0, asks).map((name) => ({ name })) };
    },
  };
  const starting = new Starting(wassette, host, mostMs);
  await Promise.all([1, 2].map(() => new Promise<void>((resolve) => starting.whenOver(resolve))));
  const asked = asks;
  starting.whenOver(() => undefined); // from now on at once, without asking
  expect(asks).toBe(asked);
  return asks;
}

it.each<[string, Told, string[], number]>([
  ['has no component', () => ({}), [], 1],
  ['has loaded all', () => ({ a: ['a'], b: ['b'] }), ['a', 'b'], 1],
  ['loads one after the other', (n) => ({ a: n > 0 ? ['a'] : [], b: n > 1 ? ['b'] : [] }), ['a', 'b'], 3],
  ['is 0.4, and knows tools from its cache only', (n) => ({ a: [n > 1 ? 'a' : '<unnamed>'] }), ['a'], 3],
  ['works on a directory elsewhere', (n) => ({ far: n > 1 ? ['far'] : [] }), ['a'], 3],
  ['has its tools switched off', () => 'switched off', ['a', 'b'], 2],
  ['has its tools switched off, and has no component', () => 'switched off', [], 1],
  ['is no Wassette', () => 'no such tool', ['a'], 1],
])('a Wassette that %s is asked until it has loaded what it will load', async (_, told, ids, asks) => {
  expect(await asksUntilOver(told, { ids })).toBe(asks);
});

it.each<[string, (directory: string) => void]>([
  ['is half a file', (dir) => writeFileSync(path.join(dir, 'bad.wasm'), 'half')],
  ['is a link', (dir) => symlinkSync('/nowhere', path.join(dir, 'bad.wasm'))],
  ['has no tools', (dir) => writeFileSync(path.join(dir, 'bad.wasm'), componentBytes('x'))],
  ['left only a tool cache', (dir) => writeFileSync(path.join(dir, 'bad.metadata.json'), '{}')],
])('a component that %s is not waited for', async (_, prepare) => {
  const told: Told = (n) => ({ a: n > 0 ? ['a'] : [], bad: [] });
  expect(await asksUntilOver(told, { ids: ['a'], prepare })).toBe(2);
});

it('a component that imports what Wassette does not have is not waited for', async () => {
  const code = await componentOfText(`(component
    (import "other:thing/x" (instance (export "y" (func))))
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (export "bad" (func $f)))`);
  const prepare = (dir: string) => writeFileSync(path.join(dir, 'bad.wasm'), code);
  expect(await asksUntilOver(() => ({ bad: [] }), { prepare })).toBe(1);
});

it.each<[string, Told]>([
  ['never loads one that should load', () => ({ a: [] })],
  ['does not answer', () => 'silent'],
])('the wait for a Wassette that %s has an end', async (_, told) => {
  expect(await asksUntilOver(told, { ids: ['a'], mostMs: 250 })).toBeGreaterThan(0);
});
