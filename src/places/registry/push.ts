// Writes a snapshot to a repository. The tag comes last: whoever follows it finds everything there.
import type { BlobName } from '../../codec/blob-name.ts';
import { sha256Digest } from '../../codec/digest.ts';
import type { BlobSource, Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { totalSize } from '../../disk/blobs/blobs.ts';
import { inParallel } from '../../disk/parallel.ts';
import { ComponentProgress } from '../../disk/progress.ts';
import type { Document } from '../../snapshot/document.ts';
import { type Descriptor, distinctArtifacts, MANIFEST_MEDIA_TYPE } from '../../snapshot/oci-manifest.ts';
import type { Referrer } from '../../snapshot/signatures/oci-referrer.ts';
import { sourceOf } from '../oci/blobs.ts';
import { RegistryBlobs } from './blobs.ts';
import { putManifest } from './manifests.ts';
import { type Alone, addReferrers } from './referrers.ts';
import type { Repository } from './repository.ts';
import { upload } from './uploads.ts';

/** How often is asked at once whether a blob is there, and how many are sent at once. */
const LOOKS_AT_ONCE = 8;
const UPLOADS_AT_ONCE = 4;

/**
 * Makes sure that the repository has all code of a document.
 * @returns what it did not have, and was sent
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; as `upload`
 */
export async function pushCode(
  repository: Repository,
  { tree }: Document,
  blobs: Blobs,
  { signal, onProgress }: TransferOptions,
): Promise<BlobName[]> {
  const code = distinctArtifacts(tree);
  const missing = await missingOf(repository, code, signal);
  const size = { count: missing.length, total: totalSize(code), done: totalSize(code) - totalSize(missing) };
  const progress = new ComponentProgress('writing', size, onProgress);
  progress.report();
  const components = new Map(tree.components.map((component) => [component.artifact.sha256, component]));
  const sent: BlobName[] = [];
  await inParallel(
    missing,
    UPLOADS_AT_ONCE,
    async (blob) => {
      const { component_id, source_uri } = components.get(blob.sha256)!;
      progress.begin(component_id);
      const source = blobs.source(blob);
      const from = source.repository ?? repositoryIn(source_uri);
      const isNear = from?.host === repository.name.host && from.repository !== repository.name.repository;
      const how = await upload(
        repository,
        counted(source, progress),
        isNear ? from.repository : null,
        signal,
      );
      if (how === 'sent') sent.push(blob);
      else progress.advance(blob.size);
    },
    signal,
  );
  return sent;
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
function counted(source: BlobSource, progress: ComponentProgress): BlobSource {
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
function repositoryIn(uri: string): { host: string; repository: string } | null {
  const [, host, repository] = /^oci:\/\/([^/@]+)\/([^:@]+)/.exec(uri) ?? [];
  return host === undefined || repository === undefined ? null : { host: host.toLowerCase(), repository };
}
