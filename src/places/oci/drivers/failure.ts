// What the client of a bucket failed with, as an error of ours. Nothing of what it says is passed on but a status and a
// code: messages quote addresses with signatures in them, and headers.
import { StoreError } from '../../../errors.ts';

export interface Failure {
  /** Of the answer; null where there was none. */
  status: number | null;
  /** A name such as `NoSuchBucket` or `ECONNREFUSED`. */
  code: string | null;
}

/** What the vendor's own words help with. */
export interface BucketWords {
  /** The bucket and what is before it, such as `s3://bucket`. */
  bucket: string;
  /** What a bucket is called there. */
  noun: string;
  /** Where its client finds credentials. */
  credentials: string;
  /** Which variable says where the service is. */
  endpoint: string;
}

const CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** @param failure of a request that is not about an object that may be missing */
export function bucketError({ status, code }: Failure, words: BucketWords): StoreError {
  const details = { place: words.bucket, status, reason: code !== null && CODE.test(code) ? code : null };
  const { bucket, noun, credentials, endpoint } = words;
  if (status === 401 || status === 403) {
    return new StoreError('STORE_DENIED', `${bucket}: access is denied${because(details)}`, {
      hint: `check that the credentials are right and may list, read, write and delete there: ${credentials}`,
      details,
    });
  }
  if (status === 404) {
    return new StoreError('STORE_NOT_FOUND', `${bucket}: there is no such ${noun}`, {
      hint: `check the name, or make the ${noun} first`,
      details,
    });
  }
  if (status === null || status === 408 || status === 429 || status >= 500) {
    const what = status === null ? 'cannot be reached, or broke off' : 'does not serve the request now';
    return new StoreError('STORE_UNREACHABLE', `${bucket}: the service ${what}${because(details)}`, {
      hint: `try again; if it stays so, check the network and ${endpoint}`,
      details,
    });
  }
  return new StoreError('STORE_IO', `${bucket}: the service refused the request${because(details)}`, {
    hint: `check that the ${noun} is an ordinary one, and ${endpoint}`,
    details,
  });
}

/** Nothing that the client looks for credentials in has any. */
export function noCredentials({ bucket, credentials }: BucketWords): StoreError {
  return new StoreError('STORE_DENIED', `${bucket}: no credentials were found`, {
    hint: `give them: ${credentials}`,
    details: { place: bucket },
  });
}

export function wrongRegion({ bucket }: BucketWords, what: string, hint: string): StoreError {
  return new StoreError('STORE_UNREACHABLE', `${bucket}: ${what}`, { hint, details: { place: bucket } });
}

function because({ status, reason }: { status: number | null; reason: string | null }): string {
  const parts = [status, reason].filter((part) => part !== null);
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
}

/** A code that a connection fails with, also where it is the cause of what was thrown. */
export function connectionCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && code.startsWith('E')) return code;
  }
  return null;
}
