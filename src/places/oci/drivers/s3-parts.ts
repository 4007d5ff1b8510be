// Uploads in parts. The object is there when the last request is answered, and not before; when anything fails, no part is
// kept.
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { Failure } from './failure.ts';
import { eachPart } from './parts.ts';
import { isNoKey, type S3Address, type S3Requests } from './s3-requests.ts';

type S3Upload = S3Address & { UploadId: string | undefined };
type To = S3Address & { ContentType: string };

export interface S3Condition {
  IfNoneMatch?: string;
  IfMatch?: string;
}

/** The new etag; null where `isLost` says that the condition did not hold. */
export async function putInParts(
  requests: S3Requests,
  to: To,
  bytes: AsyncIterable<Uint8Array>,
  condition: S3Condition,
  isLost: (failure: Failure) => boolean,
): Promise<string | null> {
  return inUpload(requests, { ...to, ...(await checksum(requests)) }, async (upload) => {
    const Parts = await sendParts(requests, upload, bytes);
    requests.signal?.throwIfAborted();
    const end = new CompleteMultipartUploadCommand({ ...upload, ...condition, MultipartUpload: { Parts } });
    const put = await requests.send((options) => requests.client.send(end, options), isLost);
    return put && put.ETag!;
  });
}

/** Copies an object onto itself, so that it is new; null when it is gone. */
export async function copyOntoItself(
  requests: S3Requests,
  to: To,
  CopySource: string,
): Promise<string | null> {
  return inUpload(requests, to, async (upload) => {
    const copy = new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource });
    const part = await requests.send((options) => requests.client.send(copy, options), isNoKey);
    if (part === null) return null;
    const Parts = [{ PartNumber: 1, ETag: part.CopyPartResult?.ETag }];
    const end = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
    const put = await requests.must((options) => requests.client.send(end, options));
    return put.ETag!;
  });
}

/** Begins an upload, which `work` completes; it is aborted where that gives null or throws. */
async function inUpload(
  requests: S3Requests,
  to: To & { ChecksumAlgorithm?: 'CRC32' },
  work: (upload: S3Upload) => Promise<string | null>,
): Promise<string | null> {
  const begin = new CreateMultipartUploadCommand(to);
  const { UploadId } = await requests.must((options) => requests.client.send(begin, options));
  const upload = { Bucket: to.Bucket, Key: to.Key, UploadId };
  let etag: string | null = null;
  try {
    etag = await work(upload);
  } finally {
    // Not given the signal: this is what is done when it was given.
    if (etag === null)
      await requests.client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
  }
  return etag;
}

async function sendParts(
  requests: S3Requests,
  upload: S3Upload,
  bytes: AsyncIterable<Uint8Array>,
): Promise<CompletedPart[]> {
  return eachPart(bytes, requests.memory, async (Body, PartNumber) => {
    const command = new UploadPartCommand({ ...upload, PartNumber, Body });
    // Not stopped by the signal: a service may still be at a part whose request was cut, and keep it past the abort.
    const { ETag, ChecksumCRC32 } = await requests.must(() => requests.client.send(command));
    return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
  });
}

/** Parts with a checksum belong to an upload that was begun so. */
async function checksum({ client }: S3Requests): Promise<{ ChecksumAlgorithm?: 'CRC32' }> {
  const when = await client.config.requestChecksumCalculation();
  return when === 'WHEN_SUPPORTED' ? { ChecksumAlgorithm: 'CRC32' } : {};
}
