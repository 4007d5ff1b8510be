// Finds what a reference means in the index of a layout: a name, a digest, or the beginning of one.
import { beginningOfDigest, isDigest, shortDigest } from '../../codec/digest.ts';
import { fewOf } from '../../codec/enumeration.ts';
import { safeText } from '../../codec/safe-text.ts';
import { nearest } from '../../codec/suggestion.ts';
import { StoreError, UsageError } from '../../errors.ts';
import type { Descriptor, Index } from '../../snapshot/oci-manifest.ts';
import { assertSnapshotName, isSnapshotName } from '../snapshot-name.ts';
import { digestIn, listSnapshots, nameOf } from './index-value.ts';

export interface FoundEntry {
  descriptor: Descriptor;
  /** Null where it was found by its digest. */
  name: string | null;
}

/**
 * The entry a reference means: a name, a snapshot digest, or the beginning of one that only one snapshot has. Of what
 * could be either, a name counts first.
 * @throws StoreError STORE_NOT_FOUND
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
export function resolveReference(index: Index, reference: string): FoundEntry {
  const isByDigest = reference.startsWith('sha256:');
  if (!isByDigest) {
    assertSnapshotName(reference);
    const named = index.manifests.find((descriptor) => nameOf(descriptor) === reference);
    if (named !== undefined) return { descriptor: named, name: reference };
  }
  const beginning = beginningOfDigest(reference);
  if (beginning === null && isByDigest) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `"${safeText(reference, 80)}" is not a snapshot digest`, {
      hint: 'a digest is sha256: and 64 lower-case hex digits, or at least the first 6 of them',
    });
  }
  const descriptor = beginning === null ? null : findByDigest(index, beginning);
  if (descriptor !== null) return { descriptor, name: null };
  throw isByDigest ? noSuchDigest(index, reference) : noSuchName(index, reference);
}

function findByDigest(index: Index, beginning: string): Descriptor | null {
  const found = index.manifests.filter((descriptor) => digestIn(descriptor)?.startsWith(beginning));
  const distinct = [...new Set(found.map(digestIn))].map((digest) => safeText(digest!, 71));
  if (distinct.length > 1) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `${distinct.length} snapshots begin with ${beginning}`, {
      hint: `give more digits: ${fewOf(distinct)}`,
      details: { digests: distinct.slice(0, 10) },
    });
  }
  return found[0] ?? null;
}

function noSuchDigest(index: Index, digest: string): StoreError {
  return new StoreError('STORE_NOT_FOUND', `no snapshot ${digest} is in the store`, {
    hint: `${knownIn(index)}; to use one from another machine, export it there to a file`,
    details: { digest },
  });
}

function noSuchName(index: Index, name: string): StoreError {
  const known = index.manifests.flatMap((descriptor) => nameOf(descriptor) ?? []);
  const similar = nearest(name, known.filter(isSnapshotName));
  const what = beginningOfDigest(name) === null ? 'is named' : 'is named, or has a digest that begins with,';
  return new StoreError('STORE_NOT_FOUND', `no snapshot ${what} "${name}"`, {
    hint:
      similar === null
        ? `${knownIn(index)}; a file ends in .json or .yaml, and what is on another machine begins with oci://, s3:// or another scheme`
        : `did you mean "${similar}"?`,
    details: { name, ...(similar === null ? {} : { did_you_mean: similar }) },
  });
}

/** What the snapshots can be called; nothing of an index that others wrote is said otherwise. */
function knownIn(index: Index): string {
  const known = listSnapshots(index).flatMap(
    ({ digest, names }) => names.find(isSnapshotName) ?? (isDigest(digest) ? shortDigest(digest) : []),
  );
  return known.length === 0 ? 'the store has none yet' : `there are: ${fewOf(known)}`;
}
