// Reads the body of an HTTP answer up to a limit.
import { collected } from '../codec/bytes.ts';

/** `bytes` unchanged; throws the error from `tooMany` once there are more than `limit`. */
export async function* atMost(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  tooMany: () => Error,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of bytes) {
    count += chunk.byteLength;
    if (count > limit) throw tooMany();
    yield chunk;
  }
}

/** The chunks that `fetch` gives, counted after decompression; throws the error from `tooLong` beyond `maxBytes`. */
export async function* chunksOf(
  response: Response,
  maxBytes: number,
  tooLong: () => Error,
): AsyncGenerator<Uint8Array> {
  if (response.body !== null) yield* atMost(response.body, maxBytes, tooLong);
}

export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return (await collected(chunks)).toString('utf8');
}

/** Releases the connection. Cancelling fails when the body was read to the end, or broke: then there is nothing to do. */
export async function discard(response: Response | undefined): Promise<void> {
  await response?.body?.cancel().catch(() => undefined);
}
