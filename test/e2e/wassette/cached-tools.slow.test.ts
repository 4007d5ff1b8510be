// Which tool caches the real Wassette lists tools by, before it has compiled the code: none of these may be taken for one that
// it leaves alone, or a sentence in it would reach models while `diff` finds nothing.
import { mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { diffStates } from '../../../src/diff.ts';
import { exportStateTo } from '../../../src/export.ts';
import { cachedTools } from '../../../src/snapshot/tool-cache.ts';
import { makeHost } from '../../fixtures/host.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

/** Nothing that compiles, so that what is listed stays what the cache says. */
const CODE = Buffer.from('no code');
const TIME = 1_795_000_000;

type Text = string | Buffer;

/** As Wassette writes it, with one tool. */
function cacheOf(id: string): string {
  return JSON.stringify({
    component_id: id,
    tool_schemas: [{ name: id, description: 'd', inputSchema: { type: 'object', properties: {} } }],
    function_identifiers: [{ package_name: null, interface_name: null, function_name: 'run' }],
    tool_names: [id],
    validation_stamp: { file_size: CODE.length, mtime: TIME, content_hash: sha256Hex(CODE) },
    created_at: TIME,
  });
}

const STAMP = /"validation_stamp":\{[^}]*\}/;
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const replacing = (part: string | RegExp, by: string) => (text: string) => text.replace(part, () => by);

/** A cache as somebody changed it, and whether Wassette 0.8.0 lists its tool. */
const CASES: [title: string, change: (text: string) => Text, isListed: boolean][] = [
  ['as it is written', (text) => text, true],
  ['whose tools have no names', replacing('"tool_names":["', '"tool_names":[],"x":["'), true],
  ['of a time that no clock shows', replacing(/"created_at":\d+/, '"created_at":999999999999999'), true],
  ['of the last time', replacing(/"created_at":\d+/, '"created_at":18446744073709551615'), true],
  ['of a time beyond that', replacing(/"created_at":\d+/, '"created_at":18446744073709551616'), false],
  ['with a key twice in a schema', replacing('"description":', '"description":"x","description":'), true],
  ['with a key __proto__ in a schema', replacing('"description":', '"__proto__":{},"description":'), true],
  ['with a field twice', replacing('"component_id":', '"component_id":"x","component_id":'), false],
  ['with an unknown field twice', replacing('"component_id":', '"x":1,"x":2,"component_id":'), true],
  ['without a time', replacing(/,"created_at":\d+/, ''), false],
  ['without a hash', replacing(/"content_hash":"[0-9a-f]+"/, '"content_hash":null'), true],
  ['with an empty hash', replacing(/"content_hash":"[0-9a-f]+"/, '"content_hash":""'), false],
  ['with a hash in upper case', (text) => text.replace(/[0-9a-f]{64}/, (hash) => hash.toUpperCase()), false],
  ['with a size that has a fraction', replacing('"file_size":7', '"file_size":7.0'), false],
  ['with its stamp as a list', replacing(STAMP, `"validation_stamp":[7,1,"${sha256Hex(CODE)}"]`), true],
  ['as a list', (text) => JSON.stringify(Object.values(JSON.parse(text) as object)), true],
  ['that is as deep as it reads', replacing('"d"', nested(124)), true],
  ['that is deeper', replacing('"d"', nested(125)), false],
  ['with half a character', replacing('"d"', '"\\ud800"'), false],
  ['with a number beyond all', replacing('"d"', '1e999'), false],
  ['with a large number', replacing('"d"', '123456789012345678901234567890'), true],
  ['with text behind it', (text) => `${text} x`, false],
  ['with a byte-order mark', (text) => `\ufeff${text}`, false],
  ['that is not UTF-8', (text) => Buffer.from(text.replace('"d"', '"\u00e9"'), 'latin1'), false],
];

test('a cache that Wassette lists tools by is compared, or it is said that it cannot be', async () => {
  const host = makeHost();
  const { componentDir } = host.locations;
  const found = CASES.map(([title, change, isListed], i) => {
    const id = `tool-${i}`;
    const text = change(cacheOf(id));
    const file = path.join(componentDir, `${id}.wasm`);
    writeFileSync(file, CODE);
    utimesSync(file, TIME, TIME);
    writeFileSync(path.join(componentDir, `${id}.metadata.json`), text);
    const code = { size: CODE.length, sha256: sha256Hex(CODE), mtimeSeconds: TIME };
    return { id, title, isListed, ours: cachedTools(Buffer.from(text), code) };
  });
  const home = path.join(path.dirname(componentDir), 'home');
  const wassette = await LiveWassette.start({ version: '0.8.0', ...host.locations, home });
  onTestFinished(() => wassette.stop());
  await wassette.waitForStart();
  const listed = await wassette.listTools();
  expect(found.map(({ id, title }) => [title, listed.includes(id)])).toEqual(
    found.map(({ title, isListed }) => [title, isListed]),
  );
  for (const { title, isListed, ours } of found)
    if (isListed) expect([title, ours]).not.toEqual([title, 'none']);
});

test('a link and a folder that are called as code have the tools of their caches listed, and are drift', async () => {
  const host = makeHost();
  const { componentDir } = host.locations;
  const at = (name: string) => path.join(componentDir, name);
  writeFileSync(path.join(componentDir, '..', 'elsewhere'), CODE);
  symlinkSync(path.join(componentDir, '..', 'elsewhere'), at('link.wasm'));
  writeFileSync(at('link.metadata.json'), cacheOf('link'));
  mkdirSync(at('folder.wasm'));
  utimesSync(at('folder.wasm'), TIME, TIME);
  const { size } = statSync(at('folder.wasm'));
  const stamp = `"validation_stamp":{"file_size":${size},"mtime":${TIME}}`;
  writeFileSync(at('folder.metadata.json'), replacing(STAMP, stamp)(cacheOf('folder')));
  await exportStateTo({ name: 'empty' }, { ...host.locations, allowEmpty: true });
  const home = path.join(componentDir, '..', 'home');
  const wassette = await LiveWassette.start({ version: '0.8.0', ...host.locations, home });
  onTestFinished(() => wassette.stop());
  await wassette.waitForStart();
  expect(await wassette.listTools()).toEqual(expect.arrayContaining(['folder', 'link']));
  const { components } = await diffStates('empty', null, host.locations);
  expect(components.map(({ component_id, action }) => [component_id, action])).toEqual([
    ['folder', 'added'],
    ['link', 'added'],
  ]);
});
