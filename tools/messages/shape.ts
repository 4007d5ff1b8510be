// Classifies a line: as a JSON-RPC 2.0 message that MCP knows, or as unusable, with the reason for whoever waits for an answer.
import { stripVTControlCharacters } from 'node:util';
import { quoted } from '../../src/codec/safe-text.ts';
import {
  isObject,
  type MessageValue,
  memberText,
  parseMessage,
  type RawMessage,
  repeats,
} from './raw-message.ts';

export type Shape = { kind: 'request' | 'notification' | 'response'; message: RawMessage } | Unusable;

export interface Unusable {
  kind: 'unusable';
  /** Whether it looks like an answer. */
  isResponse: boolean;
  /** JSON text of its id, if it has one that its sender can recognise. */
  id: string | null;
  problem: string;
  /** Where it is nothing of JSON-RPC: how it begins, safe to show. */
  said?: string;
}

/** No client uses longer ids; an id is kept and sent back as it came. */
const MAX_ID_LENGTH = 1024;
/** serde_json, which Wassette uses, gives up at 128 levels, and then nobody learns whose message it was. */
const MAX_DEPTH = 100;
/** Of a line that is shown, before it is shortened to what a person reads. */
const MOST_QUOTED = 1024;

export function shapeOf(line: string): Shape {
  const message = parseMessage(line);
  if (message === null) {
    const problem = 'it is not one JSON object';
    return { kind: 'unusable', isResponse: false, id: null, problem, said: startOf(line) };
  }
  const { value } = message;
  const isResponse = value.method === undefined && (value.id ?? value.result ?? value.error) !== undefined;
  const problem = problemOf(message);
  if (problem !== null) {
    const said = value.jsonrpc === undefined ? { said: startOf(line) } : {};
    return { kind: 'unusable', isResponse, id: answerableId(message), problem, ...said };
  }
  if (value.method === undefined) return { kind: 'response', message };
  return { kind: value.id === undefined ? 'notification' : 'request', message };
}

function startOf(line: string): string {
  return quoted(stripVTControlCharacters(line.slice(0, MOST_QUOTED)).trim());
}

/** The id as it was written, because a number may have more digits than a double. */
export function idOf(request: RawMessage): string {
  return memberText(request, ['id']) ?? 'null';
}

function problemOf(message: RawMessage): string | null {
  const { value } = message;
  if (repeats(message, [])) return 'it has a duplicate member';
  if (value.jsonrpc !== '2.0') return 'it is not JSON-RPC 2.0';
  if (value.method === undefined) return responseProblem(value);
  if (typeof value.method !== 'string') return 'its method is not a string';
  if (value.id !== undefined && !isId(value.id)) return 'its id is neither a string nor an integer';
  return paramsProblem(message);
}

function responseProblem({ id, result, error }: MessageValue): string | null {
  if (!isId(id)) return 'it has neither a method nor the id of an answer';
  return (result === undefined) === (error === undefined)
    ? 'it has no method, and not exactly one of result and error'
    : null;
}

function paramsProblem(message: RawMessage): string | null {
  const { method, params } = message.value;
  if (params === undefined || params === null)
    return method === 'tools/call' || method === 'initialize' ? `${method} without params` : null;
  if (!isObject(params)) return 'its params are not an object';
  if (repeats(message, ['params'])) return 'its params have a duplicate member';
  if (!isMeta(params._meta)) return 'its _meta is not as MCP defines it';
  if (method === 'initialize') return initializeProblem(params);
  return method === 'tools/call' ? callProblem(params) : null;
}

function callProblem({ name, arguments: given }: MessageValue): string | null {
  if (typeof name !== 'string') return 'it names no tool';
  return given === undefined || given === null || isObject(given) ? null : 'its arguments are not an object';
}

/** Wassette ends when these are not as it expects. */
function initializeProblem({ protocolVersion, capabilities, clientInfo }: MessageValue): string | null {
  const isKnown =
    typeof protocolVersion === 'string' &&
    isObject(capabilities) &&
    Object.values(capabilities).every(isObject) &&
    isObject(clientInfo) &&
    [clientInfo.name, clientInfo.version].every((text) => typeof text === 'string');
  return isKnown ? null : 'it needs a protocolVersion, capabilities, and the name and version of the client';
}

function isMeta(meta: unknown): boolean {
  if (meta === undefined) return true;
  return isObject(meta) && (meta.progressToken === undefined || isId(meta.progressToken));
}

function isId(id: unknown): boolean {
  return typeof id === 'string' ? id.length <= MAX_ID_LENGTH : Number.isInteger(id);
}

/** What JavaScript reads and Wassette does not (RFC 7493 advises against all of it), or null. */
export function exchangeProblem(value: unknown, depth = 0): string | null {
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : 'it has a number too large for a double';
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value) ? 'it has half a surrogate pair' : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth === MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value)) return firstProblem(value, depth);
  return firstProblem(Object.keys(value), depth) ?? firstProblem(Object.values(value), depth);
}

function firstProblem(parts: readonly unknown[], depth: number): string | null {
  for (const part of parts) {
    const problem = exchangeProblem(part, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** The id for an answer, if there is one that a client can recognise. */
function answerableId(message: RawMessage): string | null {
  const { id } = message.value;
  const isOne = typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_ID_LENGTH);
  return isOne && !repeats(message, [], 'id') ? idOf(message) : null;
}
