// A Wassette that is running, as far as an import needs it: its own tools, called.

import type { WassetteVersion } from '../../policy/wassette-versions.ts';

/** What a tool answered; `text` is its first text block. */
export interface ToolAnswer {
  isError: boolean;
  text: string;
}

export interface LiveComponent {
  id: string;
  /** Names of its tools; null where they cannot be told, or it has not compiled it yet. */
  tools: readonly string[] | null;
}

export interface LiveWassette {
  /** @throws StoreError when it cannot be reached or does not answer like a Wassette */
  callTool(name: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<ToolAnswer>;
}

/** The Wassette that is to run what is imported, at once. */
export interface RunningWassette extends LiveWassette {
  /**
   * Runs `work` while, as far as that can be had, nobody else changes what this Wassette runs.
   * @throws StoreError STORE_BUSY when somebody does not come to an end with that
   */
  withoutChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Within `withoutChanges`: runs `work` while nobody else even asks it for anything. From then on until the end of
   * `withoutChanges` nobody calls a tool of `changed`: Wassette knows a component a moment before its policy.
   */
  undisturbed<T>(changed: readonly LiveComponent[], work: () => Promise<T>): Promise<T>;
  /** Null where it cannot be told. Asked once; never throws. */
  version(signal?: AbortSignal): Promise<WassetteVersion | null>;
  /** Its process, or that of what started it; null when that is not known. */
  readonly pid: number | null;
  /** What starts a one-shot command of the same program, such as `['wassette']`; null when it is not at hand. */
  readonly program: readonly string[] | null;
}
