// The body of an HTTP answer, of which a server may send no more than we ask for.
import { collected } from '../../../codec/bytes.ts';

/** Chunks as they come; throws what `tooLong` makes once they are over `maxBytes`, counted after decompression. */
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

/** Lets the connection go. Fails where the body was read to the end, or broke: then there is nothing to let go. */
export async function discard(response: Response | undefined): Promise<void> {
  await response?.body?.cancel().catch(() => undefined);
}
