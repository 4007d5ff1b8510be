import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/codec/canonical-json.ts';
import { sha256Digest } from '../../src/codec/digest.ts';
import {
  CREATED,
  DESCRIPTION,
  digestOf,
  distinctArtifacts,
  MANIFEST_MEDIA_TYPE,
  MAX_MANIFEST_BYTES,
  manifestFor,
  parseIndex,
  parseManifest,
  SNAPSHOT_MEDIA_TYPE,
  sha256Of,
  snapshotAnnotations,
} from '../../src/snapshot/oci-manifest.ts';
import { failing } from '../fixtures/failing.ts';
import { componentBytes, sampleSnapshot } from '../places/sample-snapshot.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const descriptor = { mediaType: 'x', digest: DIGEST, size: 1 };
const config = { ...descriptor, mediaType: SNAPSHOT_MEDIA_TYPE };

describe('manifestFor', () => {
  it('makes the document the config, so that the config digest is the snapshot digest', () => {
    const { document, content } = sampleSnapshot(['a', 'b']);
    const { manifest } = manifestFor(content);
    const bytes = canonicalBytes(document);
    expect(content.bytes.equals(bytes)).toBe(true);
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      mediaType: MANIFEST_MEDIA_TYPE,
      artifactType: SNAPSHOT_MEDIA_TYPE,
      config: { mediaType: SNAPSHOT_MEDIA_TYPE, digest: content.digest, size: bytes.length },
    });
  });

  it('has one layer for each distinct binary, with the first component as its title', () => {
    const { document, content } = sampleSnapshot(['a', 'b', 'c'], {
      code: (id) => componentBytes(id === 'c' ? 'other' : 'same'),
    });
    expect(manifestFor(content).manifest.layers).toEqual(
      [document.components[0]!, document.components[2]!].map(({ component_id, artifact }) => ({
        mediaType: 'application/wasm',
        digest: digestOf(artifact),
        size: artifact.size,
        annotations: { 'org.opencontainers.image.title': `${component_id}.wasm` },
      })),
    );
    expect(distinctArtifacts(document)).toHaveLength(2);
  });

  it('gives the same bytes for the same document, and their digest', () => {
    const first = manifestFor(sampleSnapshot(['a']).content);
    const second = manifestFor(sampleSnapshot(['a']).content);
    expect(first.bytes.equals(second.bytes)).toBe(true);
    expect(first.digest).toBe(sha256Digest(first.bytes));
    expect(manifestFor(sampleSnapshot(['b']).content).digest).not.toBe(first.digest);
  });

  it('is read back by parseManifest', () => {
    const { manifest, bytes } = manifestFor(sampleSnapshot(['a']).content);
    expect(parseManifest(JSON.parse(bytes.toString()))).toEqual(manifest);
  });

  it('stays under the cap with as many components as a snapshot may have, all with the longest id', () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(128, 'x')).sort();
    expect(manifestFor(sampleSnapshot(ids).content).bytes.length).toBeLessThan(MAX_MANIFEST_BYTES);
  });
});

describe('snapshotAnnotations', () => {
  it('say when, what and from where, as far as the document does', () => {
    const { document } = sampleSnapshot(['a']);
    document.metadata = { description: 'for review', source: 'laptop' };
    expect(snapshotAnnotations(document)).toEqual({
      [CREATED]: '2024-11-12T20:40:00Z',
      'org.opencontainers.image.title': 'laptop',
      [DESCRIPTION]: 'for review',
    });
    document.metadata = null;
    expect(snapshotAnnotations(document)).toEqual({ [CREATED]: '2024-11-12T20:40:00Z' });
  });

  it('leave out a time that no calendar has', () => {
    const { document } = sampleSnapshot([], { createdAt: Number.MAX_SAFE_INTEGER, description: null });
    expect(snapshotAnnotations(document)).toEqual({});
  });
});

describe('parseManifest', () => {
  it('keeps fields it does not know', () => {
    const tree = { schemaVersion: 2, config, layers: [descriptor], subject: descriptor, later: [1] };
    expect(parseManifest(tree)).toBe(tree);
  });

  it('refuses the manifest of something else', () => {
    const tree = { schemaVersion: 2, config: descriptor, layers: [] };
    expect(() => parseManifest(tree)).toThrow(failing('FORMAT_NOT_A_SNAPSHOT'));
  });

  it.each([
    ['null in place of a manifest', null],
    ['a list', []],
    ['another schema version', { schemaVersion: 1, config, layers: [] }],
    ['no config', { schemaVersion: 2, layers: [] }],
    ['no layers', { schemaVersion: 2, config }],
    [
      'a path for a digest',
      { schemaVersion: 2, config, layers: [{ ...descriptor, digest: 'sha256:../../x' }] },
    ],
    [
      'upper-case digits',
      { schemaVersion: 2, config, layers: [{ ...descriptor, digest: DIGEST.toUpperCase() }] },
    ],
    ['a negative size', { schemaVersion: 2, config: { ...config, size: -1 }, layers: [] }],
    ['a broken size', { schemaVersion: 2, config: { ...config, size: 1.5 }, layers: [] }],
  ])('refuses %s', (_, tree) => {
    expect(() => parseManifest(tree)).toThrow(failing('FORMAT_INVALID'));
  });

  it('never quotes what it refuses', () => {
    const tree = {
      schemaVersion: 2,
      config: { ...config, annotations: { 'secret-key': 1 } },
      layers: ['secret'],
    };
    expect.assertions(1);
    try {
      parseManifest(tree);
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('secret');
    }
  });
});

describe('parseIndex', () => {
  it('keeps entries and fields of others', () => {
    const tree = { schemaVersion: 2, manifests: [{ ...descriptor, platform: { os: 'linux' } }], later: true };
    expect(parseIndex(tree)).toBe(tree);
  });

  it('refuses what is no index', () => {
    for (const tree of [null, 1, {}, { schemaVersion: 2 }, { schemaVersion: 2, manifests: [{}] }]) {
      expect(() => parseIndex(tree)).toThrow(failing('FORMAT_INVALID'));
    }
  });
});

it('sha256Of is the other way of digestOf', () => {
  expect(sha256Of({ digest: digestOf({ sha256: 'a'.repeat(64) }) })).toBe('a'.repeat(64));
});
