// Compresses with gzip and inflates it, as streams. Node's zlib is loaded when it is used: most snapshots need none of it.
import { damaged } from './problem.ts';
import { type Taken, through } from './transform.ts';

const CHUNK_BYTES = 64 * 1024;

export async function* gzipped(chunks: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Buffer> {
  const { createGzip } = await import('node:zlib');
  yield* through(createGzip({ level, chunkSize: CHUNK_BYTES }), chunks);
}

/** What one or more members behind each other hold. @throws FormatError FORMAT_INVALID; what `bytes` throws */
export async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const taken: Taken = { bytes: 0, all: false };
  const { createGunzip } = await import('node:zlib');
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  try {
    yield* through(gunzip, bytes, taken);
  } catch (error) {
    throw isOfZlib(error) ? damaged('gzip', REASONS[error.code] ?? 'its bytes make no sense', error) : error;
  }
  // Node passes over what follows where that begins with a zero.
  if (!taken.all || taken.bytes > gunzip.bytesWritten)
    throw damaged('gzip', 'something else follows its end');
}

const REASONS: Record<string, string> = { Z_BUF_ERROR: 'its end is missing' };

function isOfZlib(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && /^Z_[A-Z_]+$/.test(String(error.code));
}
