// What code can do, by the functions that it imports. That this is so in the real Wassette is shown by the slow tests.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CodeAbility } from '../../src/component/abilities.ts';
import { coreModuleBytes } from '../fixtures/components/component.ts';
import { derive } from '../fixtures/components/derived.ts';
import { environmentLister } from '../fixtures/components/environment-lister.ts';
import {
  FILES,
  HARMLESS,
  HTTP,
  type Imports,
  importing,
  LOOK_UPS,
  VARIABLES,
} from '../fixtures/components/importing.ts';
import { probeComponent } from '../fixtures/components/probe.ts';
import { componentOfText, WAT_FIXTURES, WAT_REFUSED } from '../fixtures/components/wat-components.ts';

const abilitiesOf = (bytes: Uint8Array) => {
  const { abilities } = derive(bytes);
  return abilities && [...abilities].sort();
};
const DIRECTORIES: Imports = { 'wasi:filesystem/preopens@0.2.0': ['get-directories'] };
const onDescriptor = (...names: string[]): Imports => ({
  'wasi:filesystem/types@0.2.0': names.map((name) => `[method]descriptor.${name}`),
});

const TABLE: [what: string, imports: Imports[], can: CodeAbility[]][] = [
  ['imports nothing', [], []],
  ['imports nothing that a policy decides about', [HARMLESS], []],
  ['sends HTTP requests', [HTTP], ['http']],
  ['has types of HTTP alone', [{ 'wasi:http/types@0.2.3': ['http-error-code'] }], []],
  [
    'imports the interface for HTTP and none of its functions',
    [{ 'wasi:http/outgoing-handler@0.2.3': [] }],
    [],
  ],
  ['opens files', [FILES], ['files']],
  ['gets directories, and does nothing in them', [DIRECTORIES], []],
  [
    'gets directories, and asks about no more than themselves',
    [DIRECTORIES, onDescriptor('stat', 'metadata-hash', 'get-flags', 'read-via-stream', 'write-via-stream')],
    [],
  ],
  ['opens files and gets no directory', [onDescriptor('open-at')], []],
  ...['read-directory', 'set-times', 'stat-at', 'set-times-at', 'link-at', 'readlink-at', 'symlink-at'].map(
    (name): [string, Imports[], CodeAbility[]] => [
      `gets directories, and calls ${name}`,
      [DIRECTORIES, onDescriptor(name)],
      ['files'],
    ],
  ),
  ...['rename-at', 'unlink-file-at', 'create-directory-at', 'remove-directory-at', 'metadata-hash-at'].map(
    (name): [string, Imports[], CodeAbility[]] => [
      `gets directories, and calls ${name}`,
      [DIRECTORIES, onDescriptor(name)],
      ['files'],
    ],
  ),
  ['reads variables', [VARIABLES], ['environment']],
  ['reads its arguments', [{ 'wasi:cli/environment@0.2.3': ['get-arguments', 'initial-cwd'] }], []],
  ['reads variables as settings', [{ 'wasi:config/store@0.2.0-rc.1': ['get'] }], ['environment']],
  ['looks up names', [LOOK_UPS], ['look-ups']],
  ['does all of it', [HTTP, FILES, VARIABLES, LOOK_UPS], ['environment', 'files', 'http', 'look-ups']],
];

describe('a component that', () => {
  it.each(TABLE)('%s', async (_what, imports, can) => {
    expect(abilitiesOf(await importing(...imports))).toEqual(can);
  });

  it('was made from JavaScript with QuickJS can read variables, and no files although it imports their interface', async () => {
    expect(abilitiesOf(await readFile(await probeComponent()))).toEqual(['environment']);
  });

  it('lists its environment can do that', async () => {
    expect(abilitiesOf(await environmentLister())).toEqual(['environment']);
  });

  it('has code whose arguments come through a component inside it can do what the outer one imports', async () => {
    expect(abilitiesOf(await componentOfText(WAT_FIXTURES['wat-composed']!))).toEqual([]);
    const virtual = `(component
      (component $inner (import "wasi:http/outgoing-handler@0.2.3" (instance (export "handle" (func)))))
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $own (export "handle" (func $f)))
      (instance (instantiate $inner (with "wasi:http/outgoing-handler@0.2.3" (instance $own)))))`;
    expect(abilitiesOf(await componentOfText(virtual))).toEqual([]);
  });
});

describe('nothing is known of what code can do', () => {
  it('where an import is not Wassette’s, because another Wassette may link it', async () => {
    const later: Imports = { 'wasi:http/client@0.3.0': ['send'] };
    expect(abilitiesOf(await importing(later))).toBeNull();
    expect(abilitiesOf(await importing(HTTP, later))).toBeNull();
  });

  it.each(Object.keys(WAT_REFUSED))('where Wassette does not load it: %s', async (name) => {
    expect(abilitiesOf(await componentOfText(WAT_REFUSED[name]![0]))).toBeNull();
  });

  it('where it is no component, or cut off', async () => {
    const whole = await importing(HTTP, FILES);
    expect(abilitiesOf(coreModuleBytes())).toBeNull();
    for (const length of [0, 7, 9, whole.length - 1])
      expect(abilitiesOf(whole.subarray(0, length))).toBeNull();
  });
});
