// Downloads a file: where the connection breaks, it goes on from there, if it is still the same file.
import { createHash, type Hash } from 'node:crypto';
import { StoreError } from '../errors.ts';
import { badAnswer, isPassing, shownUrl } from './failures.ts';
import type { HttpAnswer, HttpClient } from './http.ts';
import { Retries } from './retries.ts';
import { assertFound } from './status.ts';

export interface Download {
  headers: Headers;
  /** Null where the server does not say it. */
  size: number | null;
  /** To be read once. @throws StoreError STORE_UNREACHABLE, STORE_CHANGING; the signal's reason */
  bytes: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/**
 * Asks for a file; its bytes come as they are stored, whatever encoding the server names.
 * @throws StoreError STORE_NOT_FOUND, STORE_DENIED, STORE_UNREACHABLE; PolicyError POLICY_OUTSIDE_FENCE; the signal's reason
 */
export async function download(client: HttpClient, url: URL, signal?: AbortSignal): Promise<Download> {
  const answer = await client.send(url, { signal });
  await assertFound(url, answer);
  const { headers } = answer;
  const size = lengthOf(headers);
  const bytes = new File(client, url, { size, tag: strongTagOf(headers) }, signal).bytesFrom(answer);
  return { headers, size, bytes, discard: () => answer.discard() };
}

/** A file of which a part is here. */
class File {
  #received = 0;
  /** Of what is here; only where nothing else tells that the file is the same. */
  readonly #hash: Hash | null;

  constructor(
    private readonly client: HttpClient,
    private readonly url: URL,
    private readonly entity: { size: number | null; tag: string | null },
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#hash = entity.tag === null ? createHash('sha256') : null;
  }

  async *bytesFrom(first: HttpAnswer): AsyncGenerator<Uint8Array> {
    const { size } = this.entity;
    const { paceBytes } = this.client.settings;
    let bytes = first.bytes;
    let retries = this.#newRetries();
    for (let begun = 0; ; begun = this.#received) {
      let broken: unknown;
      try {
        for await (const chunk of bytes) {
          this.#received += chunk.byteLength;
          this.#hash?.update(chunk);
          yield chunk;
        }
        if (size === null || this.#received === size) return;
      } catch (error) {
        if (!(error instanceof StoreError) || !isPassing(error.cause)) throw error;
        broken = error;
      }
      // Who sends a little each time and breaks off again has not many more attempts than who sends nothing.
      if (this.#received - begun >= paceBytes) retries = this.#newRetries();
      if (!(await retries.another(null, this.signal))) throw this.#cutOff(broken);
      bytes = await this.#rest();
    }
  }

  #newRetries(): Retries {
    return new Retries(this.client.settings, true);
  }

  /** What is still lacking. */
  async #rest(): Promise<AsyncIterable<Uint8Array>> {
    const { tag } = this.entity;
    const headers =
      tag === null || this.#received === 0 ? {} : { range: `bytes=${this.#received}-`, 'if-range': tag };
    // From the first address: what it redirected to may have been for a while only.
    const answer = await this.client.send(this.url, { headers, signal: this.signal });
    if (answer.status === 206) return this.#part(answer);
    if (answer.status === 416) throw await this.#changed(answer);
    await assertFound(this.url, answer);
    const { size } = this.entity;
    const isOther = tag !== null && strongTagOf(answer.headers) !== tag;
    if (isOther || (size !== null && (lengthOf(answer.headers) ?? size) !== size)) {
      throw await this.#changed(answer);
    }
    return this.#afterWhatIsHere(answer);
  }

  async #part(answer: HttpAnswer): Promise<AsyncIterable<Uint8Array>> {
    const { first, total } =
      /^bytes (?<first>[0-9]+)-[0-9]+\/(?<total>[0-9]+|\*)$/i.exec(answer.headers.get('content-range') ?? '')
        ?.groups ?? {};
    const { size, tag } = this.entity;
    const isSame = total === '*' || size === null || Number(total) === size;
    const isOther = tag !== (strongTagOf(answer.headers) ?? tag);
    if (Number(first) !== this.#received || !isSame || isOther) throw await this.#changed(answer);
    return answer.bytes;
  }

  /** From a server that sends all of it again. */
  async *#afterWhatIsHere(answer: HttpAnswer): AsyncGenerator<Uint8Array> {
    const again = this.#hash === null ? null : createHash('sha256');
    const expected = this.#hash?.copy().digest('hex');
    let left = this.#received;
    for await (const chunk of answer.bytes) {
      const known = chunk.subarray(0, left);
      if (known.length > 0) again?.update(known);
      left -= known.length;
      if (left > 0) continue;
      if (known.length > 0 && again?.digest('hex') !== expected) throw await this.#changed(answer);
      if (chunk.length > known.length) yield chunk.subarray(known.length);
    }
    if (left > 0) throw await this.#changed(answer);
  }

  async #changed(answer: HttpAnswer): Promise<StoreError> {
    await answer.discard();
    return new StoreError('STORE_CHANGING', `${shownUrl(this.url)} changed while it was being read`, {
      hint: 'nothing was taken from it; try again when nobody writes it',
      details: { url: shownUrl(this.url) },
    });
  }

  #cutOff(cause: unknown): StoreError {
    const { size } = this.entity;
    const of = size === null ? '' : ` of ${size}`;
    const error = badAnswer(
      this.url,
      `ends after ${this.#received}${of} bytes, also when asked for the rest`,
      'try again later; nothing was taken from it',
    );
    error.cause = cause;
    return error;
  }
}

function lengthOf(headers: Headers): number | null {
  const text = headers.get('content-length');
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}

/** Of two files with one strong tag every byte is the same. */
function strongTagOf(headers: Headers): string | null {
  const tag = headers.get('etag');
  return tag !== null && /^"[\x21\x23-\x7e]*"$/.test(tag) ? tag : null;
}
