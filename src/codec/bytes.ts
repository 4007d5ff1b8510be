// Bytes that pass in chunks, each of which is only valid until the next.
import { createHash } from 'node:crypto';
import type { BlobName } from './blob-name.ts';

/** All of them; the caller has bounded how many there are. */
export async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

/** What they are called. `reader` gets each chunk on its way. */
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
