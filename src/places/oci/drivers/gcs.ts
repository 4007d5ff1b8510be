// An object driver over Google Cloud Storage. Loaded for `gs://` alone.
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  type Bucket,
  type File,
  type FileMetadata,
  type GetFilesOptions,
  IdempotencyStrategy,
  Storage,
} from '@google-cloud/storage';
import type { StoreError } from '../../../errors.ts';
import type {
  ListedObject,
  ObjectDriver,
  ObjectHead,
  OpenObject,
  PutOptions,
  Renewal,
} from '../object-driver.ts';
import { type BucketOptions, BucketSpace, streamed, TRIES } from './bucket-space.ts';
import { type BucketWords, bucketError, connectionCode, type Failure, noCredentials } from './failure.ts';
import { PART_BYTES, PartMemory, SourceStream, sourceOf } from './parts.ts';

/** Bytes are checked here against the SHA-256 that names them; and an index must not come from a cache. */
const UNCACHED = {
  validation: false,
  metadata: { contentType: 'application/octet-stream', cacheControl: 'no-store' },
};
const HALF_MINUTE = 30;

export class GcsDriver implements ObjectDriver {
  readonly #bucket: Bucket;
  readonly #memory = new PartMemory();
  readonly #space: BucketSpace;
  readonly #words: BucketWords;

  /** Credentials and endpoint come from where the vendor's client looks for them. */
  constructor(bucket: string, prefix: string, options: BucketOptions) {
    // All that is asked may be asked again: it is under a condition, or says the same each time.
    const storage = new Storage({
      retryOptions: {
        autoRetry: true,
        maxRetries: TRIES - 1,
        totalTimeout: HALF_MINUTE,
        idempotencyStrategy: IdempotencyStrategy.RetryAlways,
      },
    });
    // As it is by default; where STORAGE_EMULATOR_HOST names the host, the client forgets the path.
    storage.baseUrl = `${storage.apiEndpoint}/storage/v1`;
    this.#bucket = storage.bucket(bucket);
    this.#space = new BucketSpace(prefix, options);
    this.#words = {
      bucket: `gs://${bucket}`,
      noun: 'bucket',
      credentials:
        'GOOGLE_APPLICATION_CREDENTIALS, gcloud auth application-default login, or the role of the machine',
      endpoint: 'STORAGE_EMULATOR_HOST, which is for tests',
    };
  }

  async get(key: string): Promise<OpenObject | null> {
    const body = this.#file(key).createReadStream({ validation: false, decompress: false });
    const opened = await this.#send(async () => {
      body.read(0);
      const [{ statusCode, headers }] = (await once(body, 'response')) as [Answer];
      if (statusCode >= 400) await once(body, 'end');
      return headers['x-goog-generation'];
    }, isMissing);
    if (opened === null) {
      // Only a listing tells whether it is the bucket that is missing.
      await this.#must(() => this.#bucket.getFiles({ maxResults: 1, autoPaginate: false }));
      return null;
    }
    const bytes = streamed(body, this.#space.signal, (error) => this.#errorFrom(error));
    return { etag: String(opened), bytes };
  }

  async put(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    { ifAbsent = false, ifMatch }: PutOptions = {},
  ): Promise<string | null> {
    const file = this.#file(key);
    const ifGenerationMatch = ifAbsent ? 0 : ifMatch && generationIn(ifMatch);
    if (ifGenerationMatch === null) return null;
    const condition =
      ifGenerationMatch === undefined || ifGenerationMatch === ''
        ? {}
        : { preconditionOpts: { ifGenerationMatch } };
    const source = await sourceOf(bytes, this.#memory, this.#space.signal);
    const options = { ...UNCACHED, ...condition };
    const isLost = ({ status }: Failure) => status === 412;
    const put =
      source.whole !== null
        ? await this.#send(async () => {
            await file.save(source.whole, { ...options, resumable: false });
            return true;
          }, isLost)
        : await this.#putInParts(file, new SourceStream(source.bytes), options, isLost);
    if (put !== null && source.whole !== null) this.#memory.giveBack(source.whole);
    return put === null ? null : etagOf(file.metadata);
  }

  /** The object is there when the last request is answered, and not before; when anything fails, no part is kept. */
  async #putInParts(
    file: File,
    source: SourceStream,
    options: typeof UNCACHED,
    isLost: (failure: Failure) => boolean,
  ): Promise<true | null> {
    const to = file.createWriteStream({ ...options, resumable: true, chunkSize: PART_BYTES });
    let address: string | null = null;
    to.on('uri', (uri: string) => {
      address = uri;
    });
    try {
      const { signal } = this.#space;
      await pipeline(source.readable(), to, signal === undefined ? {} : { signal });
      return true;
    } catch (error) {
      // Whoever knows the address of an upload may give it up.
      if (address !== null) await fetch(address, { method: 'DELETE' }).catch(() => undefined);
      this.#space.signal?.throwIfAborted();
      source.rethrow();
      if (isLost(failureOf(error))) return null;
      throw this.#errorFrom(error);
    }
  }

  async head(key: string): Promise<ObjectHead | null> {
    const metadata = await this.#metadata(key);
    return metadata && headOf(metadata);
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    let query: GetFilesOptions | null = {
      prefix: this.#space.beginningOf(prefix),
      autoPaginate: false,
    };
    while (query !== null) {
      const asked: GetFilesOptions = query;
      const [files, next]: [File[], GetFilesOptions | null, ...unknown[]] = await this.#must(() =>
        this.#bucket.getFiles(asked),
      );
      for (const { name, metadata } of files) {
        const key = this.#space.keyOf(name);
        if (key !== null) yield { key, head: headOf(metadata) };
      }
      query = next;
    }
  }

  async delete(key: string, seen?: ObjectHead): Promise<boolean> {
    const file = this.#file(key);
    const now = await this.#metadata(key);
    if (now === null) return true;
    const head = headOf(now);
    if (seen !== undefined && (head.etag !== seen.etag || head.modifiedMs !== seen.modifiedMs)) return false;
    const condition = { ifGenerationMatch: now.generation!, ifMetagenerationMatch: now.metageneration! };
    let isOther = false;
    await this.#send(
      () => file.delete(seen === undefined ? {} : condition),
      ({ status }) => {
        isOther = status === 412;
        return isOther || status === 404;
      },
    );
    return !isOther;
  }

  /** A change of the metadata is one of the metageneration, so that whoever saw the old one does not delete it. */
  async renew(key: string, seen: ObjectHead): Promise<Renewal> {
    const file = this.#file(key);
    if (this.#space.isYoung(seen)) return 'young';
    const metadata = { metadata: { renewed: String(Date.now()) } };
    const done = await this.#send(() => file.setMetadata(metadata), isMissing);
    if (done === null) return 'gone';
    if (headOf(done[0]).modifiedMs > seen.modifiedMs) return 'renewed';
    // What is no Google may not date a change of the metadata.
    const copied = await this.#send(() => file.copy(this.#file(key)), isMissing);
    return copied === null ? 'gone' : 'renewed';
  }

  async #metadata(key: string): Promise<FileMetadata | null> {
    const file = this.#file(key);
    const found = await this.#send(() => file.getMetadata(), isMissing);
    return found?.[0] ?? null;
  }

  #file(key: string): File {
    return this.#bucket.file(this.#space.nameOf(key));
  }

  async #must<T>(work: () => Promise<T>): Promise<T> {
    return (await this.#send(work, () => false))!;
  }

  /** Null for a failure that `isExpected`. The vendor's client cannot be stopped, but need not be waited for. */
  async #send<T>(work: () => Promise<T>, isExpected: (failure: Failure) => boolean): Promise<T | null> {
    const { signal } = this.#space;
    signal?.throwIfAborted();
    let stop: () => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal!.reason);
    });
    signal?.addEventListener('abort', stop);
    try {
      return await Promise.race([work(), stopped]);
    } catch (error) {
      signal?.throwIfAborted();
      if (isExpected(failureOf(error))) return null;
      throw this.#errorFrom(error);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  #errorFrom(error: unknown): StoreError {
    if (error instanceof Error && /could not load the default credentials/i.test(error.message))
      return noCredentials(this.#words);
    return bucketError(failureOf(error), this.#words);
  }
}

interface Answer {
  statusCode: number;
  headers: IncomingHttpHeaders;
}

function failureOf(error: unknown): Failure {
  const { code, status, response } = error as {
    code?: unknown;
    status?: unknown;
    response?: { status?: unknown };
  };
  const found = [code, status, response?.status].map(Number).find((each) => each >= 100 && each < 600);
  return { status: found ?? null, code: found === undefined ? connectionCode(error) : null };
}

function isMissing({ status }: Failure): boolean {
  return status === 404;
}

function generationIn(etag: string): string | null {
  return /^\d+$/.test(etag) ? etag : null;
}

function etagOf({ generation }: FileMetadata): string {
  return String(generation);
}

function headOf(metadata: FileMetadata): ObjectHead {
  const { size, updated } = metadata;
  return { size: Number(size), etag: etagOf(metadata), modifiedMs: Date.parse(updated!) };
}
