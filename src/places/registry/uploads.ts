// Sends a blob to a repository: one that is not large at once, a large one in one stream, which goes on where it broke, or in parts where
// the registry takes no more at a time. Only the last request makes a blob of what was sent.
import type { BlobSource } from '../../disk/blobs/blob.ts';
import { StateError, StoreError } from '../../errors.ts';
import type { Retries } from '../../net/retries.ts';
import { RegistryBlobs } from './blobs.ts';
import { isUnreachable } from './problems.ts';
import type { Repository } from './repository.ts';
import { RewindableBytes } from './rewindable-bytes.ts';
import { UploadSession } from './upload-session.ts';

/** Of what is not larger all is sent again where it breaks: that is one request less. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;
/** How often one is begun that did not get to its end. */
const SESSIONS = 3;

/**
 * Sends what `source` gives, unless the registry can take it from its repository `from`.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH where `source` gives other bytes: then nothing was added
 * @throws FormatError FORMAT_LIMIT_EXCEEDED; as `Repository.send`
 */
export async function upload(
  repository: Repository,
  source: BlobSource,
  from: string | null,
  signal: AbortSignal | undefined,
): Promise<'sent' | 'mounted'> {
  for (let begun = 1; ; begun++) {
    const session =
      from !== null && begun === 1
        ? await beginFrom(repository, source, from, signal)
        : await UploadSession.begin(repository, source, null, signal);
    if (session === null) return 'mounted';
    try {
      await fill(repository, session, source, signal);
      return 'sent';
    } catch (error) {
      await session.giveUp();
      if (begun === SESSIONS || !isLost(error)) throw error;
      // The answer may be all that was lost.
      if (await new RegistryBlobs(repository, signal).has(source)) return 'sent';
    }
  }
}

/** What may not be read there, or is there no more, is sent. */
async function beginFrom(
  repository: Repository,
  source: BlobSource,
  from: string,
  signal: AbortSignal | undefined,
): Promise<UploadSession | null> {
  try {
    return await UploadSession.begin(repository, source, from, signal);
  } catch (error) {
    if (!(error instanceof StoreError) || !['STORE_DENIED', 'STORE_NOT_FOUND'].includes(error.code))
      throw error;
    return UploadSession.begin(repository, source, null, signal);
  }
}

/** What became of a session is not known, or it is none any more. */
function isLost(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof StoreError && error.code === 'STORE_NOT_FOUND');
}

async function fill(
  repository: Repository,
  session: UploadSession,
  source: BlobSource,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { size } = source;
  const bytes = new RewindableBytes(source, signal);
  try {
    if (size <= WHOLE_BYTES) {
      await session.finish({ body: () => bytes.part(0, size), bodyBytes: size });
    } else {
      await stream(session, size, bytes, () => repository.newRetries(), signal);
      await session.finish();
    }
  } finally {
    await bytes.close();
  }
}

async function stream(
  session: UploadSession,
  size: number,
  bytes: RewindableBytes,
  retriesOf: () => Retries,
  signal: AbortSignal | undefined,
): Promise<void> {
  const smallest = Math.max(PART_BYTES, session.minPartBytes);
  let most = size;
  let failures = 0;
  let retries = retriesOf();
  for (let at = 0; at < size; ) {
    const from = at;
    const length = Math.min(most, size - from);
    try {
      await session.add(from, { body: () => bytes.part(from, length), bodyBytes: length });
      at += length;
      failures = 0;
      retries = retriesOf();
    } catch (error) {
      failures++;
      const isTooMuch = isTooLarge(error) && most > smallest;
      if (!isTooMuch && !(isUnreachable(error) && (await retries.another(null, signal)))) throw error;
      at = await session.arrived();
      if (at > from) {
        failures = 0;
        retries = retriesOf();
      } else if (isTooMuch || failures > 1) {
        // Some that take no more just close the connection.
        most = smallest;
      }
    }
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof StateError && error.code === 'FORMAT_LIMIT_EXCEEDED';
}
