// Copies of a snapshot between places, which are the very same snapshot with the same signatures.
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { SigningKey } from '../src/codec/keys/signing-key.ts';
import { copySnapshot } from '../src/copy.ts';
import { exportStateTo } from '../src/export.ts';
import { openSnapshot } from '../src/open.ts';
import { signSnapshot } from '../src/sign.ts';
import { verifySnapshot } from '../src/verify.ts';
import { componentBytes } from './fixtures/components/component.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, type TestHost } from './fixtures/host.ts';
import { pushImage, wasmLayer } from './fixtures/servers/registries/component-images.ts';
import { MemoryRegistry } from './fixtures/servers/registries/memory-registry.ts';

let a: TestHost;
let b: TestHost;
let folder: string;

beforeEach(() => {
  a = makeHost();
  b = makeHost();
  a.install('weather');
  a.install('notes');
  folder = path.dirname(a.locations.componentDir);
});

const key = SigningKey.parse(
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
);
const code = { includeBinaries: true };

test('a manifest, which would be another snapshot, is no place for a copy', async () => {
  await exportStateTo({ name: 'first' }, a.locations);
  const file = path.join(folder, 'first.yaml');
  for (const includeBinaries of [true, false, undefined]) {
    await expect(copySnapshot('first', { file }, { ...a.locations, includeBinaries })).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT', { hint: expect.stringContaining('as a manifest') }),
    );
  }
  expect(existsSync(file)).toBe(false);
});

describe('a copy is the same snapshot, with its code and its signatures,', () => {
  test.each(['file', 'store'])('whether it comes from a file or the store: %s', async (kind) => {
    const first = path.join(folder, 'first.json');
    const from = kind === 'file' ? first : 'first';
    await exportStateTo(kind === 'file' ? { file: first } : { name: 'first' }, { ...a.locations, ...code });
    const { digest } = await signSnapshot(from, [{ key }], a.locations);
    const file = path.join(folder, 'second.json');
    const there = await copySnapshot(from, { file }, a.locations);
    expect(there).toMatchObject({ digest, changed: true, carriesBinaries: true });
    const onward = await copySnapshot(file, { name: 'third' }, b.locations);
    expect(onward).toMatchObject({ digest, changed: true });
    for (const [reference, site] of [
      [file, a],
      ['third', b],
    ] as const) {
      const snapshot = await openSnapshot(reference, site.locations);
      expect(await snapshot.validate()).toBeGreaterThan(0);
      const keys = [key.publicKey];
      const { problem, signatures } = await verifySnapshot(reference, { ...site.locations, keys });
      expect([problem, signatures.length]).toEqual([null, 2]);
    }
    for (const to of [{ file }, { name: 'third' }]) {
      const again = await copySnapshot(file, to, b.locations);
      expect(again).toMatchObject({ digest, changed: false, transfer: { sent: { blobs: 0 } } });
    }
  });

  test('although another with the same contents is there', async () => {
    const file = path.join(folder, 'old.json');
    const now = { ...a.locations, ...code };
    await exportStateTo({ file }, now);
    const { document } = await openSnapshot(file);
    const copied = await copySnapshot(file, { name: 'tools' }, b.locations);
    expect(copied.document).toEqual(document);
    await copySnapshot(file, { name: 'other' }, b.locations);
    expect((await openSnapshot('other', b.locations)).digest).toBe(copied.digest);
  });
});

describe('a copy without code', () => {
  test('stays without it in a file, and takes it from the local store for another place', async () => {
    const bare = path.join(folder, 'bare.json');
    await exportStateTo({ file: bare }, a.locations);
    const again = await copySnapshot(bare, { file: path.join(folder, 'again.json') }, a.locations);
    expect(again).toMatchObject({ changed: true, carriesBinaries: false });
    await expect(copySnapshot(bare, { name: 'tools' }, b.locations)).rejects.toThrow(
      failing('VERIFY_PART_MISSING'),
    );
    await expect(openSnapshot('tools', b.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await exportStateTo({ name: 'here' }, a.locations);
    await copySnapshot(bare, { name: 'tools' }, a.locations);
    expect(await (await openSnapshot('tools', a.locations)).validate()).toBeGreaterThan(0);
  });

  test('takes what is nowhere here from where the snapshot says it is, and only that', async () => {
    const registry = await MemoryRegistry.start();
    const uri = `oci://${registry.address}/team`;
    for (const id of ['notes', 'weather'])
      pushImage(registry, `team/${id}`, '1', [wasmLayer(componentBytes(id))]);
    const bare = path.join(folder, 'bare.json');
    const sources = { notes: `${uri}/notes:1`, weather: `${uri}/weather:1` };
    await exportStateTo({ file: bare }, { ...a.locations, sources });
    await expect(copySnapshot(bare, { name: 'tools' }, b.locations)).rejects.toThrow(
      failing('POLICY_OUTSIDE_FENCE'),
    );
    expect(registry.asked).toEqual([]);
    const elsewhere = { ...b.locations, fetchFrom: ['oci://registry.example'], fetchElsewhere: false };
    const refused = copySnapshot(bare, { name: 'tools' }, elsewhere);
    await expect(refused).rejects.toThrow(failing('POLICY_OUTSIDE_FENCE'));
    const options = { ...b.locations, fetchFrom: [uri] };
    const { notes } = await copySnapshot(bare, { name: 'tools' }, options);
    expect(notes.join()).toContain(`"weather" from "${uri}/weather:1"`);
    expect(await (await openSnapshot('tools', b.locations)).validate()).toBeGreaterThan(0);
    registry.asked.length = 0;
    await copySnapshot(bare, { name: 'again' }, options);
    await copySnapshot(bare, { file: path.join(folder, 'again.json') }, options);
    expect(registry.asked).toEqual([]);
  });

  test('is made of one with code where that is asked for', async () => {
    await exportStateTo({ name: 'tools' }, a.locations);
    const file = path.join(folder, 'bare.json');
    await copySnapshot('tools', { file }, { ...a.locations, includeBinaries: false });
    expect((await openSnapshot(file)).carriesBinaries).toBe(false);
  });
});

test('a copy of nothing, or to two places, is refused, and leaves nothing', async () => {
  const file = path.join(folder, 'copy.json');
  await expect(copySnapshot('tools', { file }, a.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  await exportStateTo({ name: 'tools' }, a.locations);
  await expect(copySnapshot('tools', { file, name: 'x' }, a.locations)).rejects.toThrow(
    failing('USAGE_BAD_ARGUMENT'),
  );
  await expect(openSnapshot(file)).rejects.toThrow(failing('STORE_NOT_FOUND'));
});
