// An object driver over S3, or what speaks as it does. Loaded for `s3://` alone.
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type {
  ListedObject,
  ObjectDriver,
  ObjectHead,
  OpenObject,
  PutOptions,
  Renewal,
} from '../object-driver.ts';
import { BucketSpace, streamed } from './bucket-space.ts';
import type { Failure } from './failure.ts';
import { sourceOf } from './parts.ts';
import { copyOntoItself, putInParts, type S3Condition } from './s3-parts.ts';
import { isNoKey, type S3Address, type S3Options, S3Requests } from './s3-requests.ts';

const CONTENT_TYPE = 'application/octet-stream';
/** How long what was seen of an object counts. */
const FRESH_MS = 2_000;
const DELETE_MS = 10_000;

export class S3Driver implements ObjectDriver {
  readonly #bucket: string;
  readonly #space: BucketSpace;
  readonly #requests: S3Requests;

  constructor(bucket: string, prefix: string, options: S3Options) {
    this.#bucket = bucket;
    this.#space = new BucketSpace(prefix, options);
    this.#requests = new S3Requests(bucket, { ...options, signal: this.#space.signal });
  }

  async get(key: string): Promise<OpenObject | null> {
    const command = new GetObjectCommand(this.#at(key));
    const found = await this.#requests.send(
      (options) => this.#requests.client.send(command, options),
      isNoKey,
    );
    if (found === null) return null;
    const bytes = streamed(found.Body as Readable, this.#space.signal, (error) =>
      this.#requests.errorFrom(error),
    );
    return { etag: found.ETag!, bytes };
  }

  async put(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    { ifAbsent = false, ifMatch, sha256 }: PutOptions = {},
  ): Promise<string | null> {
    const to = { ...this.#at(key), ContentType: CONTENT_TYPE };
    const condition: S3Condition = {
      ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
      ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
    };
    const isLost = ({ status, code }: Failure) =>
      status === 412 || status === 409 || (ifMatch !== undefined && code === 'NoSuchKey');
    const source = await sourceOf(bytes, this.#requests.memory, this.#space.signal);
    if (source.whole === null) return putInParts(this.#requests, to, source.bytes, condition, isLost);
    const command = new PutObjectCommand({ ...to, ...condition, Body: source.whole });
    if (sha256 !== undefined) tellHash(command, sha256);
    const put = await this.#requests.send((options) => this.#requests.client.send(command, options), isLost);
    if (put !== null) this.#requests.memory.giveBack(source.whole);
    return put && put.ETag!;
  }

  async head(key: string): Promise<ObjectHead | null> {
    const command = new HeadObjectCommand(this.#at(key));
    const found = await this.#requests.send(
      (options) => this.#requests.client.send(command, options),
      ({ status }) => status === 404,
    );
    return found && headOf(found.ContentLength, found.ETag, found.LastModified);
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const from = { Bucket: this.#bucket, Prefix: this.#space.beginningOf(prefix) };
    let next: string | undefined;
    do {
      const command = new ListObjectsV2Command({ ...from, ContinuationToken: next });
      const page = await this.#requests.must((options) => this.#requests.client.send(command, options));
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
        const key = this.#space.keyOf(Key);
        if (key !== null) yield { key, head: headOf(Size, ETag, LastModified) };
      }
      next = page.NextContinuationToken;
    } while (next !== undefined);
  }

  /**
   * Not every service deletes under a condition, and none when only the age has changed: so it is looked at right before,
   * and a request is neither repeated nor waited for long.
   */
  async delete(key: string, seen?: ObjectHead): Promise<boolean> {
    const at = this.#at(key);
    for (let asked = 0; seen !== undefined; ) {
      asked = performance.now();
      const head = await this.head(key);
      if (head === null) return true;
      if (head.etag !== seen.etag || head.modifiedMs !== seen.modifiedMs) return false;
      if (performance.now() - asked < FRESH_MS) break;
    }
    const abortSignal = AbortSignal.any([
      AbortSignal.timeout(DELETE_MS),
      ...(this.#space.signal === undefined ? [] : [this.#space.signal]),
    ]);
    await this.#requests.send(
      () => this.#requests.once.send(new DeleteObjectCommand(at), { abortSignal }),
      isNoKey,
    );
    return true;
  }

  async renew(key: string, seen: ObjectHead): Promise<Renewal> {
    const at = this.#at(key);
    if (this.#space.isYoung(seen)) return 'young';
    const CopySource = `${this.#bucket}/${at.Key}`.split('/').map(encodeURIComponent).join('/');
    const command = new CopyObjectCommand({
      ...at,
      CopySource,
      ContentType: CONTENT_TYPE,
      // A copy onto itself has to change something.
      MetadataDirective: 'REPLACE',
      Metadata: { renewed: String(Date.now()) },
    });
    const copied = await this.#requests.send(
      (options) => this.#requests.client.send(command, options),
      isNoKey,
    );
    if (copied === null) return 'gone';
    const modified = copied.CopyObjectResult?.LastModified?.getTime() ?? 0;
    if (modified > seen.modifiedMs) return 'renewed';
    // Some services leave the age alone where the bytes of a copy are those that are there.
    const to = { ...at, ContentType: CONTENT_TYPE };
    return (await copyOntoItself(this.#requests, to, CopySource)) === null ? 'gone' : 'renewed';
  }

  /** Uploads that were begun by what was killed since. */
  async removeLeftovers(beforeMs: number): Promise<number> {
    const from = { Bucket: this.#bucket, Prefix: this.#space.beginningOf('') };
    let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
    while (next !== null) {
      const command = new ListMultipartUploadsCommand({ ...from, ...next });
      const page: ListMultipartUploadsCommandOutput = await this.#requests.must((options) =>
        this.#requests.client.send(command, options),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (this.#space.keyOf(Key) === null || (Initiated?.getTime() ?? beforeMs) >= beforeMs) continue;
        const abort = new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId });
        await this.#requests.send((options) => this.#requests.client.send(abort, options), isNoKey);
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      next = IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null;
    }
    return 0;
  }

  #at(key: string): S3Address {
    return { Bucket: this.#bucket, Key: this.#space.nameOf(key) };
  }
}

/** Else the vendor's client hashes the bytes once more for the signature of the request. */
function tellHash(command: PutObjectCommand, sha256: string): void {
  const name = 'x-amz-content-sha256';
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers[name] = sha256;
      return next(args);
    },
    { step: 'build', name },
  );
}

function headOf(size: number | undefined, etag: string | undefined, modified: Date | undefined): ObjectHead {
  return { size: size!, etag: etag!, modifiedMs: modified!.getTime() };
}
