// Blobs, which are bytes named by their SHA-256: where they can be read, and how they are copied and verified.
import { createHash } from 'node:crypto';
import type { BlobName } from '../../codec/blob-name.ts';
import { shortDigest } from '../../codec/digest.ts';
import { VerificationError } from '../../errors.ts';
import type { Layer } from '../../snapshot/oci-layers.ts';
import { inParallel, Turns } from '../parallel.ts';
import type { OnProgress } from '../progress.ts';

/** Enough to keep the thread pool busy with reading and syncing while this thread hashes. */
const AT_ONCE = 8;
/** How many of these are read and hashed at a time, while the others are being synced. */
const FLOWING = 3;

/** Where the bytes of one blob can be read, any number of times. */
export interface BlobSource extends Readonly<BlobName> {
  /** The component whose code it is, to be named in reports of progress. */
  readonly component_id?: string;
  /** The repository of a registry that has it, from which the same registry can take it. */
  readonly repository?: { readonly host: string; readonly repository: string } | undefined;
  /** The bytes in order; a chunk is only valid until the next one. @throws StoreError when they cannot be read */
  open(): AsyncIterable<Uint8Array>;
}

/** A collection of blobs, wherever they are: in a store, a file or a directory. */
export interface Blobs {
  /** Whether the blob should be here; its bytes are verified when they are copied. */
  has(blob: BlobName): Promise<boolean>;
  /** Where one blob can be read; not verified until it is copied. @throws VerificationError VERIFY_PART_MISSING, or as it is opened */
  source(blob: BlobName): BlobSource;
  /**
   * How the code is kept here, where that is known without a look; it may be gone. Only of places that keep layers.
   * @internal
   */
  kept?(blob: BlobName): KeptLayer | null;
}

/** Code as a place keeps it, perhaps compressed. */
export interface KeptLayer {
  readonly layer: Layer;
  /** The bytes that are kept. */
  readonly source: BlobSource;
}

/** Takes the bytes of one blob. `end` is called after all bytes were written, if size and SHA-256 were right. */
export interface BlobSink {
  write(chunk: Uint8Array): void | Promise<void>;
  end(): void | Promise<void>;
  /** Called when the bytes were wrong or could not be read; nothing of them may remain. */
  abort(): void | Promise<void>;
}

/** How to follow or stop what reads or writes code. */
export interface TransferOptions {
  /** Stops it. */
  signal?: AbortSignal | undefined;
  /** Called as code is done, often. */
  onProgress?: OnProgress | undefined;
}

/**
 * `bytes` unchanged; ends with an error unless they were those of `expected`.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH
 */
export async function* verified(
  expected: BlobName,
  bytes: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > expected.size) break;
    hash.update(chunk);
    yield chunk;
  }
  const sha256 = hash.digest('hex');
  if (size !== expected.size || sha256 !== expected.sha256) throw blobMismatch(expected, { size, sha256 });
}

/**
 * Copies a blob into a sink, which keeps nothing unless size and SHA-256 were right.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH; whatever the source or the sink throws
 */
async function copyVerified(blob: BlobName, bytes: AsyncIterable<Uint8Array>, sink: BlobSink): Promise<void> {
  try {
    for await (const chunk of verified(blob, bytes)) {
      const written = sink.write(chunk);
      if (written !== undefined) await written;
    }
    await sink.end();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/**
 * Copies each of `wanted` from `blobs` into its sink, several at once.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; whatever a source or a sink throws
 */
export async function copyAllVerified(
  wanted: readonly BlobName[],
  blobs: Blobs,
  sinkFor: (blob: BlobName) => Promise<BlobSink>,
): Promise<void> {
  await eachInTurn(wanted, async (blob, inTurn) => {
    const source = blobs.source(blob);
    await copyVerified(source, inTurn(source.open()), await sinkFor(blob));
  });
}

/** Runs `work` on every item, several at once; streams wrapped by `inTurn` flow only a few at a time. */
export async function eachInTurn<T>(
  items: readonly T[],
  work: (item: T, inTurn: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const turns = new Turns(FLOWING);
  await inParallel(items, AT_ONCE, (item) => work(item, (bytes) => turns.of(bytes)), signal);
}

/** The error for bytes that are not those of `expected`; `whose` says which bytes they are. */
export function blobMismatch(
  expected: BlobName,
  found: BlobName,
  whose = `blob ${shortDigest(expected.sha256)}…`,
): VerificationError {
  const said =
    found.size > expected.size
      ? `expected ${expected.size} bytes, got more`
      : found.size < expected.size
        ? `expected ${expected.size} bytes, got ${found.size}`
        : `expected sha256 ${expected.sha256}, got ${found.sha256}`;
  return new VerificationError('VERIFY_DIGEST_MISMATCH', `${whose}: ${said}`, {
    hint: 'the bytes were altered or cut off; get the snapshot again from its source',
    details: { sha256: expected.sha256, expected_size: expected.size, found_size: found.size },
  });
}
