// An object driver over Azure Blob Storage. Loaded for `azblob://` alone.
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  AnonymousCredential,
  type BlobRequestConditions,
  BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  RestError,
  StorageRetryPolicyType,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { type StoreError, UsageError } from '../../../errors.ts';
import type {
  ListedObject,
  ObjectDriver,
  ObjectHead,
  OpenObject,
  PutOptions,
  Renewal,
} from '../object-driver.ts';
import { type BucketOptions, BucketSpace, IDLE_MS, streamed, TRIES } from './bucket-space.ts';
import { type BucketWords, bucketError, connectionCode, type Failure, noCredentials } from './failure.ts';
import { eachPart, PartMemory, sourceOf } from './parts.ts';

const CREDENTIALS =
  'AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, as the tools of Azure take them';
const PIPELINE = {
  retryOptions: {
    retryPolicyType: StorageRetryPolicyType.EXPONENTIAL,
    maxTries: TRIES,
    tryTimeoutInMs: IDLE_MS,
    retryDelayInMs: 200,
    maxRetryDelayInMs: 5_000,
  },
};

export interface AzureOptions extends BucketOptions {
  /** Where the tools of Azure find the account's key and address. */
  environment: Readonly<Record<string, string | undefined>>;
}

export class AzureDriver implements ObjectDriver {
  readonly #container: ContainerClient;
  readonly #memory = new PartMemory();
  readonly #space: BucketSpace;
  readonly #words: BucketWords;
  readonly #isAnonymous: boolean;

  /** @throws UsageError USAGE_BAD_ARGUMENT for a connection string that cannot be read, or is of another account */
  constructor(account: string, container: string, prefix: string, { environment, ...options }: AzureOptions) {
    const service = serviceOf(account, environment);
    this.#isAnonymous = service.credential instanceof AnonymousCredential && !service.url.includes('?');
    this.#container = service.getContainerClient(container);
    this.#space = new BucketSpace(prefix, options);
    this.#words = {
      bucket: `azblob://${account}/${container}`,
      noun: 'container',
      credentials: CREDENTIALS,
      endpoint: 'AZURE_STORAGE_SERVICE_ENDPOINT',
    };
  }

  async get(key: string): Promise<OpenObject | null> {
    const blob = this.#blob(key);
    const found = await this.#send((abortSignal) => blob.download(0, undefined, { abortSignal }), isNoBlob);
    if (found === null) return null;
    const body = found.readableStreamBody as Readable;
    const bytes = streamed(body, this.#space.signal, (error) => this.#errorFrom(error));
    return { etag: found.etag!, bytes };
  }

  async put(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    { ifAbsent = false, ifMatch }: PutOptions = {},
  ): Promise<string | null> {
    const blob = this.#blob(key);
    const conditions = {
      ...(ifAbsent ? { ifNoneMatch: '*' } : {}),
      ...(ifMatch === undefined ? {} : { ifMatch }),
    };
    const isLost = ({ status, code }: Failure) =>
      status === 412 || code === 'BlobAlreadyExists' || (ifMatch !== undefined && code === 'BlobNotFound');
    const source = await sourceOf(bytes, this.#memory, this.#space.signal);
    if (source.whole === null) return this.#putInBlocks(blob, source.bytes, conditions, isLost);
    const { whole } = source;
    const put = await this.#send(
      (abortSignal) => blob.upload(whole, whole.length, { conditions, abortSignal }),
      isLost,
    );
    if (put !== null) this.#memory.giveBack(whole);
    return put && put.etag!;
  }

  /** Blocks are seen by nobody before the last request, and go away by themselves when that does not come. */
  async #putInBlocks(
    blob: BlockBlobClient,
    bytes: AsyncIterable<Uint8Array>,
    conditions: BlobRequestConditions,
    isLost: (failure: Failure) => boolean,
  ): Promise<string | null> {
    // Blocks of two writers of one blob must not be taken for another's.
    const upload = randomUUID();
    const ids = await eachPart(bytes, this.#memory, async (block, number) => {
      const id = Buffer.from(`${upload}-${String(number).padStart(6, '0')}`).toString('base64');
      await this.#must((abortSignal) => blob.stageBlock(id, block, block.length, { abortSignal }));
      return id;
    });
    const put = await this.#send(
      (abortSignal) => blob.commitBlockList(ids, { conditions, abortSignal }),
      isLost,
    );
    return put && put.etag!;
  }

  async head(key: string): Promise<ObjectHead | null> {
    const blob = this.#blob(key);
    const found = await this.#send((abortSignal) => blob.getProperties({ abortSignal }), isNoBlob);
    return found && headOf(found);
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const { signal } = this.#space;
    const pages = this.#container
      .listBlobsFlat({ prefix: this.#space.beginningOf(prefix), ...(signal && { abortSignal: signal }) })
      .byPage();
    for (;;) {
      const page = await this.#send(
        () => pages.next(),
        () => false,
      );
      if (page === null || page.done) return;
      for (const { name, properties } of page.value.segment.blobItems) {
        const key = this.#space.keyOf(name);
        // A listing has etags without the quotes that belong to them.
        const etag = properties.etag.startsWith('"') ? properties.etag : `"${properties.etag}"`;
        if (key !== null) yield { key, head: headOf({ ...properties, etag }) };
      }
    }
  }

  async delete(key: string, seen?: ObjectHead): Promise<boolean> {
    const blob = this.#blob(key);
    const conditions = seen === undefined ? {} : { ifMatch: seen.etag };
    let isOther = false;
    await this.#send(
      (abortSignal) => blob.delete({ conditions, abortSignal }),
      (failure) => {
        isOther = failure.status === 412;
        return isOther || isNoBlob(failure);
      },
    );
    return !isOther || (await this.head(key)) === null;
  }

  /** Gives it another etag, too, so that whoever saw the old one does not delete it. */
  async renew(key: string, seen: ObjectHead): Promise<Renewal> {
    const blob = this.#blob(key);
    if (this.#space.isYoung(seen)) return 'young';
    const renewed = { renewed: String(Date.now()) };
    const done = await this.#send((abortSignal) => blob.setMetadata(renewed, { abortSignal }), isNoBlob);
    return done === null ? 'gone' : 'renewed';
  }

  #blob(key: string) {
    return this.#container.getBlockBlobClient(this.#space.nameOf(key));
  }

  async #must<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return (await this.#send(work, () => false))!;
  }

  /** Null for a failure that `isExpected`. */
  async #send<T>(
    work: (signal: AbortSignal) => Promise<T>,
    isExpected: (failure: Failure) => boolean,
  ): Promise<T | null> {
    const { signal } = this.#space;
    signal?.throwIfAborted();
    try {
      return await work(signal ?? NEVER);
    } catch (error) {
      signal?.throwIfAborted();
      if (isExpected(failureOf(error))) return null;
      throw this.#errorFrom(error);
    }
  }

  #errorFrom(error: unknown): StoreError {
    const failure = failureOf(error);
    const { status } = failure;
    // Whoever gives no credentials is told that nothing is there.
    if (this.#isAnonymous && status !== null && status >= 400 && status < 500)
      return noCredentials(this.#words);
    return bucketError(failure, this.#words);
  }
}

const NEVER = new AbortController().signal;

function serviceOf(account: string, env: AzureOptions['environment']): BlobServiceClient {
  const connection = env.AZURE_STORAGE_CONNECTION_STRING;
  if (connection) {
    const service = fromConnectionString(connection);
    const named = /(?:^|;)\s*AccountName=([^;]+)/i.exec(connection)?.[1] ?? service.accountName;
    if (named !== account) {
      throw new UsageError(
        'USAGE_BAD_ARGUMENT',
        `azblob://${account}: the connection string is of another account`,
        { hint: 'name the account of AZURE_STORAGE_CONNECTION_STRING, or set that variable for this one' },
      );
    }
    return service;
  }
  const address = env.AZURE_STORAGE_SERVICE_ENDPOINT || `https://${account}.blob.core.windows.net`;
  if (env.AZURE_STORAGE_KEY) {
    const credential = new StorageSharedKeyCredential(account, env.AZURE_STORAGE_KEY);
    return new BlobServiceClient(address, credential, PIPELINE);
  }
  const token = env.AZURE_STORAGE_SAS_TOKEN?.replace(/^\?/, '');
  return new BlobServiceClient(token ? `${address}?${token}` : address, new AnonymousCredential(), PIPELINE);
}

function fromConnectionString(text: string): BlobServiceClient {
  try {
    return BlobServiceClient.fromConnectionString(text, PIPELINE);
  } catch {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'the connection string of the Azure account cannot be read', {
      hint: 'copy AZURE_STORAGE_CONNECTION_STRING again from the account',
    });
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof RestError)) return { status: null, code: connectionCode(error) };
  const status = error.statusCode ?? null;
  const { code } = (error.details ?? {}) as { errorCode?: string; code?: string };
  return { status, code: (status === null ? connectionCode(error) : null) ?? error.code ?? code ?? null };
}

/** Not where the container is missing. */
function isNoBlob({ status, code }: Failure): boolean {
  return status === 404 && code !== 'ContainerNotFound';
}

function headOf(found: {
  contentLength?: number | undefined;
  etag?: string | undefined;
  lastModified?: Date | undefined;
}): ObjectHead {
  return {
    size: found.contentLength!,
    etag: found.etag!,
    modifiedMs: found.lastModified!.getTime(),
  };
}
