// Many patterns of one name, each with at most one asterisk or two together: what fits is found without trying each.

export class NamePatterns<T> {
  readonly #plain = new Map<string, T>();
  /** By what stands behind the asterisk, and then by what stands before it. */
  readonly #byEnd = new Map<string, Map<string, T>>();

  add(pattern: string, value: T): void {
    const asterisk = pattern.indexOf('*');
    if (asterisk < 0) {
      this.#plain.set(pattern, value);
      return;
    }
    const end = pattern.slice(pattern.lastIndexOf('*') + 1);
    const byStart = this.#byEnd.get(end) ?? new Map<string, T>();
    this.#byEnd.set(end, byStart.set(pattern.slice(0, asterisk), value));
  }

  /** The value of a pattern that a name fits; null where there is none. */
  fitting(name: string): T | null {
    for (let end = name.length; this.#byEnd.size > 0 && end >= 0; end -= 1) {
      const byStart = this.#byEnd.get(name.slice(end));
      for (let start = 0; byStart !== undefined && start <= end; start += 1) {
        const value = byStart.get(name.slice(0, start));
        if (value !== undefined) return value;
      }
    }
    return this.#plain.get(name) ?? null;
  }
}
