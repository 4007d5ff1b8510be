// Signatures go wherever their snapshot goes, and hold there.
import path from 'node:path';
import { expect, it } from 'vitest';
import { exportState, openSnapshot, Snapshot, signSnapshot, verifySnapshot } from '../src/index.ts';
import { makeHost, policyText } from './fixtures/host.ts';
import { testKey } from './fixtures/signing.ts';

it('signatures go through text, file and value unchanged, and hold in each', async () => {
  const { locations, install } = makeHost();
  install('a', { policy: policyText() });
  const signers = [{ key: testKey('ed25519'), ssh: true }, { key: testKey('p256') }];
  const made = await exportState({ ...locations, includeBinaries: true, signers });
  const text = await made.toJson();
  const file = path.join(path.dirname(locations.componentDir), 't.json');
  await (await Snapshot.fromJson(text)).saveToFile(file);
  const opened = await openSnapshot(file, locations);
  expect(opened.signatures).toEqual(made.signatures);
  const { signatures, problem } = await verifySnapshot(file, locations);
  expect(problem).toBeNull();
  expect(signatures.map(({ kind, over }) => `${kind} ${over}`)).toEqual([
    'sigstore document',
    'sigstore manifest',
    'ssh document',
    'sigstore document',
    'sigstore manifest',
  ]);
  // Signing again what came back adds nothing.
  expect((await signSnapshot(file, signers, locations)).changed).toBe(false);
  expect(await (await openSnapshot(file, locations)).toJson()).toBe(text);
});
