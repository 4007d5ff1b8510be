// What a reader should know about components: each thing is said once, for all that it holds for.

import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';

const NAMED = 5;

export class Remarks {
  readonly #said = new Map<string, Set<string>>();

  /** `text` holds for component `id`. */
  about(id: string, text: string): void {
    const ids = this.#said.get(text) ?? new Set();
    this.#said.set(text, ids.add(id));
  }

  /** One line for each thing, in the order in which they were first said. */
  lines(): string[] {
    return [...this.#said].map(([text, ids]) => `${fewOf([...ids].map(quoted), NAMED)}: ${text}`);
  }
}
