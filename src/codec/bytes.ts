// What can be done with a stream of bytes in one pass: collect it, or hash it.
import { createHash } from 'node:crypto';
import type { BlobName } from './blob-name.ts';

/** All bytes in one buffer; the caller has bounded how many there are. */
export async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
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
