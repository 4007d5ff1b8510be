// What the tokenizer makes of a text, however the text is cut.
import { expect } from 'vitest';
import { type JsonHandler, JsonTokenizer } from '../../../src/codec/json/tokenizer.ts';
import { failing } from '../../fixtures/failing.ts';

export const INVALID = failing('FORMAT_INVALID', { hint: expect.any(String) });
export const TOO_MUCH = failing('FORMAT_LIMIT_EXCEEDED', { hint: expect.any(String) });
type Cut = (bytes: Buffer) => Buffer[];

/** Every text is read whole, byte by byte and cut at random; the cuts are the same in each run. */
export const CUTS: [string, Cut][] = [
  ['whole', (bytes) => [bytes]],
  ['byte by byte', (bytes) => [...bytes].map((byte) => Buffer.from([byte]))],
  ...[1, 2, 3, 4].map((seed): [string, Cut] => [`cut at random (${seed})`, (bytes) => randomly(bytes, seed)]),
];

function randomly(bytes: Buffer, seed: number): Buffer[] {
  const chunks: Buffer[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length; ) {
    state = (state * 48271) % 2147483647;
    const size = state % (seed * 7);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** The events, with the pieces of a string joined. */
export function events(chunks: readonly Uint8Array[], maxDepth = 64): string[] {
  const seen: string[] = [];
  let pieces: Buffer[] = [];
  const handler: JsonHandler = {
    beginObject: () => seen.push('{'),
    endObject: () => seen.push('}'),
    beginArray: () => seen.push('['),
    endArray: () => seen.push(']'),
    beginString: () => {
      pieces = [];
      return 'text';
    },
    piece: (bytes) => pieces.push(Buffer.from(bytes)),
    endString: (isKey) => seen.push(`${isKey ? 'key' : 'string'} ${Buffer.concat(pieces)}`),
    number: (text) => seen.push(`number ${text}`),
    literal: (value) => seen.push(String(value)),
    path: () => [],
  };
  const tokenizer = new JsonTokenizer(handler, maxDepth);
  for (const chunk of chunks) tokenizer.push(chunk);
  tokenizer.end();
  return seen;
}

export function eventsOf(text: string | Buffer, maxDepth = 64): string[] {
  const bytes = Buffer.from(text as string, 'utf8');
  const whole = events([bytes], maxDepth);
  for (const [, cut] of CUTS) expect(events(cut(bytes), maxDepth)).toEqual(whole);
  return whole;
}

export function expectRefused(text: string | Buffer, error: unknown, maxDepth = 64): void {
  const bytes = Buffer.from(text as string, 'utf8');
  for (const [name, cut] of CUTS) {
    expect(() => events(cut(bytes), maxDepth), name).toThrowError(error as Error);
  }
}

export function offsetOfFault(chunks: readonly Uint8Array[]): number {
  try {
    events(chunks);
  } catch (error) {
    return (error as { details: { offset: number } }).details.offset;
  }
  throw new Error('nothing was thrown');
}
