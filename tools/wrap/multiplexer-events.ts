// What the multiplexer asks of whoever runs it, and tells them.
import type { ExchangeEvents } from '../messages/exchange.ts';
import type { RawMessage } from '../messages/raw-message.ts';

export interface MultiplexerEvents extends ExchangeEvents {
  /** Calls `then` when Wassette has all tools to list that it found when it started. */
  whenStarted(then: () => void): void;
  /** The child was asked to open the session, and must answer soon. */
  onInitialize(): void;
  /** The answer to `initialize`, made from the child's. */
  mergeInitialize(response: RawMessage): RawMessage;
  /** What has to be done before the child is called so; null for nothing. */
  beforeCall(call: RawMessage): Promise<unknown> | null;
  /** A call of one of the child's tools was answered. */
  onAnswered(call: RawMessage, response: RawMessage): void;
}
