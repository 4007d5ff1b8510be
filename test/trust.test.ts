// Whose snapshots are imported: by an accepted signer where that is required, and by the signer of before where there was
// one.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  exportStateTo,
  type ImportOptions,
  importState,
  openSnapshot,
  planImportState,
  Snapshot,
  signSnapshot,
  undoImport,
} from '../src/index.ts';
import { resolveLocations } from '../src/wassette/locations.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from './fixtures/host.ts';
import { signatureVectors, testKey } from './fixtures/signing.ts';

let source: TestHost;
let target: TestHost;
let folder: string;
const [alice, bob] = [testKey('ed25519'), testKey('p256')];
const line = (name: string, { publicKey } = alice, options = 'namespaces="wassette-state"') =>
  `${name} ${options} ${publicKey.sshLine}\n`;

beforeEach(() => {
  source = makeHost();
  target = makeHost();
  folder = path.dirname(source.locations.componentDir);
  source.install('a', { policy: policyText() });
  accept(line('alice'));
});

const at = (name: string) => path.join(folder, name);
const accept = (text: string) => writeFileSync(at('signers'), text);
const trust = (): ImportOptions => ({ ...target.locations, allowedSigners: at('signers') });
const required = () => ({ ...trust(), requireSignature: true });

/** A file, with the signatures of these. */
async function written(name: string, ...keys: (typeof alice)[]) {
  const options = { ...source.locations, includeBinaries: true };
  await exportStateTo({ file: at(name) }, { ...options, signers: keys.map((key) => ({ key })) });
  return at(name);
}

const opened = (reference: string) => openSnapshot(reference, target.locations);
const imported = async (reference: string, options = trust()) =>
  importState(await opened(reference), { ...options, approval: 'all' });
const planned = async (reference: string, options = trust()) =>
  planImportState(await opened(reference), options);

/** Other code, so that the next import changes something. */
let version = 0;
const moveOn = () => source.install('a', { code: `version ${version++}`, policy: policyText() });

describe('where a signature is required', () => {
  it('a snapshot is imported that an accepted signer has signed', async () => {
    const { applied } = await imported(await written('t.json', alice), required());
    expect(applied).toHaveLength(1);
  });

  it('it is refused unsigned, before anything is planned', async () => {
    const file = await written('t.json');
    const refusal = failing('POLICY_SIGNATURE_REQUIRED');
    await expect(planned(file, required())).rejects.toThrow(refusal);
    await expect(imported(file, required())).rejects.toThrow(refusal);
    expect(target.files()).toEqual({});
  });

  it('it is refused signed by somebody else, and by whom is said', async () => {
    const refused = imported(await written('t.json', bob), required());
    await expect(refused).rejects.toThrow(
      failing('POLICY_SIGNER_NOT_ACCEPTED', { details: { signers: [bob.publicKey.fingerprint] } }),
    );
  });

  it('one accepted signer is enough, whoever else has signed and whatever is wrong', async () => {
    const file = await written('t.json', bob, alice);
    const { content, blobs, signatures, ...rest } = await opened(file);
    const altered = signatureVectors().find(({ name }) => name === 'signature_altered')!.signature;
    const snapshot = Snapshot.of({ ...rest, content, blobs, signatures: [altered, ...signatures] });
    const { plan } = await importState(snapshot, { ...required(), approval: 'all' });
    expect(plan.signers?.signers.map(({ names }) => names)).toEqual([[], ['alice']]);
    expect(plan.warnings[0]).toContain('VERIFY_BAD_SIGNATURE');
  });

  it('a right signature over other bytes is a wrong one, and no question of trust', async () => {
    const signed = await opened(await written('t.json', alice));
    moveOn();
    const { content, blobs, ...rest } = await opened(await written('u.json'));
    const moved = Snapshot.of({ ...rest, content, blobs, signatures: signed.signatures });
    await expect(planImportState(moved, required())).rejects.toThrow(failing('VERIFY_OTHER_SUBJECT'));
  });

  it.each([
    ['has ended', line('alice', alice, 'namespaces="wassette-state",valid-before="20200101Z"')],
    ['has not begun', line('alice', alice, 'namespaces="wassette-state",valid-after="29990101Z"')],
    ['is for something else', line('alice', alice, 'namespaces="git"')],
  ])('a signer whose acceptance %s is not accepted', async (_which, text) => {
    accept(text);
    const refused = imported(await written('t.json', alice), required());
    await expect(refused).rejects.toThrow(failing('POLICY_SIGNER_NOT_ACCEPTED'));
  });

  it('a list with a line that cannot be read accepts nobody', async () => {
    accept(`${line('alice')}bob\n`);
    const refused = imported(await written('t.json', alice), required());
    await expect(refused).rejects.toThrow(failing('FORMAT_INVALID_SIGNERS', { details: { line: 2 } }));
  });

  it('a list that was named and is not there is an error; the user need not have one', async () => {
    const file = await written('t.json', alice);
    const missing = { ...required(), allowedSigners: at('none') };
    await expect(imported(file, missing)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    const own = { ...required(), allowedSigners: undefined };
    await expect(imported(file, own)).rejects.toThrow(failing('POLICY_SIGNER_NOT_ACCEPTED'));
  });

  it('a manifest is refused before what it names is looked for', async () => {
    writeFileSync(at('m.yaml'), 'components:\n  - name: a\n    uri: oci://registry.example/a:1\n');
    await expect(openSnapshot(at('m.yaml'), required())).rejects.toThrow(
      failing('POLICY_SIGNATURE_REQUIRED'),
    );
  });

  it('an undo needs none', async () => {
    await imported(await written('t.json'));
    const { applied } = await undoImport({ ...required(), approval: 'all' });
    expect(applied).toHaveLength(1);
  });
});

describe('who signed a name', () => {
  const sentenceOf = async (file: string) =>
    (await planned(file)).sentences.find(({ kind }) => kind === 'signer')?.text ?? null;
  const fingerprint = ({ publicKey } = alice) => publicKey.fingerprint;

  it('is remembered at the first import, and that is said', async () => {
    const file = await written('t.json', alice);
    const plan = await planned(file);
    expect(plan.sentences.map(({ kind }) => kind)).toEqual(['add']);
    expect(plan.signers).toMatchObject({ name: file, remembered: null });
    const said = `the first signed import by this name: "${fingerprint()}" will be remembered as the signer of`;
    expect(plan.warnings[0]).toContain(said);
    await imported(file);
    moveOn();
    const next = await planned(await written('t.json', alice));
    expect(next.signers?.remembered).toEqual([fingerprint()]);
    expect(next.warnings).toEqual([]);
    expect(next.sentences.map(({ kind }) => kind)).toEqual(['code']);
  });

  it('has to be approved where it is another, in a sentence of its own', async () => {
    await imported(await written('t.json', alice));
    moveOn();
    const file = await written('t.json', bob);
    expect(await sentenceOf(file)).toBe(
      `the snapshot "${file}", until now signed by "${fingerprint()}", is signed by "${fingerprint(bob)}"`,
    );
    await imported(file);
    moveOn();
    expect(await sentenceOf(await written('t.json', bob))).toBeNull();
    moveOn();
    expect(await sentenceOf(await written('t.json', alice))).toContain(`signed by "${fingerprint(bob)}"`);
  });

  it('has to be approved where it is nobody any more, and is then forgotten', async () => {
    await imported(await written('t.json', alice));
    moveOn();
    expect(await sentenceOf(await written('t.json'))).toMatch(/ is signed by NOBODY$/);
    await imported(at('t.json'));
    moveOn();
    expect(await sentenceOf(await written('t.json'))).toBeNull();
    const signed = await planned(await written('t.json', bob));
    expect(signed.warnings[0]).toContain('the first signed import by this name');
    await imported(at('t.json'));
    moveOn();
    expect(await sentenceOf(await written('t.json', alice))).toContain(`signed by "${fingerprint(bob)}", is`);
  });

  it('is no other one where somebody has signed beside them', async () => {
    await imported(await written('t.json', alice));
    moveOn();
    expect(await sentenceOf(await written('t.json', bob, alice))).toBeNull();
    await imported(at('t.json'));
    moveOn();
    expect(await sentenceOf(await written('t.json', bob))).not.toBeNull();
  });

  it('is the accepted ones, where somebody else had signed as well', async () => {
    await imported(await written('t.json', bob, alice));
    moveOn();
    expect(await sentenceOf(await written('t.json', alice))).toBeNull();
  });

  it('is all of them, where none is accepted: each of them could have been added by a stranger', async () => {
    accept('');
    await imported(await written('t.json', bob, alice));
    moveOn();
    expect(await sentenceOf(await written('t.json', bob))).not.toBeNull();
  });

  it('is not remembered of a digest, nor of what was imported by another name', async () => {
    const shared = makeHost({ stateDir: target.locations.stateDir });
    shared.install('a', { policy: policyText() });
    const { digest } = await exportStateTo(
      { name: 'tools' },
      { ...shared.locations, signers: [{ key: alice }] },
    );
    await imported(digest.slice('sha256:'.length, 'sha256:'.length + 12));
    expect(readdirSync(target.locations.stateDir)).not.toContain('signers');
    expect((await planned('tools')).signers).toMatchObject({ name: 'tools', remembered: null });
  });

  it('is remembered of a name in the store', async () => {
    const shared = makeHost({ stateDir: target.locations.stateDir });
    shared.install('a', { policy: policyText() });
    await exportStateTo({ name: 'tools' }, { ...shared.locations, signers: [{ key: alice }] });
    await imported('tools');
    shared.install('a', { code: 'other', policy: policyText() });
    await exportStateTo({ name: 'tools' }, shared.locations);
    expect(await sentenceOf('tools')).toBe(
      `the snapshot "tools", until now signed by "${fingerprint()}", is signed by NOBODY`,
    );
  });

  it('is the one of before again after an undo', async () => {
    await imported(await written('t.json', alice));
    moveOn();
    await imported(await written('t.json', bob));
    await undoImport({ ...target.locations, approval: 'all' });
    expect(await sentenceOf(at('t.json'))).toContain(`until now signed by "${fingerprint()}"`);
    await undoImport({ ...target.locations, approval: 'all' });
    expect((await planned(at('t.json'))).signers?.remembered).toBeNull();
  });

  it('is not asked about where nothing changes', async () => {
    await imported(await written('t.json', alice));
    const plan = await planned(await written('t.json', bob));
    expect(plan.sentences).toEqual([]);
  });

  it('is part of what is approved: a signature that is taken away meanwhile makes the plan another one', async () => {
    const file = await written('t.json');
    await signSnapshot(file, [{ key: alice }], target.locations);
    const { digest, sentences, nonce } = await planned(file);
    const accept = sentences.map(({ text }) => text);
    const signed = await opened(file);
    const bare = Snapshot.of({ ...signed, blobs: signed.blobs, content: signed.content, signatures: [] });
    const approval = { approve: digest, accept, nonce };
    await expect(importState(bare, { ...trust(), approval })).rejects.toThrow(failing('CONFLICT_STALE_PLAN'));
    expect((await importState(signed, { ...trust(), approval })).applied).toHaveLength(1);
  });

  it('stops an import before anything changes where it could not be remembered', async () => {
    mkdirSync(target.locations.stateDir);
    symlinkSync(at('nowhere'), target.state.signers);
    await expect(imported(await written('t.json', alice))).rejects.toThrow(failing('STORE_NOT_FOUND'));
    expect(target.files()).toEqual({});
  });

  it('stops an undo before anything changes where another record of them cannot be read', async () => {
    await imported(await written('t.json', alice));
    const before = target.files();
    writeFileSync(path.join(target.state.signers, `${'0'.repeat(64)}.json`), '{"version":1');
    await expect(undoImport({ ...target.locations, approval: 'all' })).rejects.toThrow(
      failing('STORE_DAMAGED'),
    );
    expect(target.files()).toEqual(before);
  });

  it('stops an import where what is remembered cannot be read', async () => {
    await imported(await written('t.json', alice));
    const [record] = readdirSync(path.join(target.locations.stateDir, 'signers'));
    writeFileSync(path.join(target.locations.stateDir, 'signers', record!), '{"version":1');
    moveOn();
    await expect(planned(await written('t.json', alice))).rejects.toThrow(failing('STORE_DAMAGED'));
  });
});

describe('the list of accepted signers', () => {
  const granting = async (directory: string, access: string) => {
    source.install('b', {
      policy: `version: "1.0"\npermissions:\n  storage:\n    allow:\n      - uri: "fs://${directory}"\n        access: ["${access}"]\n`,
    });
    return written('t.json');
  };

  it('cannot be changed by a component: no import may grant it, nor the folder that it is in', async () => {
    const { signersFile } = await resolveLocations(target.locations);
    const own = await granting(path.dirname(signersFile), 'write');
    await expect(planned(own, target.locations)).rejects.toThrow(failing('POLICY_FORBIDDEN_GRANT'));
    const named = await granting(folder, 'write');
    await expect(planned(named)).rejects.toThrow(failing('POLICY_FORBIDDEN_GRANT'));
  });

  it('is no secret: it may be read', async () => {
    const { steps } = await planned(await granting(folder, 'read'));
    expect(steps.map(({ component_id }) => component_id)).toEqual(['a', 'b']);
  });
});
