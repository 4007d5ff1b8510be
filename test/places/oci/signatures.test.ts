import { beforeEach, describe, expect, it } from 'vitest';
import { SUBJECT } from '../../../src/snapshot/signatures/oci-referrer.ts';
import type { Signer } from '../../../src/snapshot/signatures/signing.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { failing } from '../../fixtures/failing.ts';
import { testKey } from '../../fixtures/signing.ts';
import { chunksOf, sampleSnapshot } from '../sample-snapshot.ts';
import { blobKeyOf, DAY_MS, MemoryLayout } from './memory-layout.ts';

const ed: Signer = { key: testKey('ed25519'), ssh: true };
const p256: Signer = { key: testKey('p256') };

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

async function write(ids: string[], options: { name?: string; signers?: Signer[]; createdAt?: number } = {}) {
  const { content, blobs } = sampleSnapshot(ids, options);
  return store.layout.write(content, blobs, options);
}

async function held(reference: string): Promise<string[]> {
  const { signatures, content } = await store.layout.open(reference);
  return checkSignatures(signatures, content, []).map(
    ({ kind, signer, problem }) => problem?.code ?? `${kind} ${signer!.kind}`,
  );
}

const OF_ED = ['sigstore ed25519', 'sigstore ed25519', 'ssh ed25519'];
const OF_P256 = ['sigstore p256', 'sigstore p256'];

describe('signatures in a layout (F-14.5)', () => {
  it('are images that refer to the manifest of the snapshot, as cosign looks for them', async () => {
    const { digest } = await write(['a'], { signers: [ed] });
    expect(await held(digest)).toEqual(OF_ED);
    const [snapshot, ...entries] = (await store.index()).manifests;
    expect(entries).toHaveLength(3);
    for (const entry of entries) {
      expect(entry.annotations).toEqual({ [SUBJECT]: snapshot!.digest });
      const { subject, layers, config, artifactType } = JSON.parse(await store.text(blobKeyOf(entry.digest)));
      expect(subject).toMatchObject({ digest: snapshot!.digest, size: snapshot!.size });
      expect(await store.text(blobKeyOf(config.digest))).toBe('{}');
      expect(layers).toEqual([expect.objectContaining({ mediaType: artifactType })]);
      await store.text(blobKeyOf(layers[0].digest));
    }
  });

  it('are added to the snapshot that is there, each once', async () => {
    const first = await write(['a'], { name: 'tools' });
    expect(await write(['a'], { name: 'tools', signers: [ed], createdAt: 5 })).toMatchObject({
      digest: first.digest,
      changed: true,
    });
    expect(await store.layout.sign('tools', { signers: [p256] })).toMatchObject({ changed: true });
    expect(await held('tools')).toEqual([...OF_ED, ...OF_P256]);
    const index = await store.index();
    expect(await store.layout.sign('tools', { signers: [p256, ed] })).toMatchObject({ changed: false });
    expect(await store.index()).toEqual(index);
  });

  it('are of their snapshot alone, and no snapshots in a listing', async () => {
    await write(['a'], { name: 'one', signers: [ed] });
    await write(['b'], { name: 'two' });
    expect(await held('two')).toEqual([]);
    expect((await store.layout.list()).flatMap(({ names }) => names).sort()).toEqual(['one', 'two']);
  });

  it('are found where a program that copied the layout dropped the annotations', async () => {
    const { digest } = await write(['a'], { signers: [p256] });
    const index = await store.index();
    const manifests = index.manifests.map(({ annotations: _dropped, ...entry }) => entry);
    const text = JSON.stringify({ ...index, manifests });
    await store.driver.put('index.json', chunksOf(text));
    expect(await held(digest)).toEqual(OF_P256);
    expect(await store.layout.list()).toHaveLength(1);
  });

  it('stay when the store is pruned, and go with their snapshot', async () => {
    await write(['a'], { name: 'kept', signers: [p256] });
    await write(['b'], { signers: [ed] });
    store.now += DAY_MS + 1;
    const result = await store.layout.prune({ keep: { blobs: new Set() }, now: store.now });
    expect(result).toMatchObject({ removedSnapshots: [expect.any(String)], kept: { snapshots: 1 } });
    expect(await held('kept')).toEqual(OF_P256);
    await store.layout.remove('kept');
    expect((await store.index()).manifests).toEqual([]);
    store.now += DAY_MS + 1;
    await store.layout.prune({ keep: { blobs: new Set() }, now: store.now });
    expect(await store.keys()).toEqual(['index.json', 'oci-layout']);
  });

  it('stay while their snapshot has another name', async () => {
    await write(['a'], { name: 'one', signers: [p256] });
    await write(['a'], { name: 'two' });
    await store.layout.remove('one');
    expect(await held('two')).toEqual(OF_P256);
  });

  it('are an error where the store lacks them or has them altered', async () => {
    const { digest } = await write(['a'], { signers: [p256] });
    const [, entry] = (await store.index()).manifests;
    const { layers } = JSON.parse(await store.text(blobKeyOf(entry!.digest)));
    await store.driver.delete(blobKeyOf(layers[0].digest));
    await expect(store.layout.open(digest)).rejects.toThrow(failing('VERIFY_PART_MISSING'));
  });
});
