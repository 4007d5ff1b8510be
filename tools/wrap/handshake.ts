// Opens a session: decides what may pass before it is open, and makes one answer to `initialize` for two servers.

import { refusalWithoutSession } from '../mcp/generations.ts';
import { isObject, type RawMessage, RPC_ERROR, type RpcError, withMember } from '../messages/raw-message.ts';
import { idOf } from '../messages/shape.ts';
import { VERSION } from '../version.ts';

const SERVER_INFO = {
  name: 'wassette-state',
  title: 'Wassette with wassette-state',
  version: VERSION,
};

const MOST_QUOTED_LINES = 3;

/** What happens to a message from the client. */
type Admission = 'passes' | 'waits' | 'is answered at once' | 'comes too early';

/** Enforces the order in which a session opens, because a Wassette that gets anything else ends. */
export class Handshake {
  /** Whether the client has not asked yet, waits for the answer, has it, or is ready. */
  #stage: 'unasked' | 'asked' | 'answered' | 'open' = 'unasked';
  #early: RawMessage[] = [];
  /** The first lines that the child printed and that are not MCP; safe to show. */
  readonly #printed: string[] = [];
  /** Whether the server reads no further after a message that it does not know. */
  knowsLittle = false;
  /** What the child has said it offers. */
  #offered: { readonly [capability: string]: unknown } = {};

  /** Takes a message from the client, and keeps it if it has to wait for the answer to `initialize`. */
  admit(message: RawMessage): Admission {
    const { id, method } = message.value;
    if (method === 'ping' && id !== undefined && this.#stage !== 'open') return 'is answered at once';
    if (this.#stage === 'unasked' && method !== 'initialize') return 'comes too early';
    if (this.#stage !== 'asked') return 'passes';
    this.#early.push(message);
    return 'waits';
  }

  asked(): void {
    this.#stage = 'asked';
  }

  /** The child has answered. Returns the messages that waited for that. */
  answered(response: RawMessage): RawMessage[] {
    this.#stage = response.value.error === undefined ? 'answered' : 'unasked';
    this.knowsLittle = endsAtUnknown(response);
    this.#offered = offeredIn(response);
    return this.#early.splice(0);
  }

  /** Whether the child can be asked for it; the two servers together offer more. */
  offers(capability: 'logging' | 'resources'): boolean {
    return isObject(this.#offered[capability]);
  }

  /** The client is ready; true the first time. A client that sends a request is ready, whether it said so or not. */
  opens(): boolean {
    if (this.#stage !== 'answered') return false;
    this.#stage = 'open';
    return true;
  }

  get isOpen(): boolean {
    return this.#stage === 'open';
  }

  printed(said: string): void {
    if (this.#printed.length < MOST_QUOTED_LINES) this.#printed.push(said);
  }

  /** Why the child is given up, and what it probably is when it has never answered. */
  explained(reason: string): string {
    if (this.#stage === 'answered' || this.#stage === 'open') return reason;
    const lines = this.#printed.join(' ');
    const printed = lines === '' ? '' : `, and it printed ${lines}, which is not MCP`;
    return `${reason}${printed}; check with --version that the program is Wassette, and that its command is "run"`;
  }

  hasEarly(id: string): boolean {
    return this.#early.some((message) => message.value.id !== undefined && idOf(message) === id);
  }
}

/** The answer to a request that comes before `initialize`. */
export function refusalBeforeInitialize({ value: { params } }: RawMessage): RpcError {
  const message = 'the session begins with initialize';
  return (
    refusalWithoutSession(isObject(params) ? params._meta : undefined) ?? {
      code: RPC_ERROR.invalidRequest,
      message,
    }
  );
}

/** @param ours our instructions, which come first */
export function mergeInitialize(response: RawMessage, ours: string): RawMessage {
  const { result } = response.value;
  if (!isObject(result)) return response;
  const { instructions } = result;
  const offered = offeredIn(response);
  const merged = {
    ...result,
    capabilities: {
      ...offered,
      logging: isObject(offered.logging) ? offered.logging : {},
      tools: isObject(offered.tools) ? offered.tools : {},
      resources: isObject(offered.resources) ? offered.resources : {},
    },
    serverInfo: SERVER_INFO,
    instructions: typeof instructions === 'string' ? `${ours}\n\n${instructions}` : ours,
  };
  return withMember(response, ['result'], JSON.stringify(merged));
}

function offeredIn({ value: { result } }: RawMessage): { readonly [capability: string]: unknown } {
  return isObject(result) && isObject(result.capabilities) ? result.capabilities : {};
}

/** Whether the server ends at an unknown message, as the MCP library inside Wassette did before its version 1. */
function endsAtUnknown({ value: { result } }: RawMessage): boolean {
  const info = isObject(result) ? result.serverInfo : undefined;
  return isObject(info) && info.name === 'rmcp' && String(info.version).startsWith('0.');
}

/** The requests that such a server knows, as far as Wassette uses them. */
const KNOWN_REQUESTS = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
];
const KNOWN_NOTIFICATIONS = ['notifications/initialized', 'notifications/roots/list_changed'];

export function isKnownRequest(method: unknown): boolean {
  return KNOWN_REQUESTS.includes(String(method));
}

export function isKnownNotification(method: unknown): boolean {
  return KNOWN_NOTIFICATIONS.includes(String(method));
}
