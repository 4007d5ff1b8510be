// Makes one MCP server of two: the wrapped Wassette, and ours with three tools. Messages pass through unchanged, except that
// requests are renumbered for every receiver, so that ids do not collide. What cannot pass is answered, so nobody waits.
import { StoreError } from '../../src/errors.ts';
import { clientShapeOf } from '../messages/client-shape.ts';
import { Exchange, ID_TAKEN } from '../messages/exchange.ts';
import type { LongLine } from '../messages/lines.ts';
import type { Peer, Pending, PendingRequests } from '../messages/pending-requests.ts';
import {
  batchIn,
  emptyResultText,
  failure,
  isObject,
  memberText,
  notificationText,
  parseMessage,
  type RawMessage,
  RPC_ERROR,
  type RpcError,
} from '../messages/raw-message.ts';
import { idOf, shapeOf, type Unusable } from '../messages/shape.ts';
import { Handshake, isKnownNotification, isKnownRequest, refusalBeforeInitialize } from './handshake.ts';
import { ImportHold, isChanging } from './import-hold.ts';
import type { MultiplexerEvents } from './multiplexer-events.ts';
import { OwnLog } from './own-log.ts';
import { asksForOurPage, noResources } from './own-pages.ts';
import type { ToolFence } from './tool-fence.ts';
import { isOurs, mergeTools, toChild, usableByChild, withoutMissingMethod } from './tool-names.ts';

const METHOD_NOT_FOUND: RpcError = { code: RPC_ERROR.methodNotFound, message: 'Method not found' };

export class Multiplexer {
  readonly #exchange: Exchange;
  readonly #pending: PendingRequests;
  readonly hold = new ImportHold(
    (request) => this.#takeRequest(request),
    () => !this.#pending.ofClient('child').some(isChanging),
  );
  readonly #handshake = new Handshake();
  readonly #log = new OwnLog();
  /** Calls that are looked at before they are passed on, by their id. */
  readonly #preparing = new Map<string, RawMessage>();
  #ownTools: Promise<string[]> | undefined;
  /** Why there is no child any more. */
  #gone: string | null = null;

  /** @param fence what the operator's flags say about Wassette's own tools; null without such a flag */
  constructor(
    private readonly events: MultiplexerEvents,
    private readonly fence: ToolFence | null = null,
  ) {
    this.#exchange = new Exchange(events);
    this.#pending = this.#exchange.pending;
  }

  /** Handles one line from a peer. */
  receive(from: Peer, line: string): void {
    const shape = from === 'client' ? usableByChild(clientShapeOf(line)) : shapeOf(line);
    if (shape.kind === 'unusable') {
      const batch = batchIn(line);
      if (batch.length === 0) this.#takeUnusable(from, shape);
      else for (const text of batch) this.receive(from, text);
      return;
    }
    const { kind, message } = shape;
    if (kind === 'response') {
      this.#exchange.takeResponse(from, message);
      this.hold.settle();
    } else if (from === 'client') this.#takeFromClient(message);
    else if (kind === 'notification') this.#takeNotification(from, message);
    else this.#forward(from, 'client', message);
  }

  /** Handles a line that was too long to be kept. */
  receiveTooLong(from: Peer, line: LongLine): void {
    this.#exchange.takeTooLong(from, line);
    this.hold.settle();
  }

  /** Sends a request of our own; the answer's `result`. @throws the reason of `signal`, StoreError STORE_UNREACHABLE */
  request(to: 'child' | 'own', method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    this.#open();
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const request = parseMessage(JSON.stringify({ jsonrpc: '2.0', id: null, method, params }))!;
      const number = this.#pass(null, to, request, ({ value: { result, error } }) => {
        signal?.removeEventListener('abort', onAbort);
        if (error === undefined) resolve(result);
        else reject(refused(to, isObject(error) ? String(error.message) : 'an error without a message'));
      });
      const onAbort = () => {
        if (this.#pending.take(to, number) === undefined) return;
        this.events.send(to, notificationText('notifications/cancelled', { requestId: number }));
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Tells the agent something that it did not ask for, if its session is open. */
  log(text: string): void {
    const entry = this.#handshake.isOpen ? this.#log.entry(text) : null;
    if (entry !== null) this.events.send('client', entry);
  }

  /** Whether the child still owes an answer. */
  get isWaitingForChild(): boolean {
    return this.#pending.isWaitingFor('child');
  }

  /** The child is gone: answers everybody who waits for it with the reason. @returns the reason in full */
  failChild(reason: string): string {
    this.#gone ??= this.#handshake.explained(reason);
    for (const { answer } of this.#pending.takeAll('child')) answer(failure(RPC_ERROR.server, this.#gone));
    this.hold.settle();
    return this.#gone;
  }

  #takeUnusable(from: Peer, shape: Unusable): void {
    const said = from === 'child' ? shape.said : undefined;
    if (said !== undefined) this.#handshake.printed(said);
    this.#exchange.takeUnusable(from, shape, said === undefined ? '' : `: ${said}`);
    this.hold.settle();
  }

  #takeFromClient(message: RawMessage): void {
    const { id, method } = message.value;
    const isRequest = id !== undefined;
    if (isRequest && this.#isKnownId(idOf(message))) {
      this.#exchange.refuse('client', message, ID_TAKEN);
    } else if (method === 'server/discover' && isRequest) {
      this.#exchange.refuse('client', message, METHOD_NOT_FOUND);
    } else this.#admit(message);
  }

  #isKnownId(id: string): boolean {
    const isKept = this.#handshake.hasEarly(id) || this.#preparing.has(id) || this.hold.has(id);
    return isKept || this.#pending.find('client', id) !== null;
  }

  #admit(message: RawMessage): void {
    const isRequest = message.value.id !== undefined;
    const admission = this.#handshake.admit(message);
    if (admission === 'is answered at once') this.events.send('client', emptyResultText(idOf(message)));
    else if (admission === 'comes too early') {
      if (isRequest) this.#exchange.refuse('client', message, refusalBeforeInitialize(message));
      else this.events.onProblem('the client sent a notification before initialize');
    } else if (admission === 'passes') {
      if (isRequest) this.#takeRequest(message);
      else this.#takeNotification('client', message);
    }
  }

  #takeRequest(message: RawMessage): void {
    const { method, params } = message.value;
    if (method !== 'initialize') this.#open();
    if (method === 'initialize') this.#initialize(message);
    else if (method === 'tools/call' && isObject(params) && isOurs(params.name)) {
      this.#forward('client', 'own', message);
    } else if (asksForOurPage(message)) this.#forward('client', 'own', message);
    else if (this.#isOurs(message)) return;
    else if (this.#handshake.knowsLittle && !isKnownRequest(method)) {
      this.#exchange.refuse('client', message, METHOD_NOT_FOUND);
    } else if (!this.hold.keeps(message)) this.#ask(message);
  }

  /** Answers what concerns both servers where the child has said that it knows nothing of it. */
  #isOurs(message: RawMessage): boolean {
    const { method } = message.value;
    if (method === 'logging/setLevel') {
      const problem = this.#log.set(message);
      if (this.#handshake.offers('logging')) return false;
      if (problem === null) this.events.send('client', emptyResultText(idOf(message)));
      else this.#exchange.refuse('client', message, problem);
      return true;
    }
    const none = this.#handshake.offers('resources') ? null : noResources(method);
    if (none !== null) this.#exchange.reply('client', message, none);
    return none !== null;
  }

  /** Passes a request of the client on to the child. */
  #ask(message: RawMessage): void {
    const { method } = message.value;
    if (method === 'tools/list') this.#listTools(message);
    else if (method === 'tools/call') void this.#callTool(message);
    else this.#forward('client', 'child', message);
  }

  async #callTool(message: RawMessage): Promise<void> {
    const [id, call] = [idOf(message), toChild(message)];
    this.#preparing.set(id, message);
    const refusal = this.fence === null ? null : await this.fence.refusalOf(call);
    const before = refusal === null ? this.events.beforeCall(call) : null;
    if (before !== null) await before;
    if (this.#preparing.get(id) !== message) return; // cancelled meanwhile
    this.#preparing.delete(id);
    if (refusal !== null) {
      this.#exchange.reply('client', message, refusal);
      return;
    }
    // An import may have begun meanwhile.
    if (this.hold.keeps(message)) return;
    this.#forward('client', 'child', call, (response) => {
      this.events.onAnswered(call, response);
      return response;
    });
  }

  #initialize(message: RawMessage): void {
    this.#handshake.asked();
    this.#pass(null, 'own', message, () => undefined);
    // Asked for now, so that no list has to wait for it.
    this.#ownTools ??= this.request('own', 'tools/list', {}).then(
      (result) => (result as { tools: object[] }).tools.map((tool) => JSON.stringify(tool)),
      () => [],
    );
    this.events.onInitialize();
    this.#pass('client', 'child', message, (response) => {
      const early = this.#handshake.answered(response);
      this.#exchange.reply('client', message, this.events.mergeInitialize(response));
      for (const each of early) this.#admit(each);
    });
  }

  #open(): void {
    if (!this.#handshake.opens()) return;
    for (const to of ['child', 'own'] as const)
      this.events.send(to, notificationText('notifications/initialized'));
  }

  /** Our tools are on the first page. */
  #listTools(message: RawMessage): void {
    const { params } = message.value;
    const isFirstPage = !isObject(params) || params.cursor === undefined;
    const reply = (response: RawMessage) => this.#exchange.reply('client', message, response);
    this.#pass('client', 'child', message, async (response) => {
      const listed = this.fence === null ? response : await this.fence.filtered(response);
      const added = isFirstPage ? this.#ownTools : undefined;
      if (added === undefined) reply(mergeTools(listed, []));
      else void added.then((tools) => reply(mergeTools(withoutMissingMethod(listed), tools)));
    });
  }

  #takeNotification(from: Peer, message: RawMessage): void {
    const { method } = message.value;
    if (method === 'notifications/cancelled') this.#cancel(from, message);
    else if (from !== 'client') this.events.send('client', message.text);
    else if (method === 'notifications/initialized') this.#open();
    else if (this.#handshake.knowsLittle && !isKnownNotification(method)) {
      this.events.onProblem('the client sent a notification that this Wassette does not know');
    } else if (this.fence !== null && !String(method).startsWith('notifications/')) {
      this.events.onProblem('the client sent something without an id that is not a notification');
    } else this.events.send('child', message.text);
  }

  #cancel(from: Peer, message: RawMessage): void {
    const id = memberText(message, ['params', 'requestId']);
    if (from === 'client' && id !== null) {
      this.#preparing.delete(id);
      this.hold.drop(id);
    }
    this.#exchange.cancel(from, message, () => this.hold.settle());
  }

  #forward(
    from: Peer,
    to: Peer,
    message: RawMessage,
    edit: (response: RawMessage) => RawMessage = (response) => response,
  ): void {
    this.#pass(from, to, message, (response) => this.#exchange.reply(from, message, edit(response)));
  }

  #pass(from: Peer | null, to: Peer, request: RawMessage, answer: Pending['answer']): number {
    const { number, text } = this.#exchange.add(from, to, request, answer);
    const send = () => this.events.send(to, text);
    if (to === 'child' && this.#gone !== null) this.failChild(this.#gone);
    else if (from === 'client' && request.value.method === 'tools/list') this.events.whenStarted(send);
    else send();
    return number;
  }
}

function refused(to: 'child' | 'own', said: string): StoreError {
  const who = to === 'child' ? 'the wrapped Wassette' : 'wassette-state';
  return new StoreError('STORE_UNREACHABLE', `${who} answers a request with an error`, {
    hint: 'its own words are in the log; check whether it is still running',
    said,
  });
}
