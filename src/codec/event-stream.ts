// The data of server-sent events, from bytes in chunks of any size.

/**
 * Yields the data of each complete event that has some; what follows the last blank line is dropped, as the standard
 * has it. The caller bounds the bytes.
 * @throws TypeError when the bytes are not UTF-8
 */
export async function* eventData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = [];
  for await (const line of linesOf(chunks)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    if (line !== '') continue;
    const text = data.join('\n');
    data = [];
    if (text !== '') yield text;
  }
}

/** Lines end with CR LF, LF or CR; a last line without an end is left out. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // Pieces, joined once: a long line in many chunks must not be searched again with each of them.
  let unfinished: string[] = [];
  let endedInCr = false;
  for await (const chunk of chunks) {
    let text = decoder.decode(chunk, { stream: true });
    if (text === '') continue;
    if (endedInCr && text.startsWith('\n')) text = text.slice(1);
    endedInCr = text.endsWith('\r');
    const [first, ...others] = text.split(/\r\n|\n|\r/) as [string, ...string[]];
    unfinished.push(first);
    for (const next of others) {
      yield unfinished.join('');
      unfinished = [next];
    }
  }
}
