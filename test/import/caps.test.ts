// Imports under an operator's policy: what is within it comes, what is beyond changes nothing.
import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  exportState,
  exportStateTo,
  importState,
  openSnapshot,
  planImportState,
  readOperatorPolicy,
  Snapshot,
  undoImport,
} from '../../src/index.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { fileWithCode } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import {
  operatorPolicy,
  operatorPolicyFile,
  operatorPolicyText,
  type Rules,
} from '../fixtures/operator-policy.ts';
import { refused, snapshotOf } from '../fixtures/refused-import.ts';
import { testKey } from '../fixtures/signing.ts';

const BEYOND = 'POLICY_BEYOND_CAPS';
const asking = (...network: string[]) => snapshotOf({ id: 'a', policy: policyText({ network }) });

describe("an import under the operator's policy (F-17.6)", () => {
  const policy = operatorPolicy({ hosts: '[a.example]' });

  it('comes where it is within', async () => {
    const host = makeHost();
    const { applied } = await importState(await asking('a.example'), {
      ...host.locations,
      policy,
      approval: 'all',
    });
    expect(applied).toHaveLength(1);
  });

  it('is refused where it is beyond, with the rule and its line and nothing else of the policy', async () => {
    const host = makeHost();
    const snapshot = await asking('b.example');
    await refused(host, snapshot, BEYOND, { policy });
    const refusal = await planImportState(snapshot, { ...host.locations, policy }).catch((error) => error);
    expect(refusal.toJSON()).toEqual({
      code: BEYOND,
      message: '"a" may reach "b.example": line 6 of the operator policy (hosts) does not allow it',
      hint: 'import only what that policy allows; only the operator can change it',
      details: {
        rule: 'hosts',
        line: 6,
        component_ids: ['a'],
        refused: ['"a" may reach "b.example": line 6 of the operator policy (hosts) does not allow it'],
      },
    });
  });

  it('is refused where the plan was made and approved before the policy was', async () => {
    const host = makeHost();
    const snapshot = await asking('b.example');
    const { digest, nonce, sentences } = await planImportState(snapshot, host.locations);
    const approval = { approve: digest, accept: sentences.map(({ text }) => text), nonce };
    const options = { ...host.locations, approval };
    await expect(importState(snapshot, { ...options, policy })).rejects.toThrow(failing(BEYOND));
    expect(host.files()).toEqual({});
    expect((await importState(snapshot, options)).applied).toHaveLength(1);
  });

  it('is refused whatever is taken by name', async () => {
    const entry = 'http://docs.example@127.0.0.1';
    const snapshot = await snapshotOf({ id: 'a', policy: policyText({ network: [entry] }) });
    const allowGrants = [{ component_id: 'a', entry }];
    await refused(makeHost(), snapshot, BEYOND, { policy, allowGrants });
  });

  it('is refused as a whole where one of its components is beyond, and comes without it', async () => {
    const host = makeHost();
    const snapshot = await snapshotOf(
      { id: 'a', policy: policyText({ network: ['a.example'] }) },
      { id: 'b', policy: policyText({ network: ['b.example'] }) },
    );
    await refused(host, snapshot, BEYOND, { policy });
    const only = { ...host.locations, policy, approval: 'all', componentFilter: ['a'] } as const;
    expect((await importState(snapshot, only)).applied).toHaveLength(1);
  });

  it('does not bind an undo, which warns of what it brings back', async () => {
    const host = makeHost();
    host.install('a', { policy: policyText({ network: ['b.example'] }) });
    const by = { ...host.locations, approval: 'all' } as const;
    await importState(await snapshotOf({ id: 'c', policy: policyText() }), { ...by, removeExtra: true });
    const { plan } = await undoImport({
      ...by,
      policy: operatorPolicy({ hosts: '[]', component_ids: '[c]' }),
    });
    expect(plan.warnings).toEqual(
      expect.arrayContaining([
        '"a" may reach "b.example": line 6 of the operator policy (hosts) does not allow it to an import',
        expect.stringMatching(
          /^"a" .* line 2 of the operator policy \(component_ids\) does not allow it to an import$/,
        ),
      ]),
    );
    expect(Object.keys(host.files())).toEqual(['a.policy.yaml', 'a.wasm']);
  });
});

describe('the directories of a policy (F-17.4)', () => {
  const granting = (uri: string) =>
    snapshotOf({
      id: 'a',
      policy: `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: fs://${uri}\n      access: [read]\n`,
    });

  it('are followed on this host, those of the rule and those of the grant', async () => {
    const host = makeHost();
    const root = path.dirname(host.locations.componentDir);
    mkdirSync(path.join(root, 'disk/data'), { recursive: true });
    mkdirSync(path.join(root, 'other'));
    symlinkSync(path.join(root, 'disk'), path.join(root, 'srv'));
    symlinkSync(path.join(root, 'other'), path.join(root, 'disk/data/out'));
    symlinkSync(path.join(root, 'disk/data'), path.join(root, 'in'));
    const policy = operatorPolicy({ directories: `[{ path: ${root}/srv/data, access: [read] }]` });
    const options = { ...host.locations, policy };
    for (const within of ['srv/data', 'disk/data', 'srv/data/new', 'disk/data/new'])
      expect(await planImportState(await granting(`${root}/${within}`), options)).toBeDefined();
    for (const beyond of ['srv', 'srv/data/out', 'disk/data/out/x', 'in', 'other'])
      await expect(planImportState(await granting(`${root}/${beyond}`), options), beyond).rejects.toThrow(
        failing(BEYOND),
      );
  });
});

describe('the sources of a policy (F-17.5)', () => {
  it('are the place of the snapshot, and a text that was handed over has none', async () => {
    const host = makeHost();
    host.install('a', { policy: policyText() });
    const root = path.dirname(host.locations.componentDir);
    const file = path.join(root, 'a.json');
    await (await exportState({ ...host.locations, includeBinaries: true })).saveToFile(file);
    await exportStateTo({ name: 'tools' }, host.locations);
    const target = makeHost({ stateDir: host.locations.stateDir });
    const plan = async (snapshot: Snapshot, sources: string) =>
      planImportState(snapshot, { ...target.locations, policy: operatorPolicy({ sources }) });
    const opened = await openSnapshot(file, target.locations);
    const stored = await openSnapshot('tools', target.locations);
    expect(await plan(opened, `[${root}]`)).toBeDefined();
    expect(await plan(await Snapshot.loadFromFile(file), `[${root}]`)).toBeDefined();
    expect(await plan(stored, '[store]')).toBeDefined();
    await expect(plan(opened, '[store]')).rejects.toThrow(failing(BEYOND));
    await expect(plan(stored, `[${root}]`)).rejects.toThrow(failing(BEYOND));
    await expect(plan(await Snapshot.fromJson(await opened.toJson()), `[store, ${root}]`)).rejects.toThrow(
      failing(BEYOND),
    );
  });

  it('are also those of the code that a manifest names, and the manifest is read before its code is fetched', async () => {
    const host = makeHost();
    const root = path.dirname(host.locations.componentDir);
    const code = path.join(root, 'code');
    mkdirSync(code);
    writeFileSync(path.join(code, 'a.wasm'), componentBytes('a'));
    const manifest = path.join(root, 'deployment.yaml');
    writeFileSync(
      manifest,
      `version: 1\ncomponents:\n- uri: file://${code}/a.wasm\n  permissions:\n    network:\n      allow:\n      - host: a.example\n`,
    );
    const plan = async (rules: object) => {
      const snapshot = await openSnapshot(manifest, host.locations);
      return planImportState(snapshot, { ...host.locations, policy: operatorPolicy(rules) });
    };
    expect(await plan({ sources: `[${manifest}, ${code}]`, hosts: '[a.example]' })).toBeDefined();
    await expect(plan({ sources: `[${manifest}]` })).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`the code of "a" comes from "${code}/a.wasm"`),
      }),
    );
    await expect(plan({ hosts: '[]' })).rejects.toThrow(failing(BEYOND));
  });
});

describe('the signers of a policy (F-17.9)', () => {
  const [alice, bob] = [testKey('ed25519'), testKey('p256')];

  it('have signed, and are accepted by the list of this host; an undo needs none of them', async () => {
    const host = makeHost();
    const root = path.dirname(host.locations.componentDir);
    const allowedSigners = path.join(root, 'signers');
    const lines = [
      ['alice', alice],
      ['bob', bob],
    ] as const;
    writeFileSync(
      allowedSigners,
      lines.map(([name, key]) => `${name} namespaces="wassette-state" ${key.publicKey.sshLine}\n`).join(''),
      { mode: 0o600 },
    );
    const giver = makeHost({ stateDir: host.locations.stateDir });
    giver.install('a', { policy: policyText() });
    await exportStateTo({ name: 'by-alice' }, { ...giver.locations, signers: [{ key: alice }] });
    giver.install('a', { code: 'other', policy: policyText() });
    await exportStateTo({ name: 'by-bob' }, { ...giver.locations, signers: [{ key: bob }] });
    giver.install('a', { code: 'third', policy: policyText() });
    await exportStateTo({ name: 'by-nobody' }, giver.locations);
    const plan = async (name: string, rules: Rules) =>
      planImportState(await openSnapshot(name, host.locations), {
        ...host.locations,
        allowedSigners,
        policy: operatorPolicy(rules),
      });
    const onlyAlice = { signers: '[alice]' };
    expect(await plan('by-alice', onlyAlice)).toBeDefined();
    for (const name of ['by-bob', 'by-nobody'])
      await expect(plan(name, onlyAlice)).rejects.toThrow(failing(BEYOND));
    const anybody = { require_signature: 'true' };
    for (const name of ['by-alice', 'by-bob']) expect(await plan(name, anybody)).toBeDefined();
    await expect(plan('by-nobody', anybody)).rejects.toThrow(failing(BEYOND));
    const by = { ...host.locations, approval: 'all' } as const;
    await importState(await openSnapshot('by-nobody', host.locations), by);
    const { plan: back } = await undoImport({ ...by, policy: operatorPolicy({ ...onlyAlice, ...anybody }) });
    expect(back.warnings.filter((warning) => warning.includes('operator policy'))).toEqual([]);
  });
});

describe('the file of a policy (F-17.7)', () => {
  const read = (host: TestHost, policyFile: string) => readOperatorPolicy({ ...host.locations, policyFile });

  it('is read where only its user can write it, through a link as well', async () => {
    const file = operatorPolicyFile({ hosts: '[]' });
    const link = `${path.dirname(file)}/link.yaml`;
    symlinkSync(file, link);
    expect((await read(makeHost(), link))?.file).toBe(file);
  });

  it.each<[string, (file: string) => string, string]>([
    ['is not there', (file) => `${file}.missing`, 'STORE_NOT_FOUND'],
    ['is a directory', (file) => path.dirname(file), 'STORE_UNSAFE_FILE'],
    ['may be written by its group', (file) => changed(file, 0o660), 'STORE_UNTRUSTED_FILE'],
    ['may be written by everybody', (file) => changed(file, 0o606), 'STORE_UNTRUSTED_FILE'],
    ['lies in a folder of everybody', (file) => inFolder(file, 0o777), 'STORE_UNTRUSTED_FILE'],
  ])('is refused where it %s', async (_what, make, code) => {
    const file = make(operatorPolicyFile());
    await expect(read(makeHost(), file)).rejects.toThrow(failing(code));
  });

  it('may lie in a folder in which others can replace nothing of ours', async () => {
    expect(await read(makeHost(), inFolder(operatorPolicyFile(), 0o1777))).not.toBeNull();
  });

  it('is refused in the component directory, also by a link to it there', async () => {
    const host = makeHost();
    const inside = path.join(host.locations.componentDir, 'policy.yaml');
    writeFileSync(inside, operatorPolicyText(), { mode: 0o600 });
    await expect(read(host, inside)).rejects.toThrow(failing('STORE_UNTRUSTED_FILE'));
    const link = path.join(path.dirname(host.locations.componentDir), 'policy.yaml');
    symlinkSync(inside, link);
    await expect(read(host, link)).rejects.toThrow(failing('STORE_UNTRUSTED_FILE'));
  });

  it('is not overwritten by an export, whether or not it is there, and by no component that could write beside it', async () => {
    const host = makeHost();
    host.install('a');
    const file = operatorPolicyFile({ hosts: '[]' });
    const folder = path.dirname(file);
    const beside = path.join(folder, 'second.yaml');
    for (const policyFile of [file, beside])
      await expect(exportStateTo({ file: policyFile }, { ...host.locations, policyFile })).rejects.toThrow(
        failing('POLICY_OUTSIDE_FENCE'),
      );
    linkSync(file, beside);
    await expect(exportStateTo({ file: beside }, { ...host.locations, policyFile: file })).rejects.toThrow(
      failing('STORE_EXISTS'),
    );
    const policy = (await read(host, file))!;
    const granting = async (access: string) =>
      Snapshot.fromJson(
        fileWithCode([
          {
            id: 'b',
            policy: `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: fs://${folder}\n      access: [${access}]\n`,
          },
        ]),
      );
    await refused(host, await granting('write'), 'POLICY_FORBIDDEN_GRANT', { policy });
    expect(await planImportState(await granting('read'), { ...host.locations, policy })).toBeDefined();
  });
});

function changed(file: string, mode: number): string {
  chmodSync(file, mode);
  return file;
}

function inFolder(file: string, mode: number): string {
  const folder = `${path.dirname(file)}/folder`;
  mkdirSync(folder);
  chmodSync(folder, mode);
  const moved = path.join(folder, 'policy.yaml');
  renameSync(file, moved);
  return moved;
}
