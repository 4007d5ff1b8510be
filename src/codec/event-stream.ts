// Reads the data of server-sent events from a stream of bytes.
import { createParser } from 'eventsource-parser';

/**
 * Yields the data of each complete event that has some; what follows the last blank line is dropped, as the standard
 * has it. The caller bounds the bytes.
 * @throws TypeError when the bytes are not UTF-8
 */
export async function* eventData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const complete: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => data !== '' && complete.push(data) });
  let text = '';
  for await (const chunk of chunks) {
    text = decoder.decode(chunk, { stream: true });
    parser.feed(text);
    yield* complete.splice(0);
  }
  if (text.endsWith('\r')) parser.feed('\n'); // it waits for what may belong to it
  yield* complete;
}
