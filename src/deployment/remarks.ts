// Collects remarks about components: each is made once, for all components that it is true of.

import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';

const NAMED = 5;

export class Remarks {
  readonly #said = new Map<string, Set<string>>();

  /** `text` is true of component `id`. */
  about(id: string, text: string): void {
    const ids = this.#said.get(text) ?? new Set();
    this.#said.set(text, ids.add(id));
  }

  /** One line for each remark, in the order in which they were first made. */
  lines(): string[] {
    return [...this.#said].map(([text, ids]) => `${fewOf([...ids].map(quoted), NAMED)}: ${text}`);
  }
}
