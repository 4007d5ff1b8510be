// One upload of a blob, as the registry keeps account of it: begun, filled, and made a blob or given up.
import type { BlobName } from '../../codec/blob-name.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { digestOf } from '../../snapshot/oci-manifest.ts';
import { assertSameDigest, type Repository } from './repository.ts';

/** Giving up must not take long where the registry has gone. */
const GIVE_UP_MS = 5_000;

/** What is sent, once for each attempt. */
export interface Body {
  body: () => AsyncIterable<Uint8Array>;
  bodyBytes: number;
}

const NOTHING: Body = { body: async function* () {}, bodyBytes: 0 };

export class UploadSession {
  private constructor(
    private readonly repository: Repository,
    private readonly blob: BlobName,
    /** Another after each request. */
    private url: URL,
    /** The least that the registry wants of every part but the last. */
    readonly minPartBytes: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Null where the registry had the blob in `from`, another repository, and has it here now. @throws as `Repository.send`
   */
  static async begin(
    repository: Repository,
    blob: BlobName,
    from: string | null,
    signal: AbortSignal | undefined,
  ): Promise<UploadSession | null> {
    const url = repository.urlOf('blobs/uploads/');
    if (from !== null) {
      url.searchParams.set('mount', digestOf(blob));
      url.searchParams.set('from', from);
    }
    const answer = await repository.send(url, {
      method: 'POST',
      alsoReads: from ?? undefined,
      doing: `write to ${repository.uri}`,
      expected: from === null ? [202] : [201, 202],
      signal,
    });
    await answer.discard();
    if (answer.status === 201) return null;
    const least = Number(answer.headers.get('oci-chunk-min-length') ?? 0);
    const location = repository.locationIn(answer);
    return new UploadSession(repository, blob, location, Number.isSafeInteger(least) ? least : 0, signal);
  }

  /** Adds the part that begins at `from`. @throws as `Repository.send` */
  async add(from: number, part: Body): Promise<void> {
    const isWhole = part.bodyBytes === this.blob.size;
    const range = `${from}-${from + part.bodyBytes - 1}`;
    await this.#send('PATCH', [202, 204], {
      ...part,
      // A registry that takes it as a stream may not know parts.
      headers: { 'content-type': OCTETS, ...(isWhole ? {} : { 'content-range': range }) },
    });
  }

  /** How many bytes have arrived. @throws as `Repository.send` */
  async arrived(): Promise<number> {
    const { headers } = await this.#send('GET', [200, 202, 204], {});
    const last = /^(?:bytes=)?0-(\d+)$/.exec(headers.get('range') ?? '')?.[1] ?? '0';
    // What is said of nothing and of a single byte is the same.
    return Number(last) === 0 ? 0 : Math.min(Number(last) + 1, this.blob.size);
  }

  /** Makes a blob of what has arrived, and of `rest`. @throws as `Repository.send` */
  async finish(rest: Body = NOTHING): Promise<void> {
    this.url.searchParams.set('digest', digestOf(this.blob));
    const headers = { 'content-type': OCTETS };
    const answer = await this.#send('PUT', [201, 204], { ...rest, headers });
    assertSameDigest(answer, digestOf(this.blob), this.repository.name.host);
  }

  /** So that the registry need not keep what arrived. It may have gone by itself: then nothing is to be done. */
  async giveUp(): Promise<void> {
    const answer = await this.repository
      .send(this.url, {
        method: 'DELETE',
        doing: 'give up an upload',
        expected: [200, 202, 204],
        signal: AbortSignal.timeout(GIVE_UP_MS),
      })
      .catch(() => null);
    await answer?.discard();
  }

  async #send(
    method: string,
    expected: readonly number[],
    request: Partial<Body> & { headers?: Record<string, string> },
  ): Promise<HttpAnswer> {
    const { repository, signal } = this;
    const doing = `write to ${repository.uri}`;
    const answer = await repository.send(this.url, { ...request, method, doing, expected, signal });
    await answer.discard();
    if (method !== 'PUT' && answer.headers.has('location')) this.url = repository.locationIn(answer);
    return answer;
  }
}

const OCTETS = 'application/octet-stream';
