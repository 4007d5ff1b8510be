// Reads and writes the blobs of an OCI image layout; size and SHA-256 are checked while the bytes pass.
import type { BlobName } from '../../codec/blob-name.ts';
import { collected } from '../../codec/bytes.ts';
import { isSha256, sha256Hex } from '../../codec/digest.ts';
import {
  type BlobSource,
  type Blobs,
  eachInTurn,
  type TransferOptions,
  verified,
} from '../../disk/blobs/blob.ts';
import { partMissing, totalSize } from '../../disk/blobs/blobs.ts';
import { type Clock, SYSTEM_CLOCK } from '../../disk/clock.ts';
import { inParallel } from '../../disk/parallel.ts';
import { ComponentProgress } from '../../disk/progress.ts';
import { assertSize, type Descriptor, sha256Of } from '../../snapshot/oci-manifest.ts';
import type { ObjectDriver } from './object-driver.ts';
import { PruningMark } from './pruning/mark.ts';

export const BLOBS_PREFIX = 'blobs/sha256/';

/** How many requests the driver gets at once. */
const AT_ONCE = 8;

export class OciBlobs implements Blobs {
  readonly #driver: ObjectDriver;
  readonly #mark: PruningMark;

  constructor(driver: ObjectDriver, clock: Clock = SYSTEM_CLOCK) {
    this.#driver = driver;
    this.#mark = new PruningMark(driver, clock);
  }

  async has({ sha256, size }: BlobName): Promise<boolean> {
    return (await this.#driver.head(blobKey(sha256)))?.size === size;
  }

  /** The blob with this SHA-256, if there is one; its bytes are verified when they are copied. */
  async find(sha256: string): Promise<BlobName | null> {
    const found = await this.#driver.head(blobKey(sha256));
    return found && { sha256, size: found.size };
  }

  source({ sha256, size }: BlobName): BlobSource {
    const driver = this.#driver;
    return {
      sha256,
      size,
      async *open() {
        const object = await driver.get(blobKey(sha256));
        if (object === null) throw partMissing(sha256);
        yield* object.bytes;
      },
    };
  }

  /**
   * Makes sure that every blob is there and young, so that no pruning removes it for a day. Not durable before a flush.
   * @returns those that were not there and were written
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  async store(
    sources: readonly BlobSource[],
    { signal, onProgress }: TransferOptions = {},
  ): Promise<readonly BlobName[]> {
    const distinct = [...new Map(sources.map((source) => [source.sha256, source])).values()];
    const totalBytes = totalSize(distinct);
    const missing = await this.missing(distinct, signal);
    const done = totalBytes - totalSize(missing);
    const count = missing.filter(({ component_id }) => component_id !== undefined).length;
    const progress = new ComponentProgress('writing', { count, total: totalBytes, done }, onProgress);
    progress.report();
    await eachInTurn(
      missing,
      async (source, inTurn) => {
        await this.put({ ...source, open: () => inTurn(counted(source, progress)) }, signal);
      },
      signal,
    );
    return missing;
  }

  /** Those that are not there; the others are young now, so that no pruning removes them for a day. */
  missing<T extends BlobName>(blobs: readonly T[], signal?: AbortSignal): Promise<T[]> {
    // Pruning is exclusive, too: what was renewed here is not removed by one that looked before.
    return alone(this.#driver, () => this.#claim(blobs), signal);
  }

  /** Not durable before a flush. @throws VerificationError VERIFY_DIGEST_MISMATCH */
  async put(source: BlobSource, signal?: AbortSignal): Promise<void> {
    const { sha256 } = source;
    await this.#driver.put(blobKey(sha256), verified(source, source.open(), signal), { sha256 });
  }

  /** True, and all of them renewed, when every one is there. The caller holds the store's lock. */
  async renew(descriptors: readonly Descriptor[]): Promise<boolean> {
    return (await this.#claim(descriptors.map(blobOf))).length === 0;
  }

  /**
   * All bytes of a small blob.
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   * @throws FormatError FORMAT_LIMIT_EXCEEDED
   */
  async read(descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    assertSize(descriptor, maxBytes);
    const blob = blobOf(descriptor);
    return collected(verified(blob, this.source(blob).open()));
  }

  /** Renews the blobs that are there with the right size, and returns the others. */
  async #claim<T extends BlobName>(blobs: readonly T[]): Promise<T[]> {
    const missing: T[] = [];
    let hasRenewed = false;
    await inParallel(blobs, AT_ONCE, async (blob) => {
      const key = blobKey(blob.sha256);
      const head = await this.#driver.head(key);
      const became = head?.size === blob.size ? await this.#driver.renew(key, head) : 'gone';
      if (became === 'gone') missing.push(blob);
      if (became === 'renewed') hasRenewed = true;
    });
    // Where nobody can be kept out, one that looked before may remove what was renewed here.
    const isOpenToAll = this.#driver.exclusively === undefined;
    if (hasRenewed && isOpenToAll && (await this.#mark.isOver())) return this.#claim(blobs);
    return missing;
  }
}

/** Runs `work` while nobody else does, where the driver can keep others out. */
export function alone<T>(driver: ObjectDriver, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return driver.exclusively === undefined ? work() : driver.exclusively(work, signal);
}

export function blobKey(sha256: string): string {
  if (!isSha256(sha256)) throw new TypeError('not a SHA-256 in lower-case hex');
  return `${BLOBS_PREFIX}${sha256}`;
}

/** A source of bytes that are in memory. */
export function sourceOf(bytes: Uint8Array): BlobSource {
  return {
    sha256: sha256Hex(bytes),
    size: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

/** The bytes of `source`, reported as they pass. */
export async function* counted(source: BlobSource, progress: ComponentProgress): AsyncGenerator<Uint8Array> {
  if (source.component_id !== undefined) progress.begin(source.component_id);
  for await (const chunk of source.open()) {
    yield chunk;
    progress.advance(chunk.length);
  }
}

function blobOf(descriptor: Descriptor): BlobName {
  return { sha256: sha256Of(descriptor), size: descriptor.size };
}
