// Classifies a line: as a JSON-RPC 2.0 message that MCP knows, or as unusable, with the reason for whoever waits for an answer.
import { stripVTControlCharacters } from 'node:util';
import { quoted } from '../../src/codec/safe-text.ts';
import { withoutSecrets } from '../../src/errors/foreign-text.ts';
import {
  isObject,
  type MessageValue,
  memberText,
  parseMessage,
  type RawMessage,
  repeats,
  withoutMember,
} from './raw-message.ts';

export type Shape = Usable | Unusable;

export interface Usable {
  kind: 'request' | 'notification' | 'response';
  message: RawMessage;
}

export interface Unusable {
  kind: 'unusable';
  /** Whether it looks like an answer. */
  isResponse: boolean;
  /** JSON text of its id, if it has one that its sender can recognise. */
  id: string | null;
  problem: string;
  /** Where it is nothing of JSON-RPC: how it begins, safe to show, without what looks like a credential. */
  said?: string;
}

/** No client uses longer ids; an id is kept and sent back as it came. */
const MAX_ID_LENGTH = 1024;
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
    const said = value.jsonrpc === '2.0' ? {} : { said: startOf(line) };
    return { kind: 'unusable', isResponse, id: answerableId(message), problem, ...said };
  }
  if (value.method === undefined) return { kind: 'response', message: withoutOther(message) };
  return { kind: value.id === undefined ? 'notification' : 'request', message };
}

/** Some write that there is no error as null, or that there is no result. */
function withoutOther(response: RawMessage): RawMessage {
  const { result, error } = response.value;
  if (error === null) return withoutMember(response, ['error']);
  return result === null && error !== undefined ? withoutMember(response, ['result']) : response;
}

/** A message that could be used but for `problem`. */
export function unusable({ kind, message }: Usable, problem: string): Unusable {
  const id = kind === 'notification' ? null : idOf(message);
  return { kind: 'unusable', isResponse: kind === 'response', id, problem };
}

function startOf(line: string): string {
  return quoted(withoutSecrets(stripVTControlCharacters(line.slice(0, MOST_QUOTED)).trim()));
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
  const isAnswer = isNothing(error) ? result !== undefined : isNothing(result);
  return isAnswer ? null : 'it has no method, and not exactly one of result and error';
}

function paramsProblem(message: RawMessage): string | null {
  const { method, params } = message.value;
  if (isNothing(params))
    return method === 'tools/call' || method === 'initialize' ? `${method} without params` : null;
  if (!isObject(params)) return 'its params are not an object';
  if (repeats(message, ['params'])) return 'its params have a duplicate member';
  if (!isMeta(params._meta)) return 'its _meta is not as MCP defines it';
  if (method === 'initialize') return initializeProblem(params);
  return method === 'tools/call' && typeof params.name !== 'string' ? 'it names no tool' : null;
}

/** Wassette ends when these are not as it expects. */
function initializeProblem({ protocolVersion, capabilities, clientInfo }: MessageValue): string | null {
  const isKnown =
    typeof protocolVersion === 'string' &&
    isObject(capabilities) &&
    Object.values(capabilities).every((each) => isNothing(each) || isObject(each)) &&
    isObject(clientInfo) &&
    [clientInfo.name, clientInfo.version].every((text) => typeof text === 'string');
  return isKnown ? null : 'it needs a protocolVersion, capabilities, and the name and version of the client';
}

function isMeta(meta: unknown): boolean {
  if (isNothing(meta)) return true;
  return isObject(meta) && (isNothing(meta.progressToken) || isId(meta.progressToken));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isId(id: unknown): boolean {
  return typeof id === 'string' ? id.length <= MAX_ID_LENGTH : Number.isInteger(id);
}

/** The id for an answer, if there is one that a client can recognise. */
function answerableId(message: RawMessage): string | null {
  const { id } = message.value;
  const isOne = typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_ID_LENGTH);
  return isOne && !repeats(message, [], 'id') ? idOf(message) : null;
}
