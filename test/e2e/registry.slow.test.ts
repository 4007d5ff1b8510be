// A state goes from one host to another, with nothing between them but a registry: signed, checked, and taken back.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  exportStateTo,
  importState,
  listSnapshot,
  openSnapshot,
  SigningKey,
  signSnapshot,
  undoImport,
  verifySnapshot,
} from '../../src/index.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText } from '../fixtures/host.ts';
import { type Registry, startDebianRegistry } from '../fixtures/servers/registries/registries.ts';
import { testKey } from '../fixtures/signing.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await startDebianRegistry();
});
afterAll(() => registry.stop());

const alice = testKey('ed25519');
const bob = testKey('p256');

it('a signed state is exported to a registry, and imported on another host that requires the signature', async () => {
  const source = makeHost();
  source.install('weather', { policy: policyText({ network: ['api.weather.example'] }) });
  source.install('clock', { policy: policyText() });
  const file = `oci://${registry.address}/team/tools:1`;
  const exported = await exportStateTo({ file }, { ...source.locations, signers: [{ key: alice }] });
  expect(exported).toMatchObject({ changed: true, carriesBinaries: true, transfer: { sent: { blobs: 2 } } });
  expect(exported.reference).toMatch(/^oci:\/\/.+\/team\/tools:1@sha256:[0-9a-f]{64}$/);
  // The same again is left alone.
  expect(await exportStateTo({ file }, { ...source.locations, signers: [{ key: alice }] })).toMatchObject({
    changed: false,
    reference: exported.reference,
  });

  const target = makeHost();
  const allowedSigners = path.join(path.dirname(target.locations.componentDir), 'signers');
  writeFileSync(allowedSigners, `alice namespaces="wassette-state" ${alice.publicKey.sshLine}\n`);
  const here = { ...target.locations, allowedSigners, requireSignature: true };
  const snapshot = await openSnapshot(exported.reference, here);
  expect(listSnapshot(snapshot).map(({ component_id }) => component_id)).toEqual(['clock', 'weather']);
  expect((await verifySnapshot(exported.reference, target.locations)).signatures).toHaveLength(2);
  await importState(snapshot, { ...here, approval: 'all' });
  expect(target.files()).toMatchObject(source.files());
  await undoImport({ ...target.locations, approval: 'all' });
  expect(target.files()).toEqual({});
});

it('a snapshot in a registry is signed there, and is refused before that', async () => {
  const source = makeHost();
  source.install('clock', { policy: policyText() });
  const file = `oci://${registry.address}/team/unsigned`;
  await exportStateTo({ file }, source.locations);
  const target = makeHost();
  const allowedSigners = path.join(path.dirname(target.locations.componentDir), 'signers');
  writeFileSync(allowedSigners, `bob namespaces="wassette-state" ${bob.publicKey.sshLine}\n`);
  const here = { ...target.locations, allowedSigners, requireSignature: true, approval: 'all' as const };
  const imported = async () => importState(await openSnapshot(file, here), here);
  await expect(imported()).rejects.toEqual(failing('POLICY_SIGNATURE_REQUIRED'));
  await signSnapshot(file, [{ key: bob }], source.locations);
  await imported();
  expect(target.files()).toMatchObject(source.files());
});

it('12 of our calls that sign one snapshot at the same time lose no signature', async () => {
  const source = makeHost();
  source.install('clock', { policy: policyText() });
  const file = `oci://${registry.address}/team/signed`;
  await exportStateTo({ file }, source.locations);
  const keys = Array.from({ length: 12 }, () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    return SigningKey.parse(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  });
  await Promise.all(keys.map((key) => signSnapshot(file, [{ key }], source.locations)));
  expect((await verifySnapshot(file, source.locations)).signatures).toHaveLength(24);
});
