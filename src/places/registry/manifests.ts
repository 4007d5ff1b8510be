// The manifests of a repository, by tag and by digest. A digest is that of the bytes as they came.
import { sha256Digest } from '../../codec/digest.ts';
import { FormatError, StoreError, VerificationError } from '../../errors.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { INDEX_MEDIA_TYPE, MANIFEST_MEDIA_TYPE } from '../../snapshot/oci-manifest.ts';
import { assertSameDigest, type Repository } from './repository.ts';

export interface RawManifest {
  bytes: Buffer;
  /** `sha256:<hex>` of these. */
  digest: string;
  /** As the registry says. */
  mediaType: string;
  /** What a condition on changing it names; null where the registry gives none. */
  etag: string | null;
}

/** What is put. */
export interface NewManifest {
  bytes: Buffer;
  mediaType: string;
  /** What the tag must still name, for a registry that knows such a condition: its etag, or null for nothing. */
  replaces?: string | null | undefined;
}

/** Registries take none that is larger. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Whoever asks for less is given something converted, or nothing. */
const ANY_MANIFEST = [
  MANIFEST_MEDIA_TYPE,
  INDEX_MEDIA_TYPE,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/**
 * The manifest of a tag or digest; null where there is none.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH where it is not the one that was asked for, or that the registry says
 * @throws FormatError FORMAT_LIMIT_EXCEEDED; as `Repository.send`
 */
export async function readManifest(
  repository: Repository,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<RawManifest | null> {
  const { answer, bytes } = await repository.sendForAll(
    repository.urlOf(`manifests/${reference}`),
    {
      headers: { accept: ANY_MANIFEST },
      doing: `read ${repository.uri}`,
      expected: [200, 404],
      signal,
    },
    { maxBytes: MAX_BYTES, tooLarge },
  );
  if (answer.status === 404) return null;
  const digest = sha256Digest(bytes);
  const expected = reference.startsWith('sha256:') ? reference : saidDigest(answer);
  if (expected !== null && expected !== digest) throw otherBytes(expected, digest);
  return { bytes, digest, mediaType: mediaTypeOf(answer), etag: strongTag(answer) };
}

/** @param reference a tag, or the digest of `bytes`. @throws StoreError STORE_CHANGING for the condition; as `Repository.send` */
export async function putManifest(
  repository: Repository,
  reference: string,
  { bytes, mediaType, replaces }: NewManifest,
  signal: AbortSignal | undefined,
): Promise<Headers> {
  if (bytes.length > MAX_BYTES) throw tooLarge();
  const retries = repository.newRetries();
  for (;;) {
    try {
      const answer = await repository.send(repository.urlOf(`manifests/${reference}`), {
        method: 'PUT',
        headers: { 'content-type': mediaType, ...conditionFor(replaces) },
        body: async function* () {
          yield bytes;
        },
        bodyBytes: bytes.length,
        doing: `write to ${repository.uri}`,
        expected: [200, 201, 202],
        signal,
      });
      await answer.discard();
      assertSameDigest(answer, sha256Digest(bytes), repository.name.host);
      return answer.headers;
    } catch (error) {
      if (!isAboutDigest(error) || !(await retries.another(null, signal))) throw error;
    }
  }
}

/**
 * The digest is right, since it was made of these bytes: docker-registry says this while somebody else puts a blob that the
 * manifest names, whose file it finds empty then.
 */
function isAboutDigest(error: unknown): boolean {
  return error instanceof StoreError && error.details.registry_code === 'DIGEST_INVALID';
}

/** A weak one is no condition. */
function strongTag({ headers }: HttpAnswer): string | null {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : null;
}

function conditionFor(replaces: string | null | undefined): Record<string, string> {
  if (replaces === undefined) return {};
  return replaces === null ? { 'if-none-match': '*' } : { 'if-match': replaces };
}

function saidDigest({ headers }: HttpAnswer): string | null {
  const said = headers.get('docker-content-digest');
  return said?.startsWith('sha256:') ? said : null;
}

function mediaTypeOf({ headers }: HttpAnswer): string {
  return (headers.get('content-type') ?? '').split(';')[0]!.trim();
}

function tooLarge(): FormatError {
  return new FormatError('FORMAT_LIMIT_EXCEEDED', `a manifest in a registry has at most ${MAX_BYTES} bytes`, {
    hint: 'a snapshot of fewer components has a smaller one; so has one whose code is not compressed',
    details: { limit: MAX_BYTES },
  });
}

function otherBytes(expected: string, found: string): VerificationError {
  return new VerificationError(
    'VERIFY_DIGEST_MISMATCH',
    `the manifest is ${found}, and should be ${expected}`,
    {
      hint: 'try again; if it stays so, the registry or something in front of it changes what passes',
      details: { expected, found },
    },
  );
}
