// Bounds for how many components of one listing tools are read from the code, because a listing must not take long.

/** A few milliseconds each. */
const MOST_READ = 200;

export class ToolReadings {
  #done = 0;

  /** Whether the code is to be read for a component of which `listed` tools are known. */
  isDueFor(listed: readonly unknown[]): boolean {
    return listed.length === 0 && this.#done++ < MOST_READ;
  }
}
