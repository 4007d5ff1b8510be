// Writes a snapshot to a repository. The tag comes last: whoever follows it finds everything there.
import type { BlobName } from '../../codec/blob-name.ts';
import { sha256Digest } from '../../codec/digest.ts';
import type { BlobSource, Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { totalSize } from '../../disk/blobs/blobs.ts';
import { inParallel } from '../../disk/parallel.ts';
import { ComponentProgress } from '../../disk/progress.ts';
import type { Document } from '../../snapshot/document.ts';
import { Layers } from '../../snapshot/oci-layers.ts';
import { type Descriptor, MANIFEST_MEDIA_TYPE } from '../../snapshot/oci-manifest.ts';
import type { Referrer } from '../../snapshot/signatures/oci-referrer.ts';
import { sourceOf } from '../oci/blobs.ts';
import { type Code, codecFor, codeOf } from '../oci/layers/code.ts';
import { type BlobKeeper, type KeptCode, keepCompressed } from '../oci/layers/compressing.ts';
import type { WritingOptions } from '../place.ts';
import { RegistryBlobs } from './blobs.ts';
import { putManifest } from './manifests.ts';
import { type Alone, addReferrers } from './referrers.ts';
import type { Repository, RepositoryName } from './repository.ts';
import { upload } from './uploads.ts';

/** How often is asked at once whether a blob is there, and how many are sent at once. */
const LOOKS_AT_ONCE = 8;
const UPLOADS_AT_ONCE = 6;

/**
 * Makes sure that the repository has all code of a document, compressed where that is wanted.
 * @param known layers that it has, as far as that is known; they are not looked for if `isSure`
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; as `upload`
 */
export async function pushCode(
  repository: Repository,
  { tree }: Document,
  blobs: Blobs,
  known: Layers,
  isSure: boolean,
  { compress, ...options }: WritingOptions,
): Promise<KeptCode> {
  const isThere = (blob: BlobName) => isSure && known.keeps(blob);
  const components = new Map(tree.components.map((component) => [component.artifact.sha256, component]));
  const code = codeOf(tree, blobs);
  if (codecFor(code, compress) !== null)
    return keepCompressed(code, keeperOf(repository, isThere), known, compress, options);
  const from = ({ sha256, kept }: Code) =>
    kept?.source.repository ?? repositoryIn(components.get(sha256)!.source_uri);
  return { layers: new Layers([]), sent: await pushPlain(repository, code, from, isThere, options) };
}

/** What was sent. @param from where the registry may have it, too */
async function pushPlain(
  repository: Repository,
  code: readonly Code[],
  from: (code: Code) => RepositoryName | null,
  isThere: (blob: BlobName) => boolean,
  { signal, onProgress }: TransferOptions,
): Promise<BlobName[]> {
  const asked = code.filter((each) => !isThere(each));
  const missing = await missingOf(repository, asked, signal);
  const total = totalSize(code);
  const size = { count: missing.length, total, done: total - totalSize(missing) };
  const progress = new ComponentProgress('writing', size, onProgress);
  progress.report();
  const sent: BlobName[] = [];
  await inParallel(
    missing,
    UPLOADS_AT_ONCE,
    async (source) => {
      progress.begin(source.component_id);
      const near = nearIn(repository, from(source));
      if ((await upload(repository, countedOnce(source, progress), near, signal)) === 'sent')
        sent.push(source);
      else progress.advance(source.size);
    },
    signal,
  );
  return sent;
}

/** Where the same registry can take it from. */
function nearIn({ name }: Repository, other: RepositoryName | null): string | null {
  return other?.host === name.host && other.repository !== name.repository ? other.repository : null;
}

function keeperOf(repository: Repository, isThere: (blob: BlobName) => boolean): BlobKeeper {
  return {
    missing: (blobs, signal) =>
      missingOf(
        repository,
        blobs.filter((blob) => !isThere(blob)),
        signal,
      ),
    put: async (source, signal) =>
      void (await upload(repository, source, nearIn(repository, source.repository ?? null), signal)),
  };
}

/** Small blobs that are in memory. @throws as `upload` */
export async function pushSmall(
  repository: Repository,
  blobs: readonly Buffer[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const sources = new Map(blobs.map((bytes) => [sha256Digest(bytes), sourceOf(bytes)]));
  for (const source of await missingOf(repository, [...sources.values()], signal))
    await upload(repository, source, null, signal);
}

/** @throws as `putManifest`, `addReferrers` */
export async function pushReferrers(
  repository: Repository,
  subject: Descriptor,
  referrers: readonly Referrer[],
  alone: Alone,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (referrers.length === 0) return;
  await pushSmall(
    repository,
    referrers.flatMap(({ blobs: [, ...others] }) => others),
    signal,
  );
  const answers: Headers[] = [];
  for (const { descriptor, blobs } of referrers) {
    const manifest = { bytes: blobs[0]!, mediaType: MANIFEST_MEDIA_TYPE };
    answers.push(await putManifest(repository, descriptor.digest, manifest, signal));
  }
  await addReferrers(repository, subject.digest, referrers, answers, alone, signal);
}

async function missingOf<T extends BlobName>(
  repository: Repository,
  blobs: readonly T[],
  signal: AbortSignal | undefined,
): Promise<T[]> {
  const there = new RegistryBlobs(repository, signal);
  const missing = new Set<T>();
  await inParallel(
    blobs,
    LOOKS_AT_ONCE,
    async (blob) => {
      if (!(await there.has(blob))) missing.add(blob);
    },
    signal,
  );
  return blobs.filter((blob) => missing.has(blob));
}

/** The bytes of `source`; what is read again is not counted twice. */
function countedOnce(source: BlobSource, progress: ComponentProgress): BlobSource {
  let done = 0;
  return {
    ...source,
    async *open() {
      let at = 0;
      for await (const chunk of source.open()) {
        yield chunk;
        at += chunk.length;
        progress.advance(Math.max(0, at - done));
        done = Math.max(done, at);
      }
    },
  };
}

/** Code that was loaded from a registry lies there as a blob of its own. */
function repositoryIn(uri: string): RepositoryName | null {
  const [, host, repository] = /^oci:\/\/([^/@]+)\/([^:@]+)/.exec(uri) ?? [];
  return host === undefined || repository === undefined ? null : { host: host.toLowerCase(), repository };
}
