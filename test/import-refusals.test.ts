// Imports that must not happen: a clear error with a code, and not one file of the target changed.

import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../src/codec/digest.ts';
import {
  exportState,
  exportStateTo,
  importState,
  openSnapshot,
  planImportState,
  Snapshot,
  undoImport,
} from '../src/index.ts';
import { componentBytes, coreModuleBytes } from './fixtures/component.ts';
import { documentOf, fileWithCode, type MadeComponent } from './fixtures/document.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from './fixtures/host.ts';
import { runLikeWassette, stop } from './fixtures/processes.ts';

const snapshotOf = (...made: MadeComponent[]) => Snapshot.fromJson(fileWithCode(made));

/** A target that has something to lose; nothing of it may change. */
async function refused(
  target: TestHost,
  snapshot: Snapshot,
  expected: string,
  options: object = {},
): Promise<void> {
  target.install('mine', { policy: policyText() });
  const before = target.files();
  await expect(importState(snapshot, { ...target.locations, ...options, approval: 'all' })).rejects.toThrow(
    failing(expected),
  );
  expect(target.files()).toEqual(before);
  const own = path.join(target.locations.componentDir, '.wassette-state');
  expect(
    readdirSync(target.locations.componentDir).includes('.wassette-state') ? readdirSync(own) : [],
  ).toEqual([]);
}

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

describe('a fs:// grant that reaches what decides about rights (F-8)', () => {
  const granting = (uri: string, access = 'write') =>
    snapshotOf({
      id: 'a',
      policy: `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: ${JSON.stringify(uri)}\n      access: [${access}]\n`,
    });

  it.each([
    ['the component directory, absolute', (t: TestHost) => t.locations.componentDir],
    ['the component directory, relative', () => '.'],
    ['the component directory, empty', () => ''],
    ['our folder in it', () => '.wassette-state/staging-1'],
    ['a folder in which Wassette prepares a load', () => '.tmpAb12cD'],
    ['the way of one process', () => '/proc/self/cwd'],
    ['the way of one process, by a link', () => '/dev/fd/0'],
    ['its parent, relative', () => '..'],
    ['its parent, by a way round', () => 'x/../..'],
    ['the secrets directory', (t: TestHost) => t.locations.secretsDir],
    ['the secrets directory, relative', () => '../secrets'],
    ['the state directory, before it exists', (t: TestHost) => t.locations.stateDir],
    ['a folder in the state directory', (t: TestHost) => `${t.locations.stateDir}/snapshots`],
    ['with dots', (t: TestHost) => `/tmp/../${t.locations.componentDir}/.`],
    ['everything', () => '/'],
  ])('is refused: %s', async (_what, uri) => {
    for (const access of ['read', 'write']) {
      const target = makeHost();
      await refused(target, await granting(`fs://${uri(target)}`, access), 'POLICY_FORBIDDEN_GRANT');
    }
  });

  it('is refused through a link, to it or out of it, also on the way', async () => {
    const target = makeHost();
    const { componentDir, secretsDir } = target.locations;
    const aside = path.join(path.dirname(componentDir), 'aside');
    mkdirSync(aside);
    symlinkSync(componentDir, path.join(aside, 'to-components'));
    symlinkSync(secretsDir, path.join(aside, 'to-secrets'));
    symlinkSync(path.dirname(componentDir), path.join(aside, 'to-parent'));
    symlinkSync('/proc/self/cwd', path.join(componentDir, 'where'));
    symlinkSync('to-secrets/x', path.join(aside, 'to-a-folder-to-come'));
    symlinkSync('/dev/stdin', path.join(aside, 'input'));
    for (const uri of [
      `${aside}/to-components`,
      `${aside}/to-secrets/x`,
      `${aside}/to-parent/components`,
      'where',
      `${aside}/to-a-folder-to-come`,
      `${aside}/input`,
      `${aside}/to-parent/aside/input/x`,
      '../aside/to-components',
    ])
      await refused(target, await granting(`fs://${uri}`), 'POLICY_FORBIDDEN_GRANT');
  });

  it('is not one for data in the component directory, a link out of it included: said with what it opens', async () => {
    const target = makeHost();
    const { componentDir } = target.locations;
    const outside = path.join(path.dirname(componentDir), 'outside');
    mkdirSync(path.join(outside, 'deep'), { recursive: true });
    symlinkSync(path.join(outside, 'deep'), path.join(componentDir, 'out'));
    for (const [uri, real] of [
      ['data', path.join(componentDir, 'data')],
      ['out', path.join(outside, 'deep')],
      ['workspace/**', path.join(componentDir, 'workspace/**')],
    ] as const) {
      const plan = await planImportState(await granting(`fs://${uri}`), target.locations);
      const literal = uri.includes('*') ? ', a directory literally called so' : '';
      expect(plan.sentences.map((sentence) => sentence.text)).toContain(
        `"a" may write files in "${uri}"${literal}, which is "${real}", and see their names`,
      );
    }
  });

  it('is taken where the component has it here, by undo, or by name, and the warning says so', async () => {
    const target = makeHost();
    const { locations } = target;
    const { componentDir } = locations;
    const granted = await granting('fs://.');
    const by = { ...locations, approval: 'all' } as const;
    await refused(target, granted, 'POLICY_FORBIDDEN_GRANT');
    const allowGrants = [{ component_id: 'a', entry: 'fs://.' }];
    const taken = await importState(granted, { ...by, allowGrants });
    const warning = `"a": its grant to write ".", which is "${componentDir}": it reaches the component directory "${componentDir}"`;
    expect(taken.plan.warnings).toContain(warning);
    // Other code under the same policy, an import that takes the component away, and back by undo.
    target.install('a', { code: 'other' });
    expect((await importState(granted, by)).plan.warnings).toContain(warning);
    await importState(await snapshotOf({ id: 'b' }), { ...by, removeExtra: true });
    await refused(target, granted, 'POLICY_FORBIDDEN_GRANT');
    expect((await undoImport(by)).plan.warnings).toContain(warning);
    expect(target.files()['a.policy.yaml']).toBeDefined();
  });

  it('is told at export, and comes back on its own host', async () => {
    const target = makeHost();
    const { locations } = target;
    const policy = (uri: string) =>
      `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: ${uri}\n      access: [read]\n`;
    target.install('data', { policy: policy('fs://data') });
    target.install('up', { policy: policy('fs://../data') });
    const exported = await exportState({ ...locations, includeBinaries: true });
    expect(exported.notes).toEqual([
      `"up": another host will refuse its grant to read "../data", which is "${path.dirname(locations.componentDir)}/data": it leads through ".."`,
    ]);
    const snapshot = await Snapshot.fromJson(await exported.toJson());
    target.install('up', { code: 'other', policy: policy('fs://../data') });
    const { applied } = await importState(snapshot, { ...locations, approval: 'all' });
    expect(applied.map(({ component_id }) => component_id)).toEqual(['up']);
    await refused(makeHost(), snapshot, 'POLICY_FORBIDDEN_GRANT');
  });

  it('and that is very long is refused by its length, in a short message', async () => {
    const snapshot = await granting(`fs:///../${'z/'.repeat(100_000)}`);
    const refusal = await planImportState(snapshot, makeHost().locations).catch((error: Error) => error);
    expect(refusal).toEqual(failing('POLICY_FORBIDDEN_GRANT'));
    expect((refusal as Error).message.length).toBeLessThan(400);
  });

  it('is told at export by its length where it is too long for a person, as other values are', async () => {
    const long = (length: number) => 'z'.repeat(length);
    const target = makeHost();
    target.install('host', { policy: policyText({ network: [long(254)] }) });
    target.install('variable', { policy: policyText({ environment: [long(4_097)] }) });
    target.install('short', { policy: policyText({ environment: [long(4_096)] }) });
    const exported = await exportState({ ...target.locations, includeBinaries: true });
    expect(exported.notes).toEqual([
      expect.stringMatching(/^"host": another host will refuse its network entry of 254 characters/),
      expect.stringMatching(/^"variable": another host will refuse its environment entry of 4097 characters/),
    ]);
    await refused(makeHost(), await Snapshot.fromJson(await exported.toJson()), 'POLICY_FORBIDDEN_GRANT');
  });

  it('is not one to a directory beside them', async () => {
    const target = makeHost();
    const beside = `${target.locations.componentDir}-data`;
    const { applied } = await importState(await granting(`fs://${beside}`), {
      ...target.locations,
      approval: 'all',
    });
    expect(applied).toHaveLength(1);
  });
});

describe('a host that is not written as what Wassette reaches by it (F-8)', () => {
  const host = 'http://docs.example@127.0.0.1';
  const policy = policyText({ network: ['api.example.com', host] });
  const said =
    '"a": its network host "http://docs.example@127.0.0.1", by which it may reach "127.0.0.1" over http';

  it('is refused with component, line and host, also by the command that reviews', async () => {
    const snapshot = await snapshotOf({ id: 'a', policy });
    const target = makeHost();
    await refused(target, snapshot, 'POLICY_FORBIDDEN_GRANT');
    await expect(planImportState(snapshot, target.locations)).rejects.toThrow(
      /^component "a": policy line [0-9]+: by the network host .* it would reach "127\.0\.0\.1" over http$/,
    );
  });

  it('is told at export, comes back on its own host and by undo, and can be taken by name', async () => {
    const target = makeHost();
    target.install('a', { policy });
    const exported = await exportState({ ...target.locations, includeBinaries: true });
    expect(exported.notes).toEqual([
      '"a": another host will refuse its network host "http://docs.example@127.0.0.1", by which it may reach "127.0.0.1" over http',
    ]);
    const snapshot = await Snapshot.fromJson(await exported.toJson());
    target.install('a', { code: 'other', policy });
    const by = { ...target.locations, approval: 'all' } as const;
    expect((await importState(snapshot, by)).plan.warnings).toContain(said);
    await importState(await snapshotOf({ id: 'b' }), { ...by, removeExtra: true });
    await refused(target, snapshot, 'POLICY_FORBIDDEN_GRANT');
    expect((await undoImport(by)).plan.warnings).toContain(said);
    const allowGrants = [{ component_id: 'a', entry: host }];
    const other = makeHost();
    const taken = await importState(snapshot, { ...other.locations, approval: 'all', allowGrants });
    expect(taken.plan.warnings).toContain(said);
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
    const { applied } = await importState(await snapshotOf({ id: 'a' }), {
      ...target.locations,
      approval: 'all',
      force: true,
    });
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
