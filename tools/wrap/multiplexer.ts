// Two MCP servers as one: the wrapped Wassette, and ours for three tools. Messages pass through as they came; requests
// are numbered anew for every receiver, so that nothing collides.
import { StoreError } from '../../src/errors.ts';
import { isObject, memberText, parseMessage, type RawMessage, withMember } from './raw-message.ts';
import { isOurs, mergeTools, toChild } from './tool-names.ts';

/** `client` is the agent, `child` the wrapped server, `own` the server of our tools. */
export type Peer = 'client' | 'child' | 'own';

export interface MultiplexerEvents {
  send(to: Peer, text: string): void;
  /** What cannot be passed on, in words, for the operator's log. */
  onProblem(problem: string): void;
  /** The answer to `initialize`, made from the child's. */
  mergeInitialize(response: RawMessage): RawMessage;
  /** A call of one of the child's tools was answered. */
  onAnswered(call: RawMessage, response: RawMessage): void;
}

/** A request that was passed on and is not answered yet. */
interface Pending {
  from: Peer | null;
  /** JSON text of the id its sender gave it. */
  id: string;
  request: RawMessage;
  answer(response: RawMessage): void;
}

const METHOD_NOT_FOUND = -32601;
const INVALID_REQUEST = -32600;
const SERVER_ERROR = -32000;

/** Wassette's own tools that change what it runs, or under which permissions. */
const CHANGING = /^(load-component|unload-component|(grant|revoke)-.*|reset-permission)$/;

export class Multiplexer {
  readonly #events: MultiplexerEvents;
  readonly #pending: Record<Peer, Map<number, Pending>> = {
    client: new Map(),
    child: new Map(),
    own: new Map(),
  };
  #nextId = 1;
  #ownTools: Promise<string[]> | undefined;
  /** Requests of the client's to the child that wait for the end of an import; null when none is under way. */
  #held: RawMessage[] | null = null;
  #onQuiet: (() => void) | null = null;

  constructor(events: MultiplexerEvents) {
    this.#events = events;
  }

  /** Takes one line from a peer. */
  receive(from: Peer, line: string): void {
    const message = parseMessage(line);
    if (message === null) {
      this.#events.onProblem(`the ${from} sent a line that is not a JSON-RPC message`);
      if (from === 'client') this.#refuse('null', INVALID_REQUEST, 'not one JSON-RPC message');
    } else if (message.value.method === undefined) this.#takeResponse(from, message);
    else if (message.value.id === undefined) this.#takeNotification(from, message);
    else if (from === 'client') this.#takeRequest(message);
    else this.#forward(from, 'client', message);
  }

  /** Sends a request of our own; the answer's `result`. @throws the reason of `signal`, StoreError STORE_UNREACHABLE */
  request(to: 'child' | 'own', method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = this.#nextId;
      const onAbort = () => {
        if (!this.#pending[to].delete(id)) return;
        this.#events.send(to, notificationText('notifications/cancelled', { requestId: id }));
        this.#settle();
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const text = JSON.stringify({ jsonrpc: '2.0', id: null, method, params });
      this.#pass(null, to, parseMessage(text)!, ({ value: { result, error } }) => {
        signal?.removeEventListener('abort', onAbort);
        if (error === undefined) resolve(result);
        else reject(refused(to, isObject(error) ? String(error.message) : 'an error without a message'));
      });
    });
  }

  /**
   * Runs `work` while no request of the client's is with the child that changes it, and none but pings is sent to it.
   * What the client asks meanwhile is passed on afterwards, in order.
   */
  async undisturbed<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#held !== null) throw new Error('another import is under way');
    this.#held = [];
    try {
      await this.#quiet(signal);
      return await work();
    } finally {
      const held = this.#held;
      this.#held = null;
      for (const message of held) this.#takeRequest(message);
    }
  }

  /** The child is gone: whoever waits for it is told why. */
  failChild(reason: string): void {
    for (const [number, { answer }] of this.#pending.child) {
      this.#pending.child.delete(number);
      answer(parseMessage(errorText('0', SERVER_ERROR, reason))!);
    }
    this.#settle();
  }

  #takeRequest(message: RawMessage): void {
    const { method, params } = message.value;
    if (method === 'server/discover') this.#refuse(idOf(message), METHOD_NOT_FOUND, 'Method not found');
    else if (method === 'tools/call' && isObject(params) && isOurs(params.name))
      this.#forward('client', 'own', message);
    // A client that is not answered a ping takes the server for dead.
    else if (this.#held !== null && method !== 'ping') this.#held.push(message);
    else if (method === 'initialize') this.#initialize(message);
    else if (method === 'tools/list') this.#listTools(message);
    else if (method === 'tools/call') {
      const call = toChild(message);
      this.#forward('client', 'child', call, (response) => {
        this.#events.onAnswered(call, response);
        return response;
      });
    } else this.#forward('client', 'child', message);
  }

  #initialize(message: RawMessage): void {
    this.#pass(null, 'own', message, () => undefined);
    // Asked for now, so that no list has to wait for it.
    this.#ownTools ??= this.request('own', 'tools/list', {}).then((result) =>
      (result as { tools: object[] }).tools.map((tool) => JSON.stringify(tool)),
    );
    this.#forward('client', 'child', message, (response) => this.#events.mergeInitialize(response));
  }

  /** Our tools are on the first page. */
  #listTools(message: RawMessage): void {
    const { params } = message.value;
    const isFirstPage = !isObject(params) || params.cursor === undefined;
    const reply = (response: RawMessage) => this.#reply('client', message, response);
    this.#pass('client', 'child', message, (response) => {
      const added = isFirstPage ? this.#ownTools : undefined;
      if (added === undefined) reply(mergeTools(response, []));
      else void added.then((tools) => reply(mergeTools(withoutMissingMethod(response), tools)));
    });
  }

  #takeNotification(from: Peer, message: RawMessage): void {
    const { method, params } = message.value;
    if (method === 'notifications/cancelled' && isObject(params)) this.#cancel(from, message);
    else if (from !== 'client') this.#events.send('client', message.text);
    else {
      this.#events.send('child', message.text);
      if (method === 'notifications/initialized') this.#events.send('own', message.text);
    }
  }

  #cancel(from: Peer, message: RawMessage): void {
    const id = memberText(message, ['params', 'requestId']);
    if (from === 'client') this.#held = this.#held?.filter((held) => idOf(held) !== id) ?? null;
    for (const to of ['client', 'child', 'own'] as const) {
      for (const [number, pending] of this.#pending[to]) {
        if (pending.from !== from || pending.id !== id) continue;
        this.#events.send(to, withMember(message, ['params', 'requestId'], String(number)).text);
        return;
      }
    }
    // Otherwise it has been answered already, and the cancellation came too late.
  }

  #takeResponse(from: Peer, message: RawMessage): void {
    const { id } = message.value;
    const pending = typeof id === 'number' ? this.#pending[from].get(id) : undefined;
    if (pending === undefined) {
      this.#events.onProblem(`the ${from} answered a request that it was not asked`);
      return;
    }
    this.#pending[from].delete(id as number);
    pending.answer(message);
    this.#settle();
  }

  #forward(
    from: Peer,
    to: Peer,
    message: RawMessage,
    edit: (response: RawMessage) => RawMessage = (response) => response,
  ): void {
    this.#pass(from, to, message, (response) => this.#reply(from, message, edit(response)));
  }

  #pass(from: Peer | null, to: Peer, request: RawMessage, answer: Pending['answer']): void {
    const number = this.#nextId++;
    this.#pending[to].set(number, { from, id: idOf(request), request, answer });
    this.#events.send(to, withMember(request, ['id'], String(number)).text);
  }

  #reply(to: Peer, request: RawMessage, response: RawMessage): void {
    this.#events.send(to, withMember(response, ['id'], idOf(request)).text);
  }

  #refuse(id: string, code: number, message: string): void {
    this.#events.send('client', errorText(id, code, message));
  }

  #isChanging(): boolean {
    return [...this.#pending.child.values()].some(({ from, request: { value } }) => {
      const name = isObject(value.params) ? value.params.name : undefined;
      return from === 'client' && value.method === 'tools/call' && CHANGING.test(String(name));
    });
  }

  /** Waits until the client's changing requests are answered. */
  async #quiet(signal?: AbortSignal): Promise<void> {
    if (!this.#isChanging()) return;
    await new Promise<void>((resolve, reject) => {
      this.#onQuiet = resolve;
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  #settle(): void {
    if (this.#isChanging()) return;
    this.#onQuiet?.();
    this.#onQuiet = null;
  }
}

/** A child without tools of its own answers that it does not know the method: then ours are all there are. */
function withoutMissingMethod(response: RawMessage): RawMessage {
  const { error } = response.value;
  if (!isObject(error) || error.code !== METHOD_NOT_FOUND) return response;
  return parseMessage('{"jsonrpc":"2.0","id":0,"result":{"tools":[]}}')!;
}

/** As it was written: a number may have more digits than a double. */
function idOf(request: RawMessage): string {
  return memberText(request, ['id']) ?? 'null';
}

function errorText(id: string, code: number, message: string): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message })}}`;
}

function notificationText(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

function refused(to: 'child' | 'own', said: string): StoreError {
  const who = to === 'child' ? 'the wrapped Wassette' : 'wassette-state';
  return new StoreError('STORE_UNREACHABLE', `${who} answers a request with an error`, {
    hint: 'its own words are in the log; look whether it is still running',
    said,
  });
}
