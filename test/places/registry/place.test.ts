// The protocol with a registry, request by request.
import { describe, expect, it } from 'vitest';
import { collected } from '../../../src/codec/bytes.ts';
import { sha256Digest } from '../../../src/codec/digest.ts';
import { verified } from '../../../src/disk/blobs/blob.ts';
import { blobsOf } from '../../../src/disk/blobs/blobs.ts';
import { manifestFor } from '../../../src/snapshot/oci-manifest.ts';
import type { Signer } from '../../../src/snapshot/signatures/signing.ts';
import { failing } from '../../fixtures/failing.ts';
import {
  failed,
  MemoryRegistry,
  type RegistryHabits,
} from '../../fixtures/servers/registries/memory-registry.ts';
import { testKey } from '../../fixtures/signing.ts';
import { componentBytes, sampleSnapshot, sourceOfBytes } from '../sample-snapshot.ts';
import { registryPlace } from './registry-place.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const WANTED = { document: false, code: true, labels: false, secrets: false, signatures: false };
const signer: Signer = { key: testKey('ed25519') };

async function start(habits: RegistryHabits = {}) {
  const registry = await MemoryRegistry.start(habits);
  const uri = `oci://${registry.address}/team/tools`;
  return { registry, uri, place: registryPlace(`${uri}:1`) };
}

function sample(ids: string[], options?: Parameters<typeof sampleSnapshot>[1]) {
  const { content, blobs } = sampleSnapshot(ids, options);
  return [content, blobs] as const;
}

describe('what is written to a registry', () => {
  it('opens again by its tag and by the reference that came back, which pins the digest', async () => {
    const { place, uri } = await start();
    const [content, blobs] = sample(['a', 'b']);
    const written = await place.write(content, blobs, {});
    const { digest } = manifestFor(content);
    expect(written).toMatchObject({ reference: `${uri}:1@${digest}`, digest: content.digest, changed: true });
    expect(written.transfer.sent.blobs).toBe(2);
    for (const reference of [`${uri}:1`, written.reference, `${uri}@${digest}`]) {
      const opened = await registryPlace(reference).open({});
      expect(opened.content.digest).toBe(content.digest);
      for (const { artifact } of content.tree.components)
        await collected(verified(artifact, opened.blobs.source(artifact).open()));
    }
  });

  it('is there whole before the tag says so: code, document, manifest, signatures, tag', async () => {
    const { registry, place } = await start();
    await place.write(...sample(['a']), { signers: [signer] });
    const writes = registry.asked.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    const kinds = writes.map(
      (path) => /(blobs|manifests\/sha256:|manifests\/sha256-|manifests\/1)/.exec(path)![1],
    );
    expect(kinds.slice(0, 3)).toEqual(['blobs', 'blobs', 'manifests/sha256:']);
    expect(kinds.at(-1)).toBe('manifests/1');
    expect(kinds.filter((kind) => kind === 'manifests/1')).toHaveLength(1);
  });

  it('is sent only as far as the repository lacks it', async () => {
    const { registry, place } = await start();
    const ids = Array.from({ length: 40 }, (_, i) => `c${i}`);
    await place.write(...sample(ids), {});
    registry.asked.length = 0;
    const code = (id: string) => componentBytes(id === 'c7' ? 'changed' : id);
    const { transfer } = await place.write(...sample(ids, { code }), {});
    expect(transfer).toMatchObject({ sent: { blobs: 1 }, shared: { blobs: 39 }, skipped: { blobs: 0 } });
    expect(registry.log.filter((line) => line === 'POST blobs/uploads')).toHaveLength(2); // and the document
    // What the tag names is there.
    expect(registry.log.filter((line) => line === 'HEAD blobs')).toHaveLength(2);
  });

  it('is looked for after all, and sent, where the registry has lost what the tag names', async () => {
    const { registry, place, uri } = await start();
    const [content, blobs] = sample(['a', 'b', 'c']);
    await place.write(content, blobs, {});
    const [lost] = content.tree.components;
    registry.blobs.delete(`team/tools:sha256:${lost!.artifact.sha256}`);
    await place.write(...sample(['a', 'b', 'c', 'd']), {});
    const opened = await registryPlace(`${uri}:1`).open({});
    for (const { artifact } of opened.content.tree.components)
      await collected(verified(artifact, opened.blobs.source(artifact).open()));
  });

  it('is left alone where it says the same, and gets the signatures that it lacks', async () => {
    const { registry, place } = await start();
    const first = await place.write(...sample(['a']), {});
    registry.asked.length = 0;
    const again = await place.write(...sample(['a'], { createdAt: 5 }), {});
    expect(again).toMatchObject({
      reference: first.reference,
      changed: false,
      transfer: { skipped: { blobs: 1 } },
    });
    expect(registry.asked.every(({ method }) => method === 'GET')).toBe(true);
    const signed = await place.write(...sample(['a'], { createdAt: 6 }), { signers: [signer] });
    expect(signed).toMatchObject({ reference: first.reference, changed: true });
    expect((await place.open({})).signatures).toHaveLength(2);
    expect(await place.sign({ signers: [signer] })).toMatchObject({ changed: false });
  });

  it('takes the tag from another snapshot, which its digest still opens', async () => {
    const { place } = await start();
    const first = await place.write(...sample(['a']), {});
    await place.write(...sample(['b']), {});
    expect((await place.open({})).content.tree.components[0]!.component_id).toBe('b');
    expect((await registryPlace(first.reference).open({})).content.digest).toBe(first.digest);
  });

  it('does not take the tag from what is no snapshot', async () => {
    const { registry, place } = await start();
    const image = {
      schemaVersion: 2,
      config: { mediaType: 'application/x', digest: sha256Digest(''), size: 0 },
      layers: [],
    };
    for (const mediaType of [OCI_MANIFEST, 'application/vnd.oci.image.index.v1+json', 'text/plain']) {
      registry.put('team/tools:1', Buffer.from(JSON.stringify(image)), mediaType);
      await expect(place.assertTakes(WANTED)).rejects.toEqual(failing('STORE_EXISTS'));
      await expect(place.write(...sample(['a']), {})).rejects.toEqual(failing('STORE_EXISTS'));
      await expect(place.open({})).rejects.toEqual(failing('FORMAT_NOT_A_SNAPSHOT'));
    }
    expect(registry.asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('does not go where a digest is named', async () => {
    const { uri } = await start();
    const place = registryPlace(`${uri}:1@sha256:${'0'.repeat(64)}`);
    await expect(place.assertTakes(WANTED)).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('is refused whole where the code is not what the document says', async () => {
    const { registry, place } = await start();
    const { content, document } = sampleSnapshot(['a']);
    const wrong = sourceOfBytes(componentBytes('b'), document.components[0]!.artifact.sha256);
    await expect(place.write(content, blobsOf([wrong]), {})).rejects.toEqual(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect([...registry.blobs.keys(), ...registry.manifests.keys()]).toEqual([]);
    expect(registry.unfinishedUploads).toBe(0);
  });
});

describe('a snapshot that follows another under its tag', () => {
  it('says which, for not one request more, and both are found by their digests', async () => {
    const asked: number[] = [];
    for (const isNext of [false, true]) {
      const { registry, place } = await start();
      const [first, blobs] = sample(['a']);
      await place.write(first, blobs, { isNext });
      expect((await place.open({})).content.tree.parents).toBeUndefined();
      registry.asked.length = 0;
      const second = await place.write(...sample(['a', 'b']), { isNext, signers: [signer] });
      asked.push(registry.asked.length);
      expect(second.document.parents).toEqual(isNext ? [first.digest] : undefined);
      expect((await place.write(...sample(['a', 'b']), { isNext })).changed).toBe(false);
      const documents = await place.documents({});
      for (const digest of [first.digest, second.digest])
        expect((await documents.document(digest))?.digest).toBe(digest);
      expect(await documents.document(`sha256:${'0'.repeat(64)}`)).toBeNull();
      expect(await documents.document(`sha256:${first.tree.components[0]!.artifact.sha256}`)).toBeNull();
    }
    expect(asked[0]).toBe(asked[1]);
  });
});

describe('code that is to be compressed', () => {
  const compress = { codec: 'gzip' as const };
  /** Long enough that it becomes shorter. */
  const code = (id: string) => componentBytes(id.repeat(100));

  it('is, and opens again; what is there is not compressed again', async () => {
    const { registry, place, uri } = await start();
    const [content, blobs] = sample(['a', 'b'], { code });
    const { notes } = await place.write(content, blobs, { compress, signers: [signer] });
    expect(notes).toEqual([expect.stringContaining('none is of its manifest')]);
    const opened = await place.open({});
    expect(opened.signatures).toHaveLength(1);
    for (const { artifact } of content.tree.components)
      await collected(verified(artifact, opened.blobs.source(artifact).open()));
    const keys = [...registry.blobs.keys()];
    expect(keys).not.toContain(`team/tools:sha256:${content.tree.components[0]!.artifact.sha256}`);
    const changed = sample(['a', 'b', 'c'], { code });
    const { transfer } = await place.write(...changed, { compress });
    expect(transfer).toMatchObject({ sent: { blobs: 1 }, shared: { blobs: 2 } });
    expect((await registryPlace(`${uri}:1`).open({})).content.digest).toBe(changed[0].digest);
  });

  it('is moved as it is to another place, with the same manifest', async () => {
    const { place, uri } = await start();
    const [content, blobs] = sample(['a', 'b'], { code });
    const { reference } = await place.write(content, blobs, { compress });
    const opened = await place.open({});
    const copied = await registryPlace(`${uri}/copy:1`).write(opened.content, opened.blobs, {
      signatures: [],
    });
    expect(copied.reference.split('@')[1]).toBe(reference.split('@')[1]);
    expect(copied.transfer.sent.blobs).toBe(2);
  });
});

describe('code that the registry has in another repository', () => {
  it('is taken from there, if the snapshot comes from there', async () => {
    const { registry, place } = await start();
    await place.write(...sample(['a', 'b']), {});
    const { content, blobs } = await place.open({});
    registry.asked.length = 0;
    const other = registryPlace(`oci://${registry.address}/other/place:x`);
    const { transfer } = await other.write(content, blobs, {});
    expect(transfer).toMatchObject({ sent: { blobs: 0 }, shared: { blobs: 2 } });
    const bodies = registry.asked.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    expect(bodies.filter((path) => path.includes('blobs'))).toHaveLength(1); // the document
    expect((await other.open({})).content.digest).toBe(content.digest);
  });

  it('is sent where the registry does not let it be taken', async () => {
    const { registry, place } = await start({
      intercept: ({ path }, response) => {
        if (path.includes('mount=')) failed(response, 403, 'DENIED');
        return path.includes('mount=');
      },
    });
    await place.write(...sample(['a']), {});
    const { content, blobs } = await place.open({});
    const other = registryPlace(`oci://${registry.address}/other:x`);
    expect((await other.write(content, blobs, {})).transfer.sent.blobs).toBe(1);
  });
});

describe('signatures in a registry', () => {
  it.each([
    ['by the referrers API, where there is one', true],
    ['by the tag of the digest, where there is none', false],
  ])('are found %s', async (_where, hasReferrers) => {
    const { registry, place } = await start({ hasReferrers });
    const { reference } = await place.write(...sample(['a']), { signers: [signer] });
    const tag = `team/tools:${reference.split('@')[1]!.replace(':', '-')}`;
    expect(registry.manifests.has(tag)).toBe(!hasReferrers);
    expect((await place.open({})).signatures).toHaveLength(2);
  });

  it('of several signers at once are all there', async () => {
    const { place } = await start();
    await place.write(...sample(['a']), {});
    const signers: Signer[] = [signer, { key: testKey('p256') }, { key: testKey('openssh'), ssh: true }];
    await Promise.all(signers.map((one) => place.sign({ signers: [one] })));
    expect((await place.open({})).signatures).toHaveLength(7);
  });

  it('are put again where the registry takes their digest for none, as it does while another puts the same blob', async () => {
    const { registry, place } = await start();
    await place.write(...sample(['a']), {});
    let busy = 2;
    registry.habits.intercept = ({ method, path }, response) => {
      if (method !== 'PUT' || !path.includes('/manifests/sha256:') || busy-- <= 0) return false;
      failed(response, 400, 'DIGEST_INVALID');
      return true;
    };
    await place.sign({ signers: [signer] });
    expect(busy).toBeLessThan(0);
    expect((await place.open({})).signatures).toHaveLength(2);
  });

  it('stay where somebody else wrote the list between our reading and our writing', async () => {
    const { registry, place } = await start();
    const { reference } = await place.write(...sample(['a']), {});
    const tag = `/manifests/${reference.split('@')[1]!.replace(':', '-')}`;
    let theirs = 2;
    registry.habits.intercept = ({ method, path }, response, body) => {
      if (method !== 'PUT' || !path.endsWith(tag) || theirs-- <= 0) return false;
      // What was put is overwritten by somebody who had read the list before.
      registry.put(`team/tools:${tag.split('/').at(-1)}`, emptyIndexWith(theirs), INDEX);
      response.writeHead(201).end();
      expect(body.length).toBeGreaterThan(0);
      return true;
    };
    await place.sign({ signers: [signer] });
    expect((await place.open({})).signatures).toHaveLength(2);
  });

  it('are put again where somebody who had read the list before wrote it after it was looked at', async () => {
    const { registry, place } = await start();
    const { reference } = await place.write(...sample(['a']), {});
    const tag = reference.split('@')[1]!.replace(':', '-');
    let looks = 0;
    let isBegun = false;
    registry.habits.intercept = ({ method, path }) => {
      if (!path.endsWith(`/manifests/${tag}`)) return false;
      if (method === 'PUT') isBegun = true;
      // The first look is at what was put; the one after a pause finds what somebody else put meanwhile.
      if (method === 'GET' && isBegun && ++looks === 2)
        registry.put(`team/tools:${tag}`, indexOf([OTHERS]), INDEX);
      return false;
    };
    await place.sign({ signers: [signer] });
    registry.habits = {};
    expect((await place.open({})).signatures).toHaveLength(2);
    expect(listedIn(registry, tag)).toEqual(expect.arrayContaining([OTHERS.digest]));
    expect(listedIn(registry, tag)).toHaveLength(3);
  });

  it.each([
    ['there was none before', 0],
    ['there was one before', 1],
  ])('take nothing away where the registry knows conditions, and %s', async (_which, before) => {
    const { registry, place } = await start({ knowsConditions: true });
    const { reference } = await place.write(...sample(['a']), {});
    const tag = reference.split('@')[1]!.replace(':', '-');
    if (before === 1) await place.sign({ signers: [{ key: testKey('p256') }] });
    const theirs = [...listedIn(registry, tag).map((digest) => ({ ...OTHERS, digest })), OTHERS];
    let lost = 0;
    registry.habits.intercept = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith(`/manifests/${tag}`) && lost++ === 0)
        registry.put(`team/tools:${tag}`, indexOf(theirs), INDEX);
      return false;
    };
    await place.sign({ signers: [signer] });
    expect(lost).toBe(2);
    expect(listedIn(registry, tag)).toEqual(expect.arrayContaining(theirs.map(({ digest }) => digest)));
    expect((await place.open({})).signatures).toHaveLength(2 + 2 * before);
  });

  it('that the list still names and that are gone count for nothing', async () => {
    const { registry, place } = await start();
    await place.write(...sample(['a']), { signers: [signer] });
    for (const [key, { bytes }] of registry.manifests)
      if (JSON.parse(bytes.toString()).subject !== undefined) registry.manifests.delete(key);
    expect((await place.open({})).signatures).toEqual([]);
  });
});

const INDEX = 'application/vnd.oci.image.index.v1+json';
const OTHERS = { mediaType: OCI_MANIFEST, digest: `sha256:${'a'.repeat(64)}`, size: 500 };

function indexOf(manifests: object[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
}

function listedIn({ manifests }: MemoryRegistry, tag: string): string[] {
  const index = manifests.get(`team/tools:${tag}`);
  if (index === undefined) return [];
  const listed = JSON.parse(index.bytes.toString()).manifests as { digest: string }[];
  return listed.map(({ digest }) => digest);
}

function emptyIndexWith(number: number): Buffer {
  return Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { n: `${number}` } }),
  );
}

describe('what is pulled', () => {
  it('is what the tag named at one moment, whatever it names later', async () => {
    const { registry, place } = await start();
    await place.write(...sample(['a']), {});
    registry.asked.length = 0;
    const opened = await place.open({});
    await registryPlace(`oci://${registry.address}/team/tools:1`).write(...sample(['b']), {});
    const [component] = opened.content.tree.components;
    await collected(verified(component!.artifact, opened.blobs.source(component!.artifact).open()));
    expect(component!.component_id).toBe('a');
    expect(registry.asked.slice(0, 4).filter(({ path }) => path.endsWith('/manifests/1'))).toHaveLength(1);
  });

  it('has the digest that was asked for, or that the registry says', async () => {
    const { registry, place } = await start();
    const { reference } = await place.write(...sample(['a']), {});
    const alter = (bytes: Buffer) => Buffer.from(bytes.toString().replace('a.wasm', 'b.wasm'));
    registry.habits.intercept = ({ path }, response) => {
      const found = registry.manifests.get(`team/tools:${path.split('/').at(-1)}`);
      if (found === undefined || !path.includes('/manifests/')) return false;
      const said = { 'content-type': OCI_MANIFEST, 'docker-content-digest': sha256Digest(found.bytes) };
      response.writeHead(200, said).end(alter(found.bytes));
      return true;
    };
    for (const one of [place, registryPlace(reference)])
      await expect(one.open({})).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('is an error where the tag, the repository or the document is missing', async () => {
    const { registry, place, uri } = await start();
    await expect(place.open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
    const { digest } = await place.write(...sample(['a']), {});
    registry.blobs.delete(`team/tools:${digest}`);
    await expect(place.open({})).rejects.toEqual(failing('VERIFY_PART_MISSING'));
    await expect(registryPlace(`${uri}@${digest}`).open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
  });

  it('has blobs that are as long as the manifest and the document say, and no longer', async () => {
    const { registry, place } = await start();
    const [content, blobs] = sample(['a']);
    await place.write(content, blobs, {});
    const { blobs: there } = await place.open({});
    const lengthen = (digest: string) => {
      const key = `team/tools:${digest}`;
      registry.blobs.set(key, Buffer.concat([registry.blobs.get(key)!, Buffer.from('more')]));
    };
    const [{ artifact }] = content.tree.components as [(typeof content.tree.components)[0]];
    lengthen(`sha256:${artifact.sha256}`);
    expect(await there.has(artifact)).toBe(false);
    const read = collected(verified(artifact, there.source(artifact).open()));
    await expect(read).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
    lengthen(content.digest);
    await expect(place.open({})).rejects.toEqual(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('has a manifest of at most 4 MiB', async () => {
    const { registry, place } = await start();
    registry.put('team/tools:1', Buffer.alloc(4 * 1024 * 1024 + 1, ' '), OCI_MANIFEST);
    await expect(place.open({})).rejects.toEqual(failing('FORMAT_LIMIT_EXCEEDED'));
  });
});

describe('what a registry answers in place of what was asked for', () => {
  it.each([
    [403, 'DENIED', 'STORE_DENIED'],
    [405, 'UNSUPPORTED', 'STORE_DENIED'],
    [400, 'NAME_INVALID', 'STORE_UNREACHABLE'],
    [503, 'UNAVAILABLE', 'STORE_UNREACHABLE'],
    [429, 'TOOMANYREQUESTS', 'STORE_UNREACHABLE'],
  ])('%s %s is %s, in our words', async (status, code, expected) => {
    const { place } = await start({
      intercept: (_asked, response) => {
        failed(response, status, code);
        return true;
      },
    });
    const error = await place.open({}).catch((failure: unknown) => failure);
    expect(error).toEqual(failing(expected));
    expect(JSON.stringify(error)).not.toContain('of the registry');
  });
});
