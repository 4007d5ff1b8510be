// Keeps what the peers of a session ask each other. Requests are renumbered for every receiver, so that ids do not collide, and
// what cannot be used is answered, so that nobody waits.
import type { LongLine } from './lines.ts';
import { type Peer, type Pending, PendingRequests } from './pending-requests.ts';
import {
  errorText,
  failure,
  memberText,
  notificationText,
  numberIn,
  type RawMessage,
  RPC_ERROR,
  type RpcError,
  withMember,
} from './raw-message.ts';
import { idOf, type Unusable } from './shape.ts';

/** A server need not answer a cancelled request, but may still be working on it for a while. */
const AFTER_CANCELLATION_MS = 60_000;

export const ID_TAKEN: RpcError = {
  code: RPC_ERROR.invalidRequest,
  message: 'a request with this id is open',
};

export interface ExchangeEvents {
  send(to: Peer, text: string): void;
  /** Reports what cannot be passed on, in words, for the operator's log. */
  onProblem(problem: string): void;
}

export class Exchange {
  readonly pending = new PendingRequests();

  constructor(private readonly events: ExchangeEvents) {}

  /** Takes a request up. Returns what to send to `to`, and under which number; `answer` gets the response to it. */
  add(
    from: Peer | null,
    to: Peer,
    request: RawMessage,
    answer: Pending['answer'],
  ): { number: number; text: string } {
    const number = this.pending.add(to, { from, request, answer });
    return { number, text: withMember(request, ['id'], String(number)).text };
  }

  /** Answers a request of `to` with the response to it, under its own id. */
  reply(to: Peer, request: RawMessage, response: RawMessage): void {
    this.events.send(to, withMember(response, ['id'], idOf(request)).text);
  }

  refuse(to: Peer, request: RawMessage, { code, message, data }: RpcError): void {
    this.events.send(to, errorText(idOf(request), code, message, data));
  }

  takeResponse(from: Peer, message: RawMessage): void {
    const number = numberIn(idOf(message));
    const pending = number === null ? undefined : this.pending.take(from, number);
    if (pending === undefined) this.events.onProblem(`the ${from} answered a request that it was not asked`);
    else pending.answer(message);
  }

  /** @param quote what to quote of it in the log */
  takeUnusable(from: Peer, { id, isResponse, problem }: Unusable, quote = ''): void {
    this.events.onProblem(`the ${from} sent a message that cannot be used: ${problem}${quote}`);
    // Without an id it answers the one request that waits, if it answers any.
    const number = !isResponse ? null : id === null ? this.pending.onlyOne(from) : numberIn(id);
    const pending = number === null ? undefined : this.pending.take(from, number);
    if (pending !== undefined) {
      pending.answer(failure(RPC_ERROR.server, `the answer cannot be used: ${problem}`));
    } else if (from === 'client' || (id !== null && !isResponse)) {
      const said = `the message cannot be used: ${problem}`;
      this.events.send(from, errorText(id ?? 'null', RPC_ERROR.invalidRequest, said));
    }
  }

  /** Handles a line that was too long to be kept. */
  takeTooLong(from: Peer, { id, hasMethod }: LongLine): void {
    const problem = 'it is longer than 64 MiB';
    if (hasMethod && id === null)
      this.events.onProblem(`a notification of the ${from} is left out: ${problem}`);
    else this.takeUnusable(from, { kind: 'unusable', isResponse: !hasMethod, id, problem });
  }

  /** Passes a cancellation on; `then` is called if the request is not answered for a while after it. */
  cancel(from: Peer, message: RawMessage, then: () => void = () => undefined): void {
    const id = memberText(message, ['params', 'requestId']);
    const found = id === null ? null : this.pending.find(from, id);
    if (found === null) return; // it has been answered already, and the cancellation came too late
    const { to, number } = found;
    const params = message.value.params as { reason?: unknown };
    const reason = typeof params.reason === 'string' ? { reason: params.reason } : {};
    this.events.send(to, notificationText('notifications/cancelled', { requestId: number, ...reason }));
    setTimeout(() => {
      if (this.pending.take(to, number) !== undefined) then();
    }, AFTER_CANCELLATION_MS).unref();
  }
}
