// Makes one MCP server of two: the wrapped Wassette, and ours with three tools. Messages pass through unchanged, except that
// requests are renumbered for every receiver, so that ids do not collide. What cannot pass is answered, so nobody waits.
import { StoreError } from '../../src/errors.ts';
import type { LongLine } from '../messages/lines.ts';
import { type Peer, type Pending, PendingRequests } from '../messages/pending-requests.ts';
import {
  batchIn,
  emptyResultText,
  errorText,
  failure,
  isObject,
  memberText,
  notificationText,
  numberIn,
  parseMessage,
  type RawMessage,
  RPC_ERROR,
  type RpcError,
  withMember,
} from '../messages/raw-message.ts';
import { exchangeProblem, idOf, shapeOf, type Unusable } from '../messages/shape.ts';
import { Handshake, isKnownNotification, isKnownRequest, refusalBeforeInitialize } from './handshake.ts';
import { ImportHold, isChanging } from './import-hold.ts';
import type { MultiplexerEvents } from './multiplexer-events.ts';
import type { ToolFence } from './tool-fence.ts';
import { isOurs, mergeTools, toChild, withoutMissingMethod, withoutNulls } from './tool-names.ts';

/** A server need not answer a cancelled request, but may still be working on it for a while. */
const AFTER_CANCELLATION_MS = 60_000;

const METHOD_NOT_FOUND: RpcError = { code: RPC_ERROR.methodNotFound, message: 'Method not found' };
const ID_TAKEN: RpcError = { code: RPC_ERROR.invalidRequest, message: 'a request with this id is open' };

export class Multiplexer {
  readonly #pending = new PendingRequests();
  readonly hold = new ImportHold(
    (request) => this.#takeRequest(request),
    () => !this.#pending.ofClient('child').some(isChanging),
  );
  readonly #handshake = new Handshake();
  #ownTools: Promise<string[]> | undefined;
  /** Why there is no child any more. */
  #gone: string | null = null;

  /** @param fence what the operator's flags say about Wassette's own tools; null without such a flag */
  constructor(
    private readonly events: MultiplexerEvents,
    private readonly fence: ToolFence | null = null,
  ) {}

  /** Handles one line from a peer. */
  receive(from: Peer, line: string): void {
    const shape = shapeOf(line);
    if (shape.kind === 'unusable') {
      const batch = from === 'client' ? null : batchIn(line);
      if (batch === null || batch.length === 0) this.#takeUnusable(from, shape);
      else for (const text of batch) this.receive(from, text);
      return;
    }
    const { message } = shape;
    const problem = from === 'client' ? exchangeProblem(message.value) : null;
    if (problem !== null) {
      const id = shape.kind === 'notification' ? null : idOf(message);
      this.#takeUnusable(from, { kind: 'unusable', isResponse: shape.kind === 'response', id, problem });
    } else if (shape.kind === 'response') this.#takeResponse(from, message);
    else if (from === 'client') this.#takeFromClient(message);
    else if (shape.kind === 'notification') this.#takeNotification(from, message);
    else this.#forward(from, 'client', message);
  }

  /** Handles a line that was too long to be kept. */
  receiveTooLong(from: Peer, { id, hasMethod }: LongLine): void {
    const problem = 'it is longer than 64 MiB';
    if (hasMethod && id === null)
      this.events.onProblem(`a notification of the ${from} is left out: ${problem}`);
    else this.#takeUnusable(from, { kind: 'unusable', isResponse: !hasMethod, id, problem });
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
    if (!this.#handshake.isOpen) return;
    const params = { level: 'notice', logger: 'wassette-state', data: text };
    this.events.send('client', notificationText('notifications/message', params));
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

  #takeUnusable(from: Peer, { id, isResponse, problem, said }: Unusable): void {
    const quote = from === 'child' && said !== undefined ? `: ${said}` : '';
    if (quote !== '') this.#handshake.printed(said!);
    this.events.onProblem(`the ${from} sent a message that cannot be used: ${problem}${quote}`);
    // Without an id it answers the one request that waits, if it answers any.
    const number = !isResponse ? null : id === null ? this.#pending.onlyOne(from) : numberIn(id);
    const pending = number === null ? undefined : this.#pending.take(from, number);
    if (pending !== undefined) {
      pending.answer(failure(RPC_ERROR.server, `the answer cannot be used: ${problem}`));
      this.hold.settle();
    } else if (from === 'client' || (id !== null && !isResponse)) {
      const said = `the message cannot be used: ${problem}`;
      this.events.send(from, errorText(id ?? 'null', RPC_ERROR.invalidRequest, said));
    }
  }

  #takeFromClient(message: RawMessage): void {
    const { id, method } = message.value;
    const isRequest = id !== undefined;
    if (isRequest && this.#isKnownId(idOf(message))) {
      this.#refuse(message, ID_TAKEN);
    } else if (method === 'server/discover' && isRequest) {
      this.#refuse(message, METHOD_NOT_FOUND);
    } else this.#admit(message);
  }

  #isKnownId(id: string): boolean {
    return this.#handshake.hasEarly(id) || this.hold.has(id) || this.#pending.find('client', id) !== null;
  }

  #admit(message: RawMessage): void {
    const isRequest = message.value.id !== undefined;
    const admission = this.#handshake.admit(message);
    if (admission === 'is answered at once') this.events.send('client', emptyResultText(idOf(message)));
    else if (admission === 'comes too early') {
      if (isRequest) this.#refuse(message, refusalBeforeInitialize(message));
      else this.events.onProblem('the client sent a notification before initialize');
    } else if (admission === 'passes') {
      if (isRequest) this.#takeRequest(message);
      else this.#takeNotification('client', message);
    }
  }

  #takeRequest(request: RawMessage): void {
    const message = withoutNulls(request);
    const { method, params } = message.value;
    if (method !== 'initialize') this.#open();
    if (method === 'initialize') this.#initialize(message);
    else if (method === 'tools/call' && isObject(params) && isOurs(params.name)) {
      this.#forward('client', 'own', message);
    } else if (this.#handshake.knowsLittle && !isKnownRequest(method)) {
      this.#refuse(message, METHOD_NOT_FOUND);
    } else if (!this.hold.keeps(message)) this.#ask(message);
  }

  /** Passes a request of the client on to the child. */
  #ask(message: RawMessage): void {
    const { method } = message.value;
    if (method === 'tools/list') this.#listTools(message);
    else if (method === 'tools/call') void this.#callTool(message);
    else this.#forward('client', 'child', message);
  }

  async #callTool(message: RawMessage): Promise<void> {
    const call = toChild(message);
    const refusal = this.fence === null ? null : await this.fence.refusalOf(call);
    if (refusal !== null) this.#reply('client', message, refusal);
    // An import may have begun while the fence asked.
    else if (!this.hold.keeps(message))
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
      this.#reply('client', message, this.events.mergeInitialize(response));
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
    const reply = (response: RawMessage) => this.#reply('client', message, response);
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
    if (id === null) return;
    if (from === 'client') this.hold.drop(id);
    const found = this.#pending.find(from, id);
    if (found === null) return; // it has been answered already, and the cancellation came too late
    const { to, number } = found;
    const params = message.value.params as { reason?: unknown };
    const reason = typeof params.reason === 'string' ? { reason: params.reason } : {};
    this.events.send(to, notificationText('notifications/cancelled', { requestId: number, ...reason }));
    setTimeout(() => {
      if (this.#pending.take(to, number) !== undefined) this.hold.settle();
    }, AFTER_CANCELLATION_MS).unref();
  }

  #takeResponse(from: Peer, message: RawMessage): void {
    const number = numberIn(idOf(message));
    const pending = number === null ? undefined : this.#pending.take(from, number);
    if (pending === undefined) {
      this.events.onProblem(`the ${from} answered a request that it was not asked`);
      return;
    }
    pending.answer(message);
    this.hold.settle();
  }

  #forward(
    from: Peer,
    to: Peer,
    message: RawMessage,
    edit: (response: RawMessage) => RawMessage = (response) => response,
  ): void {
    this.#pass(from, to, message, (response) => this.#reply(from, message, edit(response)));
  }

  #pass(from: Peer | null, to: Peer, request: RawMessage, answer: Pending['answer']): number {
    const number = this.#pending.add(to, { from, request, answer });
    const send = () => this.events.send(to, withMember(request, ['id'], String(number)).text);
    if (to === 'child' && this.#gone !== null) this.failChild(this.#gone);
    else if (from === 'client' && request.value.method === 'tools/list') this.events.whenStarted(send);
    else send();
    return number;
  }

  #reply(to: Peer, request: RawMessage, response: RawMessage): void {
    this.events.send(to, withMember(response, ['id'], idOf(request)).text);
  }

  #refuse(request: RawMessage, { code, message, data }: RpcError): void {
    this.events.send('client', errorText(idOf(request), code, message, data));
  }
}

function refused(to: 'child' | 'own', said: string): StoreError {
  const who = to === 'child' ? 'the wrapped Wassette' : 'wassette-state';
  return new StoreError('STORE_UNREACHABLE', `${who} answers a request with an error`, {
    hint: 'its own words are in the log; check whether it is still running',
    said,
  });
}
