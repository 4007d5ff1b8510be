// A client's session with our server and no other. Messages are taken as the wrap takes them, so that every request is answered.
import { clientShapeOf } from '../../messages/client-shape.ts';
import { Exchange, type ExchangeEvents, ID_TAKEN } from '../../messages/exchange.ts';
import type { LongLine } from '../../messages/lines.ts';
import { batchIn, type RawMessage } from '../../messages/raw-message.ts';
import { idOf, shapeOf } from '../../messages/shape.ts';

type Side = 'client' | 'own';

export class Session {
  readonly #exchange: Exchange;

  constructor(private readonly events: ExchangeEvents) {
    this.#exchange = new Exchange(events);
  }

  /** Handles one line of the client, or of our server. */
  receive(from: Side, line: string): void {
    const shape = from === 'client' ? clientShapeOf(line) : shapeOf(line);
    if (shape.kind === 'unusable') {
      const batch = batchIn(line);
      if (batch.length === 0) this.#exchange.takeUnusable(from, shape);
      else for (const text of batch) this.receive(from, text);
    } else if (shape.kind === 'response') this.#exchange.takeResponse(from, shape.message);
    else if (shape.kind === 'request') this.#forward(from, shape.message);
    else if (shape.message.value.method === 'notifications/cancelled')
      this.#exchange.cancel(from, shape.message);
    else this.events.send(otherThan(from), shape.message.text);
  }

  /** Handles a line of the client that was too long to be kept. */
  receiveTooLong(line: LongLine): void {
    this.#exchange.takeTooLong('client', line);
  }

  #forward(from: Side, request: RawMessage): void {
    if (this.#exchange.pending.find(from, idOf(request)) !== null) {
      this.#exchange.refuse(from, request, ID_TAKEN);
      return;
    }
    const to = otherThan(from);
    const { text } = this.#exchange.add(from, to, request, (response) =>
      this.#exchange.reply(from, request, response),
    );
    this.events.send(to, text);
  }
}

function otherThan(side: Side): Side {
  return side === 'client' ? 'own' : 'client';
}
