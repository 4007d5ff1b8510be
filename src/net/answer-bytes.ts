// The body of an answer while it comes.
import type { Dispatcher } from 'undici';
import { badAnswer, unreachable } from './failures.ts';
import type { HttpSettings } from './settings.ts';

/**
 * Its chunks. Only the time that is spent waiting for them counts against a server that is slow.
 * @throws StoreError STORE_UNREACHABLE where it breaks, ends early, pauses or drips; the signal's reason
 */
export async function* answerBytes(
  url: URL,
  body: Dispatcher.ResponseData['body'],
  { clock, paceMs, paceBytes }: HttpSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let waited = 0;
  let bytes = 0;
  let since = clock.now();
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      waited += clock.now() - since;
      bytes += chunk.byteLength;
      if (waited >= paceMs) {
        if (bytes < paceBytes) {
          throw badAnswer(
            url,
            `sends fewer than ${paceBytes} bytes in ${paceMs / 1000} s`,
            'try again later',
          );
        }
        waited = 0;
        bytes = 0;
      }
      yield chunk;
      since = clock.now();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(url, error);
  }
}
