// Messages of our own, as JSON texts, and what a text has to do with them.
import { parsedJson } from '../../src/codec/json/parsed.ts';
import { elementTexts, parseMessage, type RawMessage } from './raw-message.ts';

export const RPC_ERROR = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  server: -32000,
} as const;

/** @param id JSON text */
export function errorText(id: string, code: number, message: string): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message })}}`;
}

/** @param id JSON text */
export function emptyResultText(id: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":{}}`;
}

export function notificationText(method: string, params?: object): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** An answer of our own making to whoever asked. */
export function failure(code: number, message: string): RawMessage {
  return parseMessage(errorText('0', code, message))!;
}

/** The number under which we asked; some servers give it back as a text. */
export function numberIn(id: string): number | null {
  const number = Number(id.replace(/^"(\d+)"$/, '$1'));
  return Number.isInteger(number) ? number : null;
}

/** The objects in a line that is an array, as texts; null for any other line. */
export function batchIn(line: string): string[] | null {
  if (!Array.isArray(parsedJson(line))) return null;
  return elementTexts(line.trim()).filter((text) => text.startsWith('{'));
}
