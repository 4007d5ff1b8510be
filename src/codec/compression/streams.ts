// Compresses and inflates streams, and recognizes what they are compressed with by their first bytes.
import { ByteReader } from './byte-reader.ts';
import { type Codec, type Compression, codecOf, levelOf, TELLING_BYTES } from './compression.ts';
import { gunzipped, gzipped } from './gzip.ts';
import { inflatesTooFar } from './problem.ts';
import { zstdCompressed, zstdInflated } from './zstd.ts';

/** What headers take, where nothing can be compressed. */
const OVERHEAD_BYTES = 64 * 1024;

/** `chunks` compressed. @throws UsageError USAGE_BAD_ARGUMENT; what `chunks` throws */
export function compressed(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const level = levelOf(compression);
  return compression.codec === 'gzip' ? gzipped(chunks, level) : zstdCompressed(chunks, level);
}

/**
 * What `bytes` are when they are inflated; never more than `maxBytes`. A chunk is only valid until the next.
 * @throws FormatError FORMAT_INVALID where they are damaged, cut off, or something follows them; FORMAT_LIMIT_EXCEEDED
 */
export async function* inflated(
  bytes: AsyncIterable<Uint8Array>,
  codec: Codec,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  // What inflates to nothing is no way to have an endless stream read, either.
  const input = atMost(bytes, maxBytes + OVERHEAD_BYTES + maxBytes / 64, maxBytes);
  yield* atMost(codec === 'gzip' ? gunzipped(input) : zstdInflated(input), maxBytes, maxBytes);
}

async function* atMost(
  bytes: AsyncIterable<Uint8Array>,
  most: number,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > most) throw inflatesTooFar(maxBytes);
    yield chunk;
  }
}

/** `bytes` unchanged, and what they are compressed with by their beginning. */
export async function recognized(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ codec: Codec | null; bytes: AsyncIterable<Uint8Array> }> {
  const reader = new ByteReader(bytes);
  const first = await reader.take(TELLING_BYTES);
  return { codec: codecOf(first), bytes: startingWith(first, reader.rest()) };
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}
