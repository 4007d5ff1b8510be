// Derived tool lists beside those of the real Wassette 0.8.0: the same bytes, or none.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { importState } from '../../../src/import.ts';
import { openSnapshot } from '../../../src/open.ts';
import { LOADED_FEATURES, REFUSED_FEATURES } from '../../fixtures/components/code-features.ts';
import { DOCS_LEFT_OUT } from '../../fixtures/components/component-docs.ts';
import { derivedFile, LOADED } from '../../fixtures/components/derived.ts';
import { javaScriptProbe, probeComponent } from '../../fixtures/components/probe.ts';
import { componentOfText, WAT_REFUSED } from '../../fixtures/components/wat-components.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';
import { loadedByWassette } from '../../fixtures/wassette/wassettes-own.ts';

/** Loaded by Wassette, but not to be told exactly, or without a tool. */
const LEFT_OUT = [
  ...['resources-handles', 'deep', 'json-deep', 'empty', 'types-only', 'wat-empty'],
  ...['wat-ascribed', 'wat-narrowed-inside', 'wat-passed-through', 'wat-part-passed-through'],
  ...['wat-same-tool-twice', ...Object.keys(DOCS_LEFT_OUT)],
];
const REFUSED = ['long-name', 'unknown-import'];

/** Without what differs from one load to the next. */
function comparable(metadata: string | Buffer | null): string | null {
  return (
    metadata
      ?.toString()
      .replace(/"mtime": \d+/, '"mtime": 0')
      .replace(/"created_at": \d+/, '"created_at": 0')
      .replace(/"content_hash": (null|"[0-9a-f]+")/, '"content_hash": null') ?? null
  );
}

const fixtures = [
  ...LOADED,
  ['a real component', async () => readFileSync(await javaScriptProbe({ name: 'weather' }))] as const,
];

describe('what Wassette lists', () => {
  test.each(fixtures)('of %s is what was derived, or nothing was', async (name, make) => {
    const wasm = await make();
    const [own, ours] = [comparable((await loadedByWassette(wasm)).metadata), comparable(derivedFile(wasm))];
    expect(own === null).toBe(REFUSED.includes(name));
    if (LEFT_OUT.includes(name) || REFUSED.includes(name)) expect(ours).toBeNull();
    else expect(ours).toBe(own);
  });

  test.each(Object.entries(WAT_REFUSED))(
    'is nothing of %s, and nothing was derived',
    async (_name, [wat]) => {
      const wasm = await componentOfText(wat);
      expect((await loadedByWassette(wasm)).metadata).toBeNull();
      expect(derivedFile(wasm)).toBeNull();
    },
  );
});

describe('code with', () => {
  const isLoaded = async (make: () => Promise<Uint8Array>) =>
    (await loadedByWassette(await make())).metadata !== null;

  test.each(LOADED_FEATURES)('$name is loaded by Wassette', async ({ make }) => {
    expect(await isLoaded(make)).toBe(true);
  });

  test.each(REFUSED_FEATURES)('$name is not loaded by Wassette', async ({ make }) => {
    expect(await isLoaded(make)).toBe(false);
  });
});

test('after an import a Wassette that starts cold lists all tools at once, as it lists them after compiling', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  for (const name of ['weather', 'notes', 'news'])
    giver.install(name, { code: readFileSync(await probeComponent({ name })), policy: policyText({}) });
  await exportStateTo({ name: 'tools' }, giver.locations);
  await importState(await openSnapshot('tools', taker.locations), { ...taker.locations, approval: 'all' });
  const { componentDir, secretsDir } = taker.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const wanted = ['weather-get-env', 'notes-get-env', 'news-get-env'];
  const listed = async () => {
    const begun = performance.now();
    const wassette = await LiveWassette.start({ version: '0.8.0', componentDir, secretsDir, home });
    onTestFinished(() => wassette.stop());
    const tools = await wassette.listTools();
    return { wassette, tools, milliseconds: performance.now() - begun };
  };
  const cold = await listed();
  expect(cold.tools).toEqual(expect.arrayContaining(wanted));
  const before = taker.files();
  // A call waits for the compiler.
  expect((await cold.wassette.call('notes-add', { a: 2, b: 3 })).text).toBe('5');
  const lists = ['weather', 'notes', 'news'].map((id) => `${id}.metadata.json`);
  const isRewritten = (name: string) => !taker.files()[name]!.equals(before[name]!);
  await expect.poll(() => lists.every(isRewritten), { timeout: 20_000 }).toBe(true);
  for (const name of lists) expect(comparable(before[name]!)).toBe(comparable(taker.files()[name]!));
  // Whoever stops it while it writes what it compiled finds less at the next start.
  await cold.wassette.waitForStart();
  await cold.wassette.stop();
  const warm = await listed();
  expect(warm.tools.sort()).toEqual(cold.tools.sort());
  console.log(
    `all tools listed ${cold.milliseconds.toFixed(0)} ms after a cold start, ${warm.milliseconds.toFixed(0)} ms after a warm one`,
  );
});
