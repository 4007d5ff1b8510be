// Requests to S3, or what speaks as it does: who is asked, how often, and what a failure means.
import { S3Client, type S3ServiceException } from '@aws-sdk/client-s3';
import type { StoreError } from '../../../errors.ts';
import { type BucketOptions, CONNECT_MS, IDLE_MS, TRIES } from './bucket-space.ts';
import {
  type BucketWords,
  bucketError,
  connectionCode,
  type Failure,
  noCredentials,
  wrongRegion,
} from './failure.ts';
import { PartMemory } from './parts.ts';

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const REGION_CODES = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const REGION_HINT = 'set AWS_REGION to the region of the bucket';
export interface S3Address {
  Bucket: string;
  Key: string;
}
type Stoppable = { abortSignal?: AbortSignal };

export interface S3Options extends BucketOptions {
  /** Whether the service is another than Amazon's: most of these know no bucket by its host name. */
  isElsewhere: boolean;
}

export class S3Requests {
  readonly client: S3Client;
  /** For what must not come later than it is answered. */
  readonly once: S3Client;
  readonly signal: AbortSignal | undefined;
  readonly memory = new PartMemory();
  readonly #words: BucketWords;

  /** Credentials, region and endpoint come from where the vendor's client looks for them. */
  constructor(bucket: string, { isElsewhere, signal }: S3Options) {
    const config = {
      forcePathStyle: isElsewhere,
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
    };
    this.client = new S3Client({ ...config, maxAttempts: TRIES });
    this.once = new S3Client({ ...config, maxAttempts: 1 });
    this.signal = signal;
    this.#words = {
      bucket: `s3://${bucket}`,
      noun: 'bucket',
      credentials: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of the machine',
      endpoint: 'AWS_ENDPOINT_URL_S3',
    };
  }

  async must<T>(work: (options: Stoppable) => Promise<T>): Promise<T> {
    return (await this.send(work, () => false))!;
  }

  /** Null for a failure that `isExpected`. */
  async send<T>(
    work: (options: Stoppable) => Promise<T>,
    isExpected: (failure: Failure) => boolean,
  ): Promise<T | null> {
    const { signal } = this;
    signal?.throwIfAborted();
    try {
      return await work(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (isExpected(failureOf(error))) return null;
      throw this.errorFrom(error);
    }
  }

  errorFrom(error: unknown): StoreError {
    const failure = failureOf(error);
    if (failure.code !== null && NO_CREDENTIALS.has(failure.code)) return noCredentials(this.#words);
    if (error instanceof Error && error.message === 'Region is missing')
      return wrongRegion(this.#words, 'no region is given', REGION_HINT);
    if (failure.status === 301 || failure.status === 307 || REGION_CODES.has(failure.code ?? ''))
      return wrongRegion(this.#words, 'the bucket is in another region', REGION_HINT);
    return bucketError(failure, this.#words);
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { status: null, code: null };
  const status = (error as Partial<S3ServiceException>).$metadata?.httpStatusCode ?? null;
  return { status, code: (status === null ? connectionCode(error) : null) ?? error.name };
}

/** Not where the bucket is missing. */
export function isNoKey({ status, code }: Failure): boolean {
  return status === 404 && code !== 'NoSuchBucket';
}
