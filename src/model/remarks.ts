// What a reader should know about components: each thing is said once, for all that it holds for.
import { quoted } from '../codec/safe-text.ts';

const NAMED = 5;

export class Remarks {
  readonly #said = new Map<string, string[]>();

  /** `text` holds for component `id`. */
  about(id: string, text: string): void {
    const ids = this.#said.get(text) ?? [];
    if (!ids.includes(id)) ids.push(id);
    this.#said.set(text, ids);
  }

  /** One line for each thing, in the order in which they were first said. */
  lines(): string[] {
    return [...this.#said].map(([text, ids]) => {
      const named = ids.slice(0, NAMED).map(quoted).join(', ');
      return `${named}${ids.length > NAMED ? ` and ${ids.length - NAMED} more` : ''}: ${text}`;
    });
  }
}
