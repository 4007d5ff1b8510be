// Handles JSON-RPC messages as texts, so that only what must change is replaced, and makes messages of our own.
import { parsedJson } from '../../src/codec/json/parsed.ts';

/** A parsed message; the wrap looks at few of its members. */
export interface MessageValue {
  readonly [key: string]: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface RawMessage {
  readonly text: string;
  readonly value: MessageValue;
}

/** Null for anything but one JSON object. */
export function parseMessage(text: string): RawMessage | null {
  const value = parsedJson(text);
  return isObject(value) ? { text, value } : null;
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of the member that `path` leads to through objects, or null when there is none. */
export function memberText({ text }: RawMessage, path: readonly string[]): string | null {
  const range = findMember(text, path);
  return range === null ? null : text.slice(range.start, range.end);
}

/** The same message with that member's value replaced by the JSON text `replacement`; it must be there. */
export function withMember(message: RawMessage, path: readonly string[], replacement: string): RawMessage {
  const range = findMember(message.text, path);
  if (range === null) throw new TypeError(`no member ${path.join('.')}`);
  const text = message.text.slice(0, range.start) + replacement + message.text.slice(range.end);
  return new Edited(text);
}

/** The same message without that member, however often it is there. */
export function withoutMember(message: RawMessage, path: readonly string[]): RawMessage {
  const holder = path.slice(0, -1);
  const { text } = message;
  const members = membersOf(text, findMember(text, holder)!.start);
  const kept = members.filter(({ key }) => key !== path.at(-1));
  return withMember(
    message,
    holder,
    `{${kept.map(({ start, value }) => text.slice(start, value.end)).join(',')}}`,
  );
}

/** Parsed only when somebody looks into it: most messages are only sent on, and parsing a large one takes seconds. */
class Edited implements RawMessage {
  #value: MessageValue | undefined;

  constructor(readonly text: string) {}

  get value(): MessageValue {
    this.#value ??= JSON.parse(this.text) as MessageValue;
    return this.#value;
  }
}

/** Whether the object that `path` leads to has a duplicate key; parsers disagree about which one counts. */
export function repeats({ text }: RawMessage, path: readonly string[], key?: string): boolean {
  const range = findMember(text, path);
  if (range === null || text[range.start] !== '{') return false;
  const keys = membersOf(text, range.start).map((member) => member.key);
  if (key !== undefined) return keys.indexOf(key) !== keys.lastIndexOf(key);
  return new Set(keys).size < keys.length;
}

/** The texts of an array's elements, of a text that is a JSON array. */
export function elementTexts(array: string): string[] {
  const elements: string[] = [];
  let at = skipSpace(array, 1);
  while (array[at] !== ']') {
    const end = endOfValue(array, at);
    elements.push(array.slice(at, end));
    at = skipSpace(array, end);
    if (array[at] === ',') at = skipSpace(array, at + 1);
  }
  return elements;
}

export interface RpcError {
  code: number;
  message: string;
  data?: object;
}

export const RPC_ERROR = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  server: -32000,
} as const;

/** @param id JSON text */
export function errorText(id: string, code: number, message: string, data?: object): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, data })}}`;
}

/** @param id JSON text */
export function emptyResultText(id: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":{}}`;
}

export function notificationText(method: string, params?: object): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** An error answer of our own. */
export function failure(code: number, message: string): RawMessage {
  return parseMessage(errorText('0', code, message))!;
}

/** The number of our request from an answer's id; some servers send it back as a string. */
export function numberIn(id: string): number | null {
  const number = Number(id.replace(/^"(\d+)"$/, '$1'));
  return Number.isInteger(number) ? number : null;
}

/** The objects in a line that is an array, as texts; none for any other line. MCP 2025-03-26 has such batches. */
export function batchIn(line: string): string[] {
  if (!Array.isArray(parsedJson(line))) return [];
  return elementTexts(line.trim()).filter((text) => text.startsWith('{'));
}

interface Range {
  start: number;
  end: number;
}

interface Member {
  key: string;
  /** Where the key begins. */
  start: number;
  value: Range;
}

function findMember(text: string, path: readonly string[]): Range | null {
  let range: Range = { start: skipSpace(text, 0), end: text.length };
  for (const key of path) {
    const found = text[range.start] === '{' ? findInObject(text, range.start, key) : null;
    if (found === null) return null;
    range = found;
  }
  return range;
}

/** The last one of a repeated key, as in `JSON.parse`. The text is known to be JSON. */
function findInObject(text: string, start: number, key: string): Range | null {
  return membersOf(text, start).findLast((member) => member.key === key)?.value ?? null;
}

/** The members of the object that begins at `start`, in their order. */
function membersOf(text: string, start: number): Member[] {
  const members: Member[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== '}') {
    const keyEnd = endOfValue(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    members.push({ key, start: at, value: { start: valueStart, end: valueEnd } });
    at = skipSpace(text, valueEnd);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r' || text[at] === '\n') at++;
  return at;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') return endOfScalar(text, start);
  let depth = 0;
  for (let at = start; ; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && !',]} \t\r\n'.includes(text[at]!)) at++;
  return at;
}
