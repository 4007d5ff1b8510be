// Reads a list that was written as one text: with commas, or as JSON.
import { parsedJson } from '../src/codec/json/parsed.ts';

/** The items without spaces around them and without empty ones; null for text that begins like JSON and is no list of texts. */
export function listIn(text: string): string[] | null {
  return itemsIn(text, ',');
}

/** The items of an option that can be repeated; what is no list is taken as it is. */
export function listsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => listIn(text) ?? [text]);
}

/** Where values may hold commas: a new `<key>=<value>` begins only where a comma is followed by `<key>=`. */
export function pairsIn(text: string): string[] | null {
  const pairs = itemsIn(text, /,\s*(?=[^\s,=:/]+=)/);
  return pairs?.every((pair) => pair.indexOf('=') > 0) ? pairs : null;
}

/** Pairs as text that `pairsIn` reads as these. */
export function asPairs(pairs: readonly string[]): string {
  const text = pairs.join(',');
  return pairsIn(text)?.join('\n') === pairs.join('\n') ? text : JSON.stringify(pairs);
}

/** `key=value` in two; the value may hold more of `=`. */
export function splitPair(pair: string): [key: string, value: string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function itemsIn(text: string, separator: string | RegExp): string[] | null {
  const items = text.trimStart().startsWith('[') ? parsedJson(text) : text.split(separator);
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) return null;
  return items.map((item) => item.trim()).filter((item) => item !== '');
}
