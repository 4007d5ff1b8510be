// Reads the body of an HTTP answer up to a limit.
import { collected } from '../../../codec/bytes.ts';

/** The chunks; throws the error from `tooLong` once they exceed `maxBytes`, counted after decompression. */
export async function* chunksOf(
  response: Response,
  maxBytes: number,
  tooLong: () => Error,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLong();
    yield chunk;
  }
}

export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return (await collected(chunks)).toString('utf8');
}

/** Releases the connection. Cancelling fails when the body was read to the end, or broke: then there is nothing to do. */
export async function discard(response: Response | undefined): Promise<void> {
  await response?.body?.cancel().catch(() => undefined);
}
