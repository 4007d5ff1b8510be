// Bytes from elsewhere that may not become more than was said.

/** `bytes` unchanged; throws the error from `tooMany` once there are more than `limit`. */
export async function* atMost(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  tooMany: () => Error,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of bytes) {
    count += chunk.length;
    if (count > limit) throw tooMany();
    yield chunk;
  }
}
