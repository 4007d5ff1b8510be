// Keeps requests that were passed on and are not answered yet. They are renumbered for every receiver.

import type { RawMessage } from './raw-message.ts';
import { idOf } from './shape.ts';

/** `client` is the agent, `child` the wrapped server, `own` the server of our tools. */
export type Peer = 'client' | 'child' | 'own';

export interface Pending {
  /** Null for our own requests. */
  from: Peer | null;
  request: RawMessage;
  answer(response: RawMessage): void;
}

export class PendingRequests {
  readonly #open: Record<Peer, Map<number, Pending>> = {
    client: new Map(),
    child: new Map(),
    own: new Map(),
  };
  #nextNumber = 1;

  /** Adds a request. Returns the number under which `to` gets it. */
  add(to: Peer, pending: Pending): number {
    const number = this.#nextNumber++;
    this.#open[to].set(number, pending);
    return number;
  }

  /** Removes and returns the request with that number. */
  take(to: Peer, number: number): Pending | undefined {
    const pending = this.#open[to].get(number);
    this.#open[to].delete(number);
    return pending;
  }

  takeAll(to: Peer): Pending[] {
    const all = [...this.#open[to].values()];
    this.#open[to].clear();
    return all;
  }

  /** The number of the one request that waits for `to`; null when there is none, or more. */
  onlyOne(to: Peer): number | null {
    const [number, second] = this.#open[to].keys();
    return number === undefined || second !== undefined ? null : number;
  }

  /** Finds the request of `from` with this id, given as JSON text. */
  find(from: Peer, id: string): { to: Peer; number: number; request: RawMessage } | null {
    for (const to of ['client', 'child', 'own'] as const) {
      for (const [number, pending] of this.#open[to]) {
        if (pending.from === from && idOf(pending.request) === id)
          return { to, number, request: pending.request };
      }
    }
    return null;
  }

  /** The client's requests that wait for `to`. */
  ofClient(to: Peer): RawMessage[] {
    return [...this.#open[to].values()].flatMap(({ from, request }) => (from === 'client' ? [request] : []));
  }

  isWaitingFor(to: Peer): boolean {
    return this.#open[to].size > 0;
  }
}
