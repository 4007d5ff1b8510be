// Imports whose policies would let a component reach what decides about rights, or other hosts than people read.
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportState, importState, planImportState, Snapshot, undoImport } from '../../src/index.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { refused, snapshotOf } from '../fixtures/refused-import.ts';

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

  it("is told at export as what hosts with the same directories refuse, where it reaches this host's", async () => {
    const { locations, install } = makeHost();
    const root = path.dirname(locations.componentDir);
    const text = (uri: string) =>
      `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: ${uri}\n      access: [read]\n`;
    install('absolute', { policy: text(`fs://${root}`) });
    install('relative', { policy: text('fs://.wassette-state') });
    const exported = await exportState({ ...locations, includeBinaries: true });
    expect(exported.notes).toEqual([
      `"absolute": a host that keeps its components, secrets or state where this one does will refuse its grant to read "${root}": it reaches the component directory "${locations.componentDir}"`,
      expect.stringMatching(/^"relative": another host will refuse its grant to read ".wassette-state"/),
    ]);
    const snapshot = await Snapshot.fromJson(await exported.toJson());
    expect(
      (await planImportState(snapshot, { ...makeHost().locations, componentFilter: ['absolute'] })).steps,
    ).toMatchObject([{ action: 'add' }]);
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
    '"a": its network host "http://docs.example@127.0.0.1", with which it may reach "127.0.0.1" over http';

  it('is refused with component, line and host, also by the command that reviews', async () => {
    const snapshot = await snapshotOf({ id: 'a', policy });
    const target = makeHost();
    await refused(target, snapshot, 'POLICY_FORBIDDEN_GRANT');
    await expect(planImportState(snapshot, target.locations)).rejects.toThrow(
      /^component "a": policy line [0-9]+: with the network host .* it would reach "127\.0\.0\.1" over http$/,
    );
  });

  it('is told at export, comes back on its own host and by undo, and can be taken by name', async () => {
    const target = makeHost();
    target.install('a', { policy });
    const exported = await exportState({ ...target.locations, includeBinaries: true });
    expect(exported.notes).toEqual([
      '"a": another host will refuse its network host "http://docs.example@127.0.0.1", with which it may reach "127.0.0.1" over http',
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
