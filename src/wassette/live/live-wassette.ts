// A running Wassette as an import uses it: its tools are called, and others are kept from changing it meanwhile.

import type { WassetteVersion } from '../../policy/wassette-versions.ts';

/** What a tool answered; `text` is its first text block. */
export interface ToolAnswer {
  isError: boolean;
  text: string;
}

/** The `text` of an answer with this `content`, in which anything may come before it. */
export function firstText(content: readonly unknown[]): string {
  for (const block of content as readonly ({ type?: unknown; text?: unknown } | null)[])
    if (block?.type === 'text' && typeof block.text === 'string') return block.text;
  return '';
}

/** A component that a running Wassette has. */
export interface LiveComponent {
  id: string;
  /** Names of its tools; null when they are unknown, or Wassette has not compiled it yet. */
  tools: readonly string[] | null;
}

/** A running server whose tools can be called. */
export interface ToolCaller {
  /** Calls a tool of Wassette or of a component. @throws StoreError STORE_UNREACHABLE when it cannot be reached or does not answer like a Wassette */
  callTool(name: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<ToolAnswer>;
}

/** The running Wassette into which components are imported. */
export interface LiveWassette extends ToolCaller {
  /**
   * Runs `work` while nobody else changes what this Wassette runs, as far as we can hold others back.
   * @throws StoreError STORE_BUSY when a change that somebody else began does not end
   */
  withoutChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Within `withoutChanges`: runs `work` while nobody else sends this Wassette anything. From then until the end of
   * `withoutChanges` nobody calls a tool of `changed`, because Wassette knows a component a moment before its policy.
   */
  alone<T>(changed: readonly LiveComponent[], work: () => Promise<T>): Promise<T>;
  /** Null when it is unknown. Asked once; never throws. */
  version(signal?: AbortSignal): Promise<WassetteVersion | null>;
  /** Its process, or the process that started it; null when unknown. */
  readonly pid: number | null;
  /** How to start a one-shot command of the same program, such as `['wassette']`; null when unknown. */
  readonly program: readonly string[] | null;
  /** Whether it was reached through another process that has ended, or no longer answers; such a one is left out. */
  readonly isGone?: boolean;
}
