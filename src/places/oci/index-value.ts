// The index of a layout as a value: which snapshots there are, their names, and a summary of each.
import type { Codec } from '../../codec/compression/compression.ts';
import { totalSize } from '../../disk/blobs/blobs.ts';
import { contentsDigest } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import {
  CREATED,
  DESCRIPTION,
  type Descriptor,
  distinctArtifacts,
  INDEX_MEDIA_TYPE,
  type Index,
  MANIFEST_MEDIA_TYPE,
  REF_NAME,
  SNAPSHOT_MEDIA_TYPE,
  type SnapshotManifest,
  snapshotAnnotations,
} from '../../snapshot/oci-manifest.ts';
import { SNAPSHOT_DIGEST } from '../../snapshot/schema.ts';
import { SUBJECT } from '../../snapshot/signatures/oci-referrer.ts';

// Annotations for listing and finding snapshots, so that no manifest has to be opened for that.
export const SNAPSHOT = 'dev.wassette-state.snapshot';
const CONTENTS = 'dev.wassette-state.contents';
const COMPONENTS = 'dev.wassette-state.components';
const BYTES = 'dev.wassette-state.bytes';
const COMPRESSION = 'dev.wassette-state.compression';
/** Digests of what it was made from, with commas: with them what is the same but for its time is recognized. */
const PARENTS = 'dev.wassette-state.parents';
/** When all its code was looked for last, in seconds since 1970. */
const LOOKED_AT = 'dev.wassette-state.looked-at';

const DESCRIPTION_LENGTH = 200;

export const EMPTY_INDEX: Index = { schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests: [] };

/** One snapshot in a listing. All of it is unverified data from the store, and not safe to show as it is. */
export interface SnapshotSummary {
  /** `sha256:<hex>`, the snapshot digest. */
  digest: string;
  names: string[];
  /** Seconds since 1970; null when the snapshot does not say. */
  created_at: number | null;
  /** At most its first 200 characters. */
  description: string | null;
  components: number;
  /** Total size of its distinct binaries. */
  bytes: number;
}

/** What an entry says that is not in its document. */
interface Said {
  contents: string;
  /** What some of its code is compressed with. */
  codec: Codec | null;
  /** When all its code was looked for, in milliseconds since 1970; null where that is always done. */
  lookedAt: number | null;
}

/** The index entry of a snapshot, without a name. */
export function descriptorFor(
  document: Document,
  manifest: SnapshotManifest,
  { contents, codec, lookedAt }: Said,
): Descriptor {
  return {
    mediaType: MANIFEST_MEDIA_TYPE,
    artifactType: SNAPSHOT_MEDIA_TYPE,
    digest: manifest.digest,
    size: manifest.bytes.length,
    annotations: {
      ...annotationsFor(document, contents),
      ...(codec === null ? {} : { [COMPRESSION]: codec }),
      ...(lookedAt === null ? {} : { [LOOKED_AT]: String(Math.floor(lookedAt / 1000)) }),
    },
  };
}

function annotationsFor({ tree, digest }: Document, contents: string): Record<string, string> {
  const { [CREATED]: created, [DESCRIPTION]: description } = snapshotAnnotations(tree);
  const bytes = totalSize(distinctArtifacts(tree));
  return {
    [SNAPSHOT]: digest,
    [CONTENTS]: contents,
    [COMPONENTS]: String(tree.components.length),
    [BYTES]: String(bytes),
    ...(created === undefined ? {} : { [CREATED]: created }),
    ...(description === undefined ? {} : { [DESCRIPTION]: clipped(description) }),
    ...(tree.parents === undefined ? {} : { [PARENTS]: tree.parents.join() }),
  };
}

/** Whether an entry has the annotations for a listing; another program that copied it may have dropped them. */
export function saysAll({ mediaType, annotations = {} }: Descriptor): boolean {
  if (mediaType !== MANIFEST_MEDIA_TYPE || SUBJECT in annotations) return true;
  return [SNAPSHOT, COMPONENTS, BYTES].every((key) => key in annotations);
}

/** The entry with these annotations, made again from its snapshot. */
export function describedAgain(descriptor: Descriptor, document: Document): Descriptor {
  const all = annotationsFor(document, contentsDigest(document));
  return { ...descriptor, annotations: { ...all, ...descriptor.annotations } };
}

/** The index with `descriptor` added, under `name` if one is given; any other snapshot loses that name. */
export function withSnapshot(index: Index, descriptor: Descriptor, name?: string): Index {
  const isSame = (other: Descriptor) => other.digest === descriptor.digest;
  if (name === undefined) {
    return index.manifests.some(isSame) ? index : withManifests(index, [...index.manifests, descriptor]);
  }
  if (index.manifests.some((other) => isSame(other) && nameOf(other) === name)) return index;
  const others = withoutName(index, name).manifests.filter(
    (other) => !(isSame(other) && nameOf(other) === undefined),
  );
  const named = { ...descriptor, annotations: { ...descriptor.annotations, [REF_NAME]: name } };
  return withManifests(index, [...others, named]);
}

/** The index without `name`; its snapshot stays, unnamed if it has no other name. */
function withoutName(index: Index, name: string): Index {
  const named = index.manifests.find((descriptor) => nameOf(descriptor) === name);
  if (named === undefined) return index;
  const { [REF_NAME]: _name, ...annotations } = named.annotations!;
  const hasAnotherEntry = index.manifests.some((other) => other !== named && other.digest === named.digest);
  return withManifests(
    index,
    index.manifests.flatMap((other) => {
      if (other !== named) return [other];
      return hasAnotherEntry ? [] : [{ ...named, annotations }];
    }),
  );
}

/** The index with the signatures of a snapshot that is in it; those that it has already stay as they are. */
export function withReferrers(index: Index, referrers: readonly Descriptor[]): Index {
  const present = new Set(index.manifests.map(({ digest }) => digest));
  const added = referrers.filter(({ digest }) => !present.has(digest));
  return added.length === 0 ? index : withManifests(index, [...index.manifests, ...added]);
}

/** The index without the entries that `isGone` picks, and without the signatures of a snapshot that is in it no more. */
export function withoutEntries(index: Index, isGone: (descriptor: Descriptor) => boolean): Index {
  const manifests = index.manifests.filter((descriptor) => !isGone(descriptor));
  const present = new Set(manifests.map(({ digest }) => digest));
  return withManifests(
    index,
    manifests.filter(
      ({ annotations: { [SUBJECT]: subject } = {} }) => subject === undefined || present.has(subject),
    ),
  );
}

export function nameOf(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[REF_NAME];
}

export function namesOf(index: Index, manifestDigest: string): string[] {
  return index.manifests
    .filter((descriptor) => descriptor.digest === manifestDigest)
    .flatMap((descriptor) => nameOf(descriptor) ?? []);
}

/** The digest of the snapshot that has `name`, as far as its entry says one; null where none has it. */
export function digestOfNamed({ manifests }: Index, name: string): string | null {
  const entry = manifests.find((descriptor) => nameOf(descriptor) === name);
  const digest = entry && digestIn(entry);
  return digest !== undefined && SNAPSHOT_DIGEST.test(digest) ? digest : null;
}

/** In milliseconds since 1970; null where an entry does not say it. */
export function lookedAtIn({ annotations = {} }: Descriptor): number | null {
  const seconds = annotations[LOOKED_AT] ?? '';
  return /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : null;
}

/** Entries that claim to say the same as a document with this contents digest, newest first. */
export function findByContents(index: Index, contents: string): Descriptor[] {
  return index.manifests.filter((descriptor) => descriptor.annotations?.[CONTENTS] === contents).toReversed();
}

/** Entries that claim to have code compressed with `codec`, newest first. */
export function findCompressed(index: Index, codec: Codec): Descriptor[] {
  const found = index.manifests.filter((descriptor) => descriptor.annotations?.[COMPRESSION] === codec);
  return [...new Map(found.toReversed().map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/** Entries that may have the state of `document`, newest first. @param name theirs; null for any */
export function findLikely({ manifests }: Index, { tree }: Document, name: string | null): Descriptor[] {
  const count = String(tree.components.length);
  const bytes = String(totalSize(distinctArtifacts(tree)));
  return manifests
    .filter((descriptor) => name === null || nameOf(descriptor) === name)
    .filter(({ annotations = {} }) => annotations[COMPONENTS] === count && annotations[BYTES] === bytes)
    .toReversed();
}

/** The snapshots of an index, newest first. Entries that are not snapshots of ours are left out. */
export function listSnapshots(index: Index): SnapshotSummary[] {
  const byDigest = new Map<string, SnapshotSummary>();
  for (const descriptor of index.manifests.toReversed()) {
    const digest = digestIn(descriptor);
    if (digest === undefined) continue;
    const summary = byDigest.get(digest) ?? summaryOf(digest, descriptor);
    byDigest.set(digest, summary);
    const name = nameOf(descriptor);
    if (name !== undefined) summary.names.push(name);
  }
  const summaries = [...byDigest.values()];
  for (const { names } of summaries) names.sort();
  return summaries.sort((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0));
}

/** In seconds since 1970; null where an entry does not say it. */
export function createdIn({ annotations = {} }: Pick<Descriptor, 'annotations'>): number | null {
  const created = Date.parse(annotations[CREATED] ?? '') / 1000;
  return Number.isNaN(created) ? null : created;
}

function summaryOf(digest: string, { annotations = {} }: Descriptor): SnapshotSummary {
  return {
    digest,
    names: [],
    created_at: createdIn({ annotations }),
    description: annotations[DESCRIPTION] ?? null,
    components: countIn(annotations[COMPONENTS]),
    bytes: countIn(annotations[BYTES]),
  };
}

/** What an entry claims that its snapshot was made from; undefined where that is nothing. */
export function parentsIn({ annotations = {} }: Descriptor): string[] | undefined {
  return annotations[PARENTS]?.split(',');
}

/** The snapshot digest that an entry claims. */
export function digestIn(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[SNAPSHOT];
}

function countIn(text = ''): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function withManifests(index: Index, manifests: Descriptor[]): Index {
  return { ...index, manifests };
}

/** Shortens without leaving half a character, which strict JSON readers refuse. */
function clipped(text: string): string {
  return text.slice(0, DESCRIPTION_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
