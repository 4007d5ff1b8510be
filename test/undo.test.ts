import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../src/codec/digest.ts';
import { importState, planUndo, Snapshot, undoImport } from '../src/index.ts';
import { componentBytes } from './fixtures/components/component.ts';
import { fileWithCode, type MadeComponent } from './fixtures/document.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText } from './fixtures/host.ts';
import { runLikeWassette, stop } from './fixtures/system/processes.ts';

const snapshotOf = (...made: MadeComponent[]) => Snapshot.fromJson(fileWithCode(made));

async function imported() {
  const host = makeHost();
  const at = (name: string) => path.join(host.locations.componentDir, name);
  host.install('changed', { code: 'old', policy: policyText({ network: ['old.example'] }) });
  writeFileSync(at('changed.policy.meta.json'), '{"source_uri":"x","attached_at":1}');
  host.install('leaving', { policy: 'unreadable: [' });
  host.install('staying');
  const before = host.files();
  const snapshot = await snapshotOf(
    { id: 'added', policy: policyText() },
    { id: 'changed', code: componentBytes('new') },
    { id: 'staying' },
  );
  await importState(snapshot, { ...host.locations, approval: 'all', removeExtra: true });
  expect(Object.keys(host.files())).toEqual([
    'added.policy.yaml',
    'added.wasm',
    'changed.wasm',
    'staying.wasm',
  ]);
  return { host, at, before, undo: () => undoImport({ ...host.locations, approval: 'all' }) };
}

describe('undo', () => {
  it('brings back every file that the last import touched, byte for byte, unreadable ones too', async () => {
    const { host, before, undo } = await imported();
    const { applied } = await undo();
    expect(applied.map((step) => [step.component_id, step.action])).toEqual([
      ['added', 'remove'],
      ['changed', 'replace'],
      ['leaving', 'add'],
    ]);
    expect(host.files()).toEqual(before);
  });

  it('shows the same review as an import, gains of going back included', async () => {
    const { host } = await imported();
    const plan = await planUndo(host.locations);
    expect(plan.sentences.map((s) => s.text)).toEqual([
      '"added" will be removed',
      '"changed" will get another policy',
      expect.stringMatching(/^"changed" gets new code/),
      '"changed" may reach "old.example"',
      '"changed" may look up any name in the DNS, which is a way out for data',
      expect.stringMatching(/^"leaving" \(sha256 [0-9a-f]{16}, 22 bytes\) will be installed$/),
      '"leaving" will run with a policy that CANNOT BE READ here, and may allow any host, directory and environment variable',
    ]);
  });

  it('says what was changed since the import, because that is lost as well', async () => {
    const { host, at } = await imported();
    expect((await planUndo(host.locations)).warnings.join()).not.toContain('since the import');
    appendFileSync(at('added.policy.yaml'), '# changed by hand\n');
    writeFileSync(at('changed.wasm'), componentBytes('newest'));
    expect((await planUndo(host.locations)).warnings).toEqual([
      '"added" was changed since the import: its policy; the undo discards that as well',
      '"changed" was changed since the import: its code; the undo discards that as well',
    ]);
  });

  it('says that a directory does not exist, as after a typing mistake', async () => {
    const componentDir = path.join(makeHost().locations.componentDir, 'nope');
    await expect(planUndo({ componentDir })).rejects.toThrow(
      failing('STORE_NOT_FOUND', {
        message: expect.stringContaining('nope to take back: that directory does not exist'),
      }),
    );
  });

  it('can be approved like a plan, and is refused without', async () => {
    const { host, before } = await imported();
    const plan = await planUndo(host.locations);
    const approval = { approve: plan.digest, accept: plan.sentences.map((s) => s.text), nonce: plan.nonce };
    await expect(undoImport({ ...host.locations, approval: { ...approval, accept: [] } })).rejects.toThrow(
      failing('CONFLICT_APPROVAL_MISMATCH'),
    );
    await undoImport({ ...host.locations, approval });
    expect(host.files()).toEqual(before);
  });

  it('takes back one import after the other, and then there is nothing left', async () => {
    const host = makeHost();
    for (const id of ['a', 'b', 'c'])
      await importState(await snapshotOf({ id }), { ...host.locations, approval: 'all' });
    for (const left of [['a.wasm', 'b.wasm'], ['a.wasm'], []]) {
      await undoImport({ ...host.locations, approval: 'all' });
      expect(Object.keys(host.files())).toEqual(left);
    }
    await expect(undoImport({ ...host.locations, approval: 'all' })).rejects.toThrow(
      failing('STORE_NOT_FOUND'),
    );
    await expect(planUndo(host.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it('takes back the import that came after an undo', async () => {
    const host = makeHost();
    await importState(await snapshotOf({ id: 'a' }), { ...host.locations, approval: 'all' });
    await undoImport({ ...host.locations, approval: 'all' });
    await importState(await snapshotOf({ id: 'b' }), { ...host.locations, approval: 'all' });
    await undoImport({ ...host.locations, approval: 'all' });
    expect(host.files()).toEqual({});
    await expect(planUndo(host.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it('can be repeated for the last ten imports, and no further', async () => {
    const host = makeHost();
    for (let i = 0; i < 12; i++)
      await importState(await snapshotOf({ id: 'a', code: componentBytes(`v${i}`) }), {
        ...host.locations,
        approval: 'all',
      });
    for (let i = 0; i < 10; i++) await undoImport({ ...host.locations, approval: 'all' });
    expect(host.files()['a.wasm']).toEqual(componentBytes('v1'));
    await expect(planUndo(host.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it('belongs to one component directory', async () => {
    const { host } = await imported();
    const other = makeHost({ stateDir: host.locations.stateDir });
    await expect(planUndo(other.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it('is planned from what is there now: a component changed since then is replaced too', async () => {
    const { host, before, undo } = await imported();
    host.install('changed', { code: 'third' });
    await undo();
    expect(host.files()).toEqual(before);
  });

  it('is refused when kept bytes are gone or altered, and nothing changes', async () => {
    for (const [spoil, expected] of [
      [(file: string) => rmSync(file), 'VERIFY_PART_MISSING'],
      [(file: string) => appendFileSync(file, 'x'), 'VERIFY_PART_MISSING'],
      [(file: string) => writeFileSync(file, componentBytes('odd')), 'VERIFY_DIGEST_MISMATCH'],
    ] as const) {
      const { host, undo } = await imported();
      spoil(path.join(host.locations.stateDir, 'snapshots/blobs/sha256', sha256Hex(componentBytes('old'))));
      const now = host.files();
      await expect(undo()).rejects.toThrow(failing(expected));
      expect(host.files()).toEqual(now);
    }
  });

  it('is refused while a Wassette runs on the directory', async () => {
    const { host, undo } = await imported();
    const wassette = await runLikeWassette(['run'], {
      env: { WASSETTE_COMPONENT_DIR: host.locations.componentDir },
    });
    await expect(undo()).rejects.toThrow(failing('STORE_BUSY'));
    await stop(wassette);
    await undo();
  });

  it('is refused when its record is damaged', async () => {
    const { host, undo } = await imported();
    writeFileSync(path.join(host.state.undo, '1.json'), '{"version":1');
    await expect(undo()).rejects.toThrow(failing('STORE_DAMAGED'));
  });
});
