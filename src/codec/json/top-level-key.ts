// One key of a JSON object, found whatever else is wrong with the text, as long as its syntax is right up to there.
import { FormatError } from '../../errors.ts';
import { JsonTokenizer } from './tokenizer.ts';

/** Nesting is only counted here, not built. */
const DEEPEST = 100_000;

type Found = number | boolean | null | 'a text' | 'a container';

/**
 * What stands under `key` (in ASCII) in the object that `chunks` are the text of, the first time it stands there;
 * undefined where it is missing, cannot be reached, or is a number beyond 2^53 - 1. Reads no further.
 * @throws what the stream throws
 */
export async function findTopLevelKey(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  key: string,
): Promise<Found | undefined> {
  let found: Found | undefined;
  let text = '';
  let isNext = false;
  const take = (value: Found) => {
    if (isNext) found ??= value;
    isNext = false;
  };
  const tokenizer = new JsonTokenizer(
    {
      beginObject: () => take('a container'),
      endObject: () => undefined,
      beginArray: () => take('a container'),
      endArray: () => undefined,
      beginString(isKey) {
        text = '';
        if (!isKey) take('a text');
        return 'text';
      },
      // As much as tells it from the key that is looked for.
      piece: (bytes) => {
        if (text.length <= key.length) text += bytes.toString('latin1', 0, key.length + 1);
      },
      endString: (isKey) => {
        isNext = isKey && tokenizer.depth === 1 && text === key;
      },
      number: (written) => {
        const value = Number(written);
        if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) take(value);
      },
      literal: take,
      path: () => [],
    },
    DEEPEST,
  );
  try {
    for await (const chunk of chunks) {
      tokenizer.push(chunk);
      if (found !== undefined) return found;
    }
    tokenizer.end();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return found;
}
