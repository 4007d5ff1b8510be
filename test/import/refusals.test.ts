// Imports that must not happen: a clear error with a code, and not one file of the target changed.

import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import {
  exportState,
  exportStateTo,
  importState,
  openSnapshot,
  planImportState,
  Snapshot,
} from '../../src/index.ts';
import { componentBytes, coreModuleBytes } from '../fixtures/components/component.ts';
import { documentOf, fileWithCode } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { refused, snapshotOf } from '../fixtures/refused-import.ts';
import { runLikeWassette, stop } from '../fixtures/system/processes.ts';

describe('bytes of code', () => {
  it.each([
    ['a core module', coreModuleBytes()],
    ['half a component', componentBytes('x', 400).subarray(0, 200)],
    ['no bytes', Buffer.alloc(0)],
    ['a text', Buffer.from('not wasm at all')],
  ])('that are %s are not installed, whatever the digests say (F-3.8)', async (_what, bytes) => {
    const good = { id: 'good' };
    await refused(makeHost(), await snapshotOf({ id: 'bad', code: bytes }, good), 'FORMAT_NOT_A_COMPONENT');
  });

  it('that are nowhere stop the whole import before it begins, and are listed', async () => {
    const target = makeHost();
    const lean = await Snapshot.fromJson(JSON.stringify(documentOf([{ id: 'a' }, { id: 'b' }])));
    const missing = { code: 'VERIFY_PART_MISSING', details: { component_ids: ['a', 'b'] } };
    await expect(planImportState(lean, target.locations)).rejects.toThrow(expect.objectContaining(missing));
    await refused(target, lean, 'VERIFY_PART_MISSING');
  });

  it('of the store that were altered or are a link are not installed', async () => {
    const source = makeHost();
    source.install('a');
    const { reference } = await exportStateTo({}, source.locations);
    const blob = path.join(
      source.locations.stateDir,
      'snapshots/blobs/sha256',
      sha256Hex(componentBytes('a')),
    );
    const target = () => makeHost({ stateDir: source.locations.stateDir });
    writeFileSync(blob, componentBytes('b'));
    await refused(target(), await openSnapshot(reference, source.locations), 'VERIFY_DIGEST_MISMATCH');
    renameSync(blob, `${blob}.moved`);
    symlinkSync(`${blob}.moved`, blob);
    await refused(target(), await openSnapshot(reference, source.locations), 'STORE_UNSAFE_FILE');
  });

  it('of a file that changed after it was read are not installed', async () => {
    const target = makeHost();
    const file = path.join(path.dirname(target.locations.componentDir), 'state.json');
    writeFileSync(file, fileWithCode([{ id: 'a' }]));
    const snapshot = await openSnapshot(file, target.locations);
    writeFileSync(file, `${fileWithCode([{ id: 'a', code: componentBytes('b') }])}\n`);
    await refused(target, snapshot, 'STORE_CHANGING');
  });
});

describe('an id in a snapshot', () => {
  it.each([
    ['by case (F-3.3)', 'Mine', (_target: TestHost) => undefined],
    ['by secrets file (F-3.3)', 'mine_', (_target: TestHost) => undefined],
    [
      'with a secrets file that no component owns (F-3.3)',
      'other',
      (target: TestHost) => target.storeSecrets('Other', { A: '1' }),
    ],
  ])('that clashes with the target %s is refused', async (_how, id, prepare) => {
    const target = makeHost();
    prepare(target);
    await refused(target, await snapshotOf({ id }), 'CONFLICT_ID_CLASH');
  });
});

describe('the target of an import', () => {
  it.each(['.store-state.json', 'x.install.json'])(
    'that is a transactional store (%s) is not written',
    async (name) => {
      const target = makeHost();
      writeFileSync(path.join(target.locations.componentDir, name), '{}');
      await refused(target, await snapshotOf({ id: 'a' }), 'STORE_UNSUPPORTED');
    },
  );

  it('on which a Wassette runs is not written, unless a person says so', async () => {
    const target = makeHost();
    const wassette = await runLikeWassette(['run', '--component-dir', target.locations.componentDir]);
    await refused(target, await snapshotOf({ id: 'a' }), 'STORE_BUSY');
    const forced = { ...target.locations, force: true };
    const { warnings } = await planImportState(await snapshotOf({ id: 'a' }), forced);
    expect(warnings.join('\n')).toMatch(
      new RegExp(`until it is started anew: .* process ${wassette.pid}, started as "wassette run`),
    );
    const { applied } = await importState(await snapshotOf({ id: 'a' }), { ...forced, approval: 'all' });
    expect(applied).toHaveLength(1);
    await stop(wassette);
  });

  it('that is a file, or has a link where a component should be, is not written', async () => {
    const target = makeHost();
    symlinkSync('/etc/passwd', path.join(target.locations.componentDir, 'link.wasm'));
    await refused(target, await snapshotOf({ id: 'a' }), 'STORE_UNSAFE_FILE');
    const file = path.join(target.locations.secretsDir, 'file');
    writeFileSync(file, '');
    await expect(
      importState(await snapshotOf({ id: 'a' }), {
        ...target.locations,
        componentDir: file,
        approval: 'all',
      }),
    ).rejects.toThrow(expect.objectContaining({ kind: 'store' }));
  });

  it('keeps what it has when the import is told to stop', async () => {
    const target = makeHost();
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(
      importState(await snapshotOf({ id: 'a' }), { ...target.locations, approval: 'all', signal }),
    ).rejects.toThrow('stop');
    expect(target.files()).toEqual({});
  });
});

it('two imports at once end in one of the two states, or one is refused', async () => {
  const target = makeHost();
  const one = await snapshotOf({
    id: 'a',
    code: componentBytes('one', 200_000),
    policy: policyText({ network: ['one.example'] }),
  });
  const two = await snapshotOf({
    id: 'a',
    code: componentBytes('two', 200_000),
    policy: policyText({ network: ['two.example'] }),
  });
  const results = await Promise.allSettled(
    [one, two].map((s) => importState(s, { ...target.locations, approval: 'all' })),
  );
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toEqual(failing('STORE_LOCKED'));
  expect(results.some((result) => result.status === 'fulfilled')).toBe(true);
  expect([one.stateDigest, two.stateDigest]).toContain((await exportState(target.locations)).stateDigest);
});

it('an export while an import runs gives the old state or the new one', async () => {
  const target = makeHost();
  target.install('a', { code: componentBytes('old', 200_000), policy: policyText() });
  const before = (await exportState(target.locations)).stateDigest;
  const next = await snapshotOf({
    id: 'a',
    code: componentBytes('new', 200_000),
    policy: policyText({ network: ['x.example'] }),
  });
  const [, during] = await Promise.all([
    importState(next, { ...target.locations, approval: 'all' }),
    exportState(target.locations),
  ]);
  expect([before, next.stateDigest]).toContain(during.stateDigest);
});
