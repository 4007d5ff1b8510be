import { chmodSync, existsSync, lstatSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportState, importState, type Plan, planImportState, Snapshot } from '../../src/index.ts';
import { refusedFeature } from '../fixtures/components/code-features.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { documentOf, fileWithCode } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';

const policy = policyText({ environment: ['TOKEN'] });
const other = policyText({ network: ['api.example.com'] });

/** What a first host runs, and a second one that is empty. */
async function handoff(): Promise<{ snapshot: Snapshot; target: TestHost; at: (name: string) => string }> {
  const source = makeHost();
  source.install('probe', { policy });
  source.install('clock');
  const target = makeHost();
  const snapshot = await exportState({ ...source.locations, includeBinaries: true });
  return {
    snapshot: await Snapshot.fromJson(await snapshot.toJson()),
    target,
    at: (name) => path.join(target.locations.componentDir, name),
  };
}

const approve = ({ digest, nonce, sentences }: Plan) => ({
  approval: { approve: digest, accept: sentences.map((s) => s.text), nonce },
});

it('code that the target has already is taken from there, and is not read from the snapshot', async () => {
  const source = makeHost();
  source.install('first', { code: 'the same code', policy });
  source.install('second', { code: 'the same code', policy });
  const file = path.join(path.dirname(source.locations.componentDir), 'state.json');
  await (await exportState({ ...source.locations, includeBinaries: true })).saveToFile(file);
  const target = makeHost();
  target.install('first', { code: 'the same code', policy });
  const snapshot = await Snapshot.loadFromFile(file);
  writeFileSync(file, 'gone');
  await importState(snapshot, { ...target.locations, approval: 'all' });
  expect(target.files()).toEqual(source.files());
});

describe('an import', () => {
  it('says that the directory does not exist and is made', async () => {
    const { snapshot, target } = await handoff();
    const componentDir = path.join(target.locations.componentDir, 'new');
    const plan = await planImportState(snapshot, { ...target.locations, componentDir });
    expect(plan.warnings).toContain(`there is no directory ${componentDir} yet: it is made`);
    expect(existsSync(componentDir)).toBe(false);
  });

  it('says the same of the code that comes, whether or not somebody reviewed it first', async () => {
    const target = makeHost();
    target.install('clock', { code: 'old' });
    const snapshot = await Snapshot.fromJson(fileWithCode([{ id: 'clock', code: componentBytes('new') }]));
    const { stopping, warnings } = await planImportState(snapshot, target.locations);
    expect(stopping.join()).not.toContain('was not read');
    const { plan } = await importState(snapshot, { ...target.locations, approval: 'all' });
    expect({ stopping: plan.stopping, warnings: plan.warnings }).toEqual({ stopping, warnings });
  });

  it('makes the target run the same code under the same policies', async () => {
    const { snapshot, target } = await handoff();
    const { applied, importId } = await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(applied.map((step) => [step.component_id, step.action])).toEqual([
      ['clock', 'add'],
      ['probe', 'add'],
    ]);
    expect(importId).toMatch(/^[0-9a-f]{16}$/);
    expect(target.files()).toEqual({
      'clock.wasm': componentBytes('clock'),
      'probe.policy.yaml': Buffer.from(policy),
      'probe.wasm': componentBytes('probe'),
    });
    expect((await exportState(target.locations)).stateDigest).toBe(snapshot.stateDigest);
  });

  it('can leave the policy of the target as it is, which is reviewed with what it means there', async () => {
    const [component] = documentOf([{ id: 'probe' }]).components;
    const kept = { ...component, keep_policy: true, include_binary: true };
    const text = fileWithCode([{ id: 'probe' }], {
      components: [{ ...kept, binary_data: componentBytes('probe').toString('base64') }],
    });
    const snapshot = await Snapshot.fromJson(text);
    const target = makeHost();
    const shared = path.dirname(target.locations.componentDir);
    const grant = `  storage:\n    allow:\n      - uri: "fs://${shared}/../"\n        access: [read]\n`;
    target.install('probe', { code: 'older', policy: `version: "1.0"\npermissions:\n${grant}` });
    expect((await planImportState(snapshot, target.locations)).warnings).toEqual([
      `"probe": its grant to read "${shared}/../", which is "${path.dirname(shared)}": it leads through ".."`,
    ]);
    target.install('probe', { code: 'older', policy });
    await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(target.files()).toMatchObject({
      'probe.wasm': componentBytes('probe'),
      'probe.policy.yaml': Buffer.from(policy),
    });
  });

  it('of code that Wassette does not load is warned of, with what it has and where, and has no tool list', async () => {
    const source = makeHost();
    source.install('threads', { code: await refusedFeature('thread.index'), policy });
    source.install('streams', { code: await refusedFeature('a stream of char'), policy });
    const target = makeHost();
    const snapshot = await Snapshot.fromJson(
      await (await exportState({ ...source.locations, includeBinaries: true })).toJson(),
    );
    const { warnings } = await planImportState(snapshot, target.locations);
    expect(warnings).toEqual(
      expect.arrayContaining([
        '"streams" will not load in Wassette 0.8: its code has the type stream<char> (type 7)',
        '"threads" will not load in Wassette 0.8: its code has thread.index (canonical function 1)',
      ]),
    );
    await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(Object.keys(target.files()).filter((name) => name.endsWith('.metadata.json'))).toEqual([]);
  });

  it('does nothing the second time, and leaves no trace of its work', async () => {
    const { snapshot, target } = await handoff();
    await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(await importState(snapshot, { ...target.locations, approval: 'all' })).toMatchObject({
      applied: [],
      importId: null,
    });
    expect(readdirSync(path.join(target.locations.componentDir, '.wassette-state'))).toEqual([]);
  });

  it('makes a component directory where there is none, as Wassette would', async () => {
    const { snapshot, target } = await handoff();
    rmSync(target.locations.componentDir, { recursive: true });
    await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(Object.keys(target.files())).toHaveLength(3);
  });

  it("never restores metadata or native code, and removes the target's where code changes", async () => {
    const { snapshot, target, at } = await handoff();
    target.install('probe', { code: 'old', policy });
    target.install('clock');
    for (const id of ['probe', 'clock']) {
      writeFileSync(at(`${id}.cwasm`), 'native code');
      writeFileSync(at(`${id}.metadata.json`), '{}');
    }
    await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(Object.keys(target.files())).toEqual([
      'clock.cwasm',
      'clock.metadata.json',
      'clock.wasm',
      'probe.policy.yaml',
      'probe.wasm',
    ]);
  });

  it('leaves the code alone, to the inode, when only the policy changes', async () => {
    const { snapshot, target, at } = await handoff();
    target.install('probe', { policy: other });
    writeFileSync(at('probe.cwasm'), 'native code');
    const before = lstatSync(at('probe.wasm')).ino;
    const options = { ...target.locations, componentFilter: ['probe'] };
    const { applied } = await importState(snapshot, { ...options, approval: 'all' });
    expect(applied[0]?.action).toBe('update-policy');
    expect(lstatSync(at('probe.wasm')).ino).toBe(before);
    expect(existsSync(at('probe.cwasm'))).toBe(true);
    expect(target.files()['probe.policy.yaml']?.toString()).toBe(policy);
  });

  it('removes a policy that the snapshot does not have, its provenance included', async () => {
    const { snapshot, target, at } = await handoff();
    target.install('clock', { policy: other });
    writeFileSync(at('clock.policy.meta.json'), '{"source_uri":"x","attached_at":1}');
    writeFileSync(at('left.policy.yaml'), other);
    await importState(snapshot, { ...target.locations, approval: 'all', componentFilter: ['clock'] });
    expect(Object.keys(target.files())).toEqual(['clock.wasm', 'left.policy.yaml']);
  });

  it('restores where a policy came from, when that is known', async () => {
    const { target } = await handoff();
    const document = documentOf([{ id: 'a', policy }]);
    Object.assign(document.components[0]!.policy!, { source_uri: 'https://h.example/p.yaml', created_at: 7 });
    const carried = { ...document.components[0], binary_data: componentBytes('a').toString('base64') };
    const snapshot = await Snapshot.fromJson(JSON.stringify({ ...document, components: [carried] }));
    await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(JSON.parse(String(target.files()['a.policy.meta.json']))).toEqual({
      source_uri: 'https://h.example/p.yaml',
      attached_at: 7,
    });
  });

  it('gives code and policy one mode: that of the code that was there, else private', async () => {
    const { snapshot, target, at } = await handoff();
    target.install('probe', { code: 'old', policy: other });
    chmodSync(at('probe.wasm'), 0o640);
    chmodSync(at('probe.policy.yaml'), 0o604);
    await importState(snapshot, { ...target.locations, approval: 'all' });
    const modes = ['probe.wasm', 'probe.policy.yaml', 'clock.wasm'].map(
      (name) => lstatSync(at(name)).mode & 0o777,
    );
    expect(modes).toEqual([0o640, 0o640, 0o600]);
  });
});

describe('the import option', () => {
  it('skipExisting leaves alone what is on disk', async () => {
    const { snapshot, target } = await handoff();
    target.install('probe', { code: 'mine' });
    await importState(snapshot, { ...target.locations, approval: 'all', skipExisting: true });
    expect(target.files()['probe.wasm']).toEqual(componentBytes('mine'));
    expect(target.files()).not.toHaveProperty('probe.policy.yaml');
    expect(target.files()).toHaveProperty('clock.wasm');
  });

  it('removeExtra makes the target equal to the snapshot', async () => {
    const { snapshot, target } = await handoff();
    target.install('mine', { policy: other });
    await importState(snapshot, { ...target.locations, approval: 'all', removeExtra: true });
    expect(Object.keys(target.files())).toEqual(['clock.wasm', 'probe.policy.yaml', 'probe.wasm']);
  });

  it('componentFilter refuses an empty list, which means neither nothing nor everything', async () => {
    const { snapshot, target } = await handoff();
    const options = { ...target.locations, componentFilter: [] };
    await expect(planImportState(snapshot, options)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
  });

  it('that would skip checksums does not exist: they are always verified', async () => {
    const { snapshot, target } = await handoff();
    const options = { ...target.locations, verifyChecksums: false };
    await expect(planImportState(snapshot, options)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    await expect(importState(snapshot, { ...options, approval: 'all' })).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
    await expect(planImportState(snapshot, { ...options, verifyChecksums: true })).resolves.toBeDefined();
  });
});

describe('an approval (F-9)', () => {
  it('of exactly this plan lets it happen; planning itself changes nothing', async () => {
    const { snapshot, target } = await handoff();
    const plan = await planImportState(snapshot, target.locations);
    expect(target.files()).toEqual({});
    expect(existsSync(path.join(target.locations.componentDir, '.wassette-state'))).toBe(false);
    const { applied } = await importState(snapshot, { ...target.locations, ...approve(plan) });
    expect(applied).toHaveLength(2);
  });

  it.each([
    ['code on the target changed', (target: TestHost) => target.install('clock', { code: 'new' })],
    ['a policy on the target changed', (target: TestHost) => target.install('mine', { policy })],
    ['a secret was stored', (target: TestHost) => target.storeSecrets('probe', { NEW: '1' })],
  ])('is stale after %s', async (_what, change) => {
    const { snapshot, target } = await handoff();
    target.install('mine', { policy: other });
    const plan = await planImportState(snapshot, target.locations);
    change(target);
    const before = target.files();
    await expect(importState(snapshot, { ...target.locations, ...approve(plan) })).rejects.toThrow(
      failing('CONFLICT_STALE_PLAN'),
    );
    expect(target.files()).toEqual(before);
  });

  it('does not go stale because Wassette rewrote its cache', async () => {
    const { snapshot, target, at } = await handoff();
    target.install('mine');
    const plan = await planImportState(snapshot, target.locations);
    writeFileSync(at('mine.metadata.json'), '{}');
    utimesSync(at('mine.wasm'), 1, 1);
    await expect(importState(snapshot, { ...target.locations, ...approve(plan) })).resolves.toBeDefined();
  });

  it('of a plan with other options, for another target, or with other sentences is none', async () => {
    const { snapshot, target } = await handoff();
    const plan = await planImportState(snapshot, target.locations);
    const elsewhere = makeHost();
    const attempts: [object, string][] = [
      [{ ...target.locations, ...approve(plan), skipExisting: true }, 'CONFLICT_STALE_PLAN'],
      [{ ...elsewhere.locations, ...approve(plan) }, 'CONFLICT_STALE_PLAN'],
      [{ ...target.locations, approval: { ...approve(plan).approval, nonce: 'x' } }, 'CONFLICT_STALE_PLAN'],
      [
        { ...target.locations, approval: { ...approve(plan).approval, accept: [] } },
        'CONFLICT_APPROVAL_MISMATCH',
      ],
    ];
    for (const [options, expected] of attempts)
      await expect(importState(snapshot, options as never)).rejects.toThrow(failing(expected));
    expect(target.files()).toEqual({});
    expect(elsewhere.files()).toEqual({});
  });
});

it('code that is on the target already need not be in the snapshot', async () => {
  const target = makeHost();
  target.install('mine', { code: 'shared' });
  const lean = await Snapshot.fromJson(
    JSON.stringify(documentOf([{ id: 'theirs', code: componentBytes('shared') }])),
  );
  await importState(lean, { ...target.locations, approval: 'all' });
  expect(target.files()['theirs.wasm']).toEqual(componentBytes('shared'));
});

it('one binary under two ids is installed under both', async () => {
  const target = makeHost();
  const made = ['a', 'b'].map((id) => ({ id, code: componentBytes('same') }));
  await importState(await Snapshot.fromJson(fileWithCode(made)), { ...target.locations, approval: 'all' });
  expect(target.files()).toEqual({ 'a.wasm': componentBytes('same'), 'b.wasm': componentBytes('same') });
});
