// Sends a stream through one of Node's compressing or inflating transforms.
import type { Transform } from 'node:stream';

/** What a transform took when its output ended. */
export interface Taken {
  /** How many bytes it was given. */
  bytes: number;
  /** Whether that was all there is. */
  all: boolean;
}

/**
 * What `transform` makes of `chunks`; each of these is used up before the next is asked for. Stops with the one who reads,
 * and passes on what `chunks` throws.
 * @param taken filled in for whoever has to know whether something was left behind the end
 */
export async function* through(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array>,
  taken: Taken = { bytes: 0, all: false },
): AsyncGenerator<Buffer> {
  let failure: { error: unknown } | null = null;
  const source = chunks[Symbol.asyncIterator]();
  const feed = async () => {
    for (;;) {
      const { done, value } = await source.next().catch((error: unknown) => {
        failure = { error };
        throw error;
      });
      if (done) break;
      taken.bytes += value.length;
      await new Promise<void>((resolve, reject) =>
        transform.write(value, (error) => (error ? reject(error) : resolve())),
      );
    }
    taken.all = true;
    transform.end();
  };
  feed().catch((error: Error) => transform.destroy(error));
  try {
    yield* transform as AsyncIterable<Buffer>;
  } catch (error) {
    throw failure === null ? error : (failure as { error: unknown }).error;
  } finally {
    transform.destroy();
    await source.return?.();
  }
}
