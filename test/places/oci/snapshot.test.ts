import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Digest } from '../../../src/codec/digest.ts';
import { failing } from '../../fixtures/failing.ts';
import { chunksOf, sampleSnapshot } from '../sample-snapshot.ts';
import { blobKeyOf, MemoryLayout } from './memory-layout.ts';

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

const codeOf = (error: unknown) => (error as { code?: string }).code;

describe('opening a snapshot', () => {
  it('gives back the document and its digest', async () => {
    const { document, content, blobs } = sampleSnapshot(['a', 'b']);
    (document as Record<string, unknown>).added_later = { kept: [1, 'ä'] };
    const { digest } = await store.layout.write(content, blobs);
    expect(await store.layout.open(digest)).toMatchObject({ content: { tree: document, digest }, notes: [] });
  });

  it('takes the first digits of a digest that only one snapshot has', async () => {
    const { digest } = await store.write(['a']);
    const digits = digest.slice('sha256:'.length);
    for (const beginning of [digest.slice(0, 13), digits.slice(0, 6), digits.slice(0, 40), digits])
      expect((await store.layout.open(beginning)).content.digest).toBe(digest);
    for (const beginning of [digest.slice(0, 12), digest.toUpperCase(), `${digest}0`])
      await expect(store.layout.open(beginning)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    await expect(store.layout.open(digits.slice(0, 5))).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it('takes a name before the digits of a digest, and no name for a digest', async () => {
    const { digest } = await store.write(['a']);
    const digits = digest.slice('sha256:'.length, 'sha256:'.length + 8);
    const other = await store.write(['b'], { name: digits });
    expect((await store.layout.open(digits)).content.digest).toBe(other.digest);
    expect((await store.layout.open(`sha256:${digits}`)).content.digest).toBe(digest);
    const index = await store.index();
    index.manifests[1]!.annotations['org.opencontainers.image.ref.name'] = digest;
    await store.driver.put('index.json', chunksOf(JSON.stringify(index)));
    expect((await store.layout.open(digest)).content.digest).toBe(digest);
  });

  it('forgets what has a digest that begins so', async () => {
    const { digest } = await store.write(['a'], { name: 'kept' });
    expect(await store.layout.remove(digest.slice('sha256:'.length, 15))).toEqual({ digest, stillNamed: [] });
  });

  it('refuses digits that two snapshots begin with, and lists these', async () => {
    const { digest } = await store.write(['a']);
    await store.write(['b']);
    const both = await store.index();
    const twin = `${digest.slice(0, -1)}${digest.endsWith('0') ? '1' : '0'}`;
    both.manifests[1]!.annotations['dev.wassette-state.snapshot'] = twin;
    await store.driver.put('index.json', chunksOf(JSON.stringify(both)));
    await expect(store.layout.open(digest.slice(0, 20))).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT', {
        details: { digests: [digest, twin] },
        hint: expect.stringContaining(twin),
      }),
    );
    expect((await store.layout.open(digest)).content.digest).toBe(digest);
  });

  it.each([
    'sha256:',
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(65)}`,
    'sha256:../../etc',
  ])('refuses %j as a digest', async (reference) => {
    await expect(store.layout.open(reference)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
  });

  it('says what is not there, and which name may have been meant', async () => {
    await expect(store.layout.open('daily')).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await expect(store.layout.open(`sha256:${'a'.repeat(64)}`)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await store.write(['a'], { name: 'daily' });
    await expect(store.layout.open('dayli')).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      details: { did_you_mean: 'daily' },
    });
  });

  it('reads what other programs add to an index, a manifest and a descriptor', async () => {
    const { digest } = await store.write(['a'], { name: 'daily' });
    const decorated = await store.index();
    Object.assign(decorated, { annotations: { by: 'another program' } });
    Object.assign(decorated.manifests[0]!, { platform: { os: 'wasip2' } });
    await store.driver.put('index.json', chunksOf(JSON.stringify(decorated)));
    expect((await store.layout.open('daily')).content.digest).toBe(digest);
    await store.write(['b']);
    expect(await store.index()).toMatchObject({
      annotations: { by: 'another program' },
      manifests: [{ platform: { os: 'wasip2' } }, {}],
    });
  });

  it('opens and lists an image that another program copied in without our annotations', async () => {
    const { digest } = await store.write(['a']);
    const [entry] = (await store.index()).manifests;
    const copied = { ...entry, annotations: { 'org.opencontainers.image.ref.name': 'copied' } };
    await store.driver.put('index.json', chunksOf(JSON.stringify({ schemaVersion: 2, manifests: [copied] })));
    expect((await store.layout.open('copied')).content.digest).toBe(digest);
    expect(await store.layout.list()).toMatchObject([
      {
        digest,
        names: ['copied'],
        components: 1,
        bytes: 13,
        description: 'a sample',
        created_at: 1731444000,
      },
    ]);
    expect((await store.layout.open(digest)).content.digest).toBe(digest);
    expect(await store.layout.remove('copied')).toEqual({ digest, stillNamed: [] });
  });
});

describe('a hostile or damaged store', () => {
  const changed = async (change: (manifest: Record<string, object>) => unknown, entryChange = {}) => {
    const [entry] = (await store.index()).manifests;
    const bytes = JSON.stringify(change(JSON.parse(await store.text(blobKeyOf(entry!.digest)))));
    await store.driver.put(blobKeyOf(sha256Digest(bytes)), chunksOf(bytes));
    const forged = { ...entry, digest: sha256Digest(bytes), size: bytes.length, ...entryChange };
    await store.driver.put('index.json', chunksOf(JSON.stringify({ schemaVersion: 2, manifests: [forged] })));
  };

  it.each([
    ['cut off', '{"schemaVersion":2,"manifests":['],
    ['empty', ''],
    ['not JSON', 'not JSON'],
    ['no index', '{"schemaVersion":2}'],
    ['deeper than any index', `{"schemaVersion":2,"manifests":[],"x":${'['.repeat(50)}${']'.repeat(50)}}`],
    [
      'a digest that is a path',
      '{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:../x","size":1}]}',
    ],
  ])('says that an index is damaged which is %s', async (_, content) => {
    await store.driver.put('index.json', chunksOf(content));
    for (const use of [
      () => store.layout.open('daily'),
      () => store.layout.list(),
      () => store.write(['a']),
    ]) {
      await expect(use()).rejects.toThrow(failing('STORE_DAMAGED'));
    }
    expect(await store.text('index.json')).toBe(content);
  });

  it('does not take in an endless index', async () => {
    let produced = 0;
    store.driver.get = async () => ({
      etag: '',
      bytes: (async function* () {
        yield Buffer.from('{"x":"');
        for (;;) {
          produced += 1024 * 1024;
          yield Buffer.alloc(1024 * 1024, 0x61);
        }
      })(),
    });
    await expect(store.layout.list()).rejects.toThrow(failing('STORE_DAMAGED'));
    expect(produced).toBeLessThan(80 * 1024 * 1024);
  });

  it('says which part is missing when the index names a manifest that is not there', async () => {
    await store.write(['a'], { name: 'daily' });
    const [entry] = (await store.index()).manifests;
    await store.driver.delete(blobKeyOf(entry!.digest));
    await expect(store.layout.open('daily')).rejects.toMatchObject({
      code: 'VERIFY_PART_MISSING',
      details: { sha256: entry!.digest.slice(7) },
    });
  });

  it.each(['manifest', 'config'])('refuses a %s whose bytes were altered', async (part) => {
    const { digest } = await store.write(['a'], { name: 'daily' });
    const altered = blobKeyOf(part === 'config' ? digest : (await store.index()).manifests[0]!.digest);
    const bytes = Buffer.from(await store.text(altered));
    bytes[bytes.length - 3]! ^= 1;
    await store.driver.put(altered, chunksOf(bytes));
    await expect(store.layout.open('daily')).rejects.toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('refuses a manifest that leads to another document than the index says', async () => {
    const other = await store.write(['b']);
    const config = { ...(await store.index()).manifests[0], digest: other.digest };
    const { size } = (await store.driver.head(blobKeyOf(other.digest)))!;
    await store.layout.remove(other.digest);
    await store.write(['a'], { name: 'daily' });
    await changed((manifest) => ({
      ...manifest,
      config: { ...manifest.config, digest: config.digest, size },
    }));
    await expect(store.layout.open('daily')).rejects.toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('refuses a manifest without a layer for a binary, or with one of another size', async () => {
    await store.write(['a'], { name: 'daily' });
    await changed((manifest) => ({ ...manifest, layers: [] }));
    await expect(store.layout.open('daily')).rejects.toThrow(failing('VERIFY_PART_MISSING'));
    const { sources } = sampleSnapshot(['a']);
    const layer = { mediaType: 'application/wasm', digest: `sha256:${sources[0]!.sha256}`, size: 1 };
    await changed((manifest) => ({ ...manifest, layers: [layer] }));
    await expect(store.layout.open('daily')).rejects.toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('refuses what is not a snapshot: another config, another kind of entry', async () => {
    await store.write(['a'], { name: 'daily' });
    await changed((manifest) => ({
      ...manifest,
      config: { ...manifest.config, mediaType: 'x/y' },
    }));
    await expect(store.layout.open('daily')).rejects.toThrow(failing('FORMAT_NOT_A_SNAPSHOT'));
    await changed((manifest) => manifest, { mediaType: 'application/vnd.oci.image.index.v1+json' });
    await expect(store.layout.open('daily')).rejects.toThrow(failing('FORMAT_NOT_A_SNAPSHOT'));
  });

  it('refuses a document that is not in canonical form, or of another version', async () => {
    const { document } = sampleSnapshot(['a']);
    await store.write(['a'], { name: 'daily' });
    for (const [content, code] of [
      [JSON.stringify(document, null, 1), 'FORMAT_INVALID'],
      [JSON.stringify({ ...document, version: 2 }), 'FORMAT_UNSUPPORTED_VERSION'],
      ['{"version":2,"version":2,"x":1e999}', 'FORMAT_UNSUPPORTED_VERSION'],
      ['[]', 'FORMAT_NOT_A_SNAPSHOT'],
    ] as const) {
      const config = { digest: sha256Digest(content), size: Buffer.byteLength(content) };
      await store.driver.put(blobKeyOf(config.digest), chunksOf(content));
      await changed((manifest) => ({ ...manifest, config: { ...manifest.config, ...config } }), {
        annotations: { 'org.opencontainers.image.ref.name': 'daily' },
      });
      await expect(store.layout.open('daily').catch(codeOf)).resolves.toBe(code);
    }
  });

  it('does not read a manifest or a document over its limit', async () => {
    await store.write(['a'], { name: 'daily' });
    const large = { digest: `sha256:${'b'.repeat(64)}`, size: 2 ** 40 };
    await changed((manifest) => ({ ...manifest, config: { ...manifest.config, ...large } }), {
      annotations: { 'org.opencontainers.image.ref.name': 'daily' },
    });
    await expect(store.layout.open('daily')).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
    await changed((manifest) => manifest, { size: 2 ** 40 });
    await expect(store.layout.open('daily')).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });
});
