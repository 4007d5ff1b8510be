// The blobs of a repository: whether it has one, its bytes, and small ones whole. A broken download goes on where it broke.
import type { BlobName } from '../../codec/blob-name.ts';
import { collected } from '../../codec/bytes.ts';
import { type BlobSource, type Blobs, verified } from '../../disk/blobs/blob.ts';
import { partMissing } from '../../disk/blobs/blobs.ts';
import type { HttpAnswer } from '../../net/http.ts';
import {
  assertSize,
  type Descriptor,
  digestOf,
  MANIFEST_MEDIA_TYPE,
  sha256Of,
} from '../../snapshot/oci-manifest.ts';
import { type RawManifest, readManifest } from './manifests.ts';
import { brokenPromise, isUnreachable } from './problems.ts';
import type { Repository } from './repository.ts';

export class RegistryBlobs implements Blobs {
  constructor(
    private readonly repository: Repository,
    private readonly signal: AbortSignal | undefined,
    /** A manifest that was read: it is not read again. */
    private readonly known: RawManifest | null = null,
  ) {}

  async has(blob: BlobName): Promise<boolean> {
    const answer = await this.#look(blob);
    const size = answer.headers.get('content-length');
    return answer.status === 200 && (size === null || Number(size) === blob.size);
  }

  /** The blob with this SHA-256, as far as the registry says how large it is; its bytes are verified when they are read. */
  async find(sha256: string): Promise<BlobName | null> {
    const answer = await this.#look({ sha256 });
    const size = Number(answer.headers.get('content-length') ?? Number.NaN);
    return answer.status === 200 && Number.isSafeInteger(size) ? { sha256, size } : null;
  }

  source({ sha256, size }: BlobName): BlobSource {
    return { sha256, size, repository: this.repository.name, open: () => this.#bytesOf({ sha256, size }) };
  }

  /**
   * All bytes of a small blob or a manifest.
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; FormatError FORMAT_LIMIT_EXCEEDED
   */
  async read(descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    assertSize(descriptor, maxBytes);
    const blob = { sha256: sha256Of(descriptor), size: descriptor.size };
    if (descriptor.mediaType !== MANIFEST_MEDIA_TYPE)
      return collected(verified(blob, this.#bytesOf(blob), this.signal));
    const found =
      this.known?.digest === descriptor.digest
        ? this.known
        : await readManifest(this.repository, descriptor.digest, this.signal);
    if (found === null) throw partMissing(blob.sha256);
    return found.bytes;
  }

  async #look(blob: Pick<BlobName, 'sha256'>): Promise<HttpAnswer> {
    const answer = await this.repository.send(this.#urlOf(blob), {
      method: 'HEAD',
      doing: `look for a blob in ${this.repository.uri}`,
      expected: [200, 404],
      signal: this.signal,
    });
    await answer.discard();
    return answer;
  }

  async *#bytesOf(blob: BlobName): AsyncGenerator<Uint8Array> {
    let retries = this.repository.newRetries();
    for (let at = 0; ; ) {
      const answer = await this.#askFrom(blob, at);
      let skipped = at - (answer.status === 206 ? at : 0);
      try {
        for await (const chunk of answer.bytes) {
          const rest = chunk.subarray(Math.min(skipped, chunk.length));
          skipped -= chunk.length - rest.length;
          if (rest.length === 0) continue;
          at += rest.length;
          retries = this.repository.newRetries();
          yield rest;
        }
        return;
      } catch (error) {
        if (!isUnreachable(error) || !(await retries.another(null, this.signal))) throw error;
      }
    }
  }

  /** With 206 what comes begins at `at`, with 200 at the beginning. */
  async #askFrom(blob: BlobName, at: number): Promise<HttpAnswer> {
    const doing = `read a blob of ${this.repository.uri}`;
    const answer = await this.repository.send(this.#urlOf(blob), {
      ...(at === 0 ? {} : { headers: { range: `bytes=${at}-` } }),
      doing,
      expected: [200, 206, 404],
      signal: this.signal,
    });
    if (answer.status === 200) return answer;
    const range = answer.headers.get('content-range') ?? '';
    if (answer.status === 206 && range.startsWith(`bytes ${at}-`)) return answer;
    await answer.discard();
    if (answer.status === 404) throw partMissing(blob.sha256);
    throw brokenPromise(this.repository.name.host, 'sends another part of a blob than it was asked for');
  }

  #urlOf(blob: Pick<BlobName, 'sha256'>): URL {
    return this.repository.urlOf(`blobs/${digestOf(blob)}`);
  }
}
