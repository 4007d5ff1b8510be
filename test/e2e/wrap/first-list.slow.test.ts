// What a client gets that reads the list of tools once, right after a start on cold caches.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { slowComponent } from '../../fixtures/components/heavy-components.ts';
import { makeHost } from '../../fixtures/host.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];

/** A host whose components take a moment to compile, with two that never load. */
async function coldHost() {
  const host = makeHost();
  for (const name of NAMES) host.install(name, { code: Buffer.from(await slowComponent(name, 2)) });
  host.install('empty', { code: componentBytes('x') });
  writeFileSync(
    path.join(host.locations.componentDir, 'half.wasm'),
    (await slowComponent('half', 1)).subarray(0, 999),
  );
  return host;
}

const tools = NAMES.map((name) => `${name}-f`);

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('the first list of a wrapped Wassette %s', (version) => {
  test.each([
    ['with a quiet log', {}],
    ['with its usual log', { env: { RUST_LOG: 'info' } }],
    ['with its own tools switched off', { run: ['--disable-builtin-tools'] }],
    ['that was started through a shell', { isHidden: true }],
    ['under --read-only', { flags: ['--read-only'] }],
  ])('has every tool that will load, %s', async (_, options) => {
    const host = await coldHost();
    const agent = await WrappedAgent.start(version, host, options);
    const listed = await agent.tools();
    expect(listed).toEqual(expect.arrayContaining([...tools, 'list_snapshot_components']));
    expect(listed).not.toContain('<unnamed>');
    // From then on nothing is waited for.
    expect(await agent.tools()).toEqual(expect.arrayContaining(tools));
  });

  test('is whole from warm caches, too', async () => {
    const host = await coldHost();
    const first = await WrappedAgent.start(version, host);
    expect(await first.tools()).toEqual(expect.arrayContaining(tools));
    await first.stop();
    const listed = await (await WrappedAgent.start(version, host)).tools();
    expect(listed).toEqual(expect.arrayContaining(tools));
    expect(listed).not.toContain('<unnamed>');
  });
});
