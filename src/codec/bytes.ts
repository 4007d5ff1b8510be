// What can be done with a stream of bytes in one pass: collect it, or hash it.
import { createHash } from 'node:crypto';
import type { BlobName } from './blob-name.ts';

/**
 * All bytes in one buffer; the caller has bounded how many there are.
 * @param size how many, where that is known: then each is copied once
 */
export async function collected(chunks: AsyncIterable<Uint8Array>, size?: number): Promise<Buffer> {
  if (size !== undefined) return filled(Buffer.allocUnsafe(size), chunks);
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

async function filled(buffer: Buffer, chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    buffer.set(chunk, at);
    at += chunk.length;
  }
  return buffer.subarray(0, at);
}

/** Their hash and size. `reader` gets each chunk as it passes. */
export async function nameOf(
  chunks: AsyncIterable<Uint8Array>,
  reader?: { write(chunk: Uint8Array): void },
): Promise<BlobName> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    reader?.write(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}
