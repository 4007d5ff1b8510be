// How a canonical definition passes values, by the options that stand with it.
import { type ByteReader, NotLoaded, NotUnderstood } from './byte-reader.ts';

interface CanonicalOptions {
  memory: boolean;
  realloc: boolean;
  postReturn: boolean;
  isAsync: boolean;
  callback: boolean;
}

const MEMORY = 0x03;
const REALLOC = 0x04;
const POST_RETURN = 0x05;
const ASYNC = 0x06;
const CALLBACK = 0x07;
const ENCODINGS = [0x00, 0x01, 0x02];
/** With the index of a memory, a function, a type. */
const INDEXED = [MEMORY, REALLOC, POST_RETURN, CALLBACK];
const REFUSED: Readonly<Record<number, string>> = {
  8: 'the canonical option core-type',
  9: 'the canonical option gc',
};

export function readCanonicalOptions(reader: ByteReader): CanonicalOptions {
  const options = reader.vector(() => readOption(reader));
  const once = new Set(options.map((option) => (ENCODINGS.includes(option) ? ENCODINGS[0]! : option)));
  if (once.size < options.length) throw new NotUnderstood();
  const has = (option: number) => once.has(option);
  if (has(REALLOC) && !has(MEMORY)) throw new NotUnderstood();
  return {
    memory: has(MEMORY),
    realloc: has(REALLOC),
    postReturn: has(POST_RETURN),
    isAsync: has(ASYNC),
    callback: has(CALLBACK),
  };
}

function readOption(reader: ByteReader): number {
  const option = reader.byte();
  const refused = REFUSED[option];
  if (refused !== undefined) throw new NotLoaded(refused);
  if (INDEXED.includes(option)) reader.u32();
  else if (option !== ASYNC && !ENCODINGS.includes(option)) throw new NotUnderstood();
  return option;
}
