// Waits with the first lists until Wassette has loaded what it found when it started: it lists a component's tools when the
// component is compiled, and many clients read the list once. Observed with 0.4.0 and 0.8.0: `list-components` has every
// component of the directory at once, and its tools when it is loaded.
import { setTimeout as delay } from 'node:timers/promises';
import { toolNamesOf } from '../../src/component/derived-interface.ts';
import type { Host } from '../../src/wassette/host.ts';
import { isSwitchedOff, liveComponents } from '../../src/wassette/live/answers.ts';
import type { ToolCaller } from '../../src/wassette/live/live-wassette.ts';
import { listedNames, type ToolLister } from './listed-names.ts';

/** Some clients wait five seconds for an answer, such as the OpenAI Agents SDK; what is later, they learn by a notification. */
const MOST_MS = 4_000;
const ASK_EVERY_MS = 100;

export class Starting {
  #end: Promise<void> | null = null;
  #hasEnded = false;
  /** Names of the tools to expect of a component. */
  readonly #expected = new Map<string, readonly string[]>();

  constructor(
    private readonly wassette: ToolCaller & ToolLister,
    private readonly host: Pick<Host, 'components' | 'interfaceOf'>,
    private readonly mostMs = MOST_MS,
  ) {}

  /** Calls `then` when the start has ended, at once where that is known. The first call begins to wait. */
  whenOver(then: () => void): void {
    if (this.#hasEnded) {
      then();
      return;
    }
    this.#end ??= this.#wait().finally(() => {
      this.#hasEnded = true;
    });
    void this.#end.then(then);
  }

  /** Ends at once for a program that cannot tell, because it is no Wassette. */
  async #wait(): Promise<void> {
    const signal = AbortSignal.timeout(this.mostMs);
    try {
      while (!(await this.#isOver(signal))) await delay(ASK_EVERY_MS, undefined, { signal });
    } catch {}
  }

  async #isOver(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#hasLoaded(signal);
    } catch (error) {
      if (isSwitchedOff(error)) return this.#listsAll(signal);
      throw error;
    }
  }

  async #hasLoaded(signal: AbortSignal): Promise<boolean> {
    const listed = await liveComponents(this.wassette, signal);
    const waiting = listed.filter(({ tools }) => tools === null);
    if (waiting.length === 0) return true;
    const { installed, unloadable } = await this.host.components.list();
    const here = new Set([...installed, ...unloadable.map(({ id }) => id)]);
    // A launcher may start a Wassette on a directory that cannot be seen from here.
    if (!listed.some(({ id }) => here.has(id))) return false;
    return !waiting.some(({ id }) => installed.includes(id) && this.#toolsOf(id).length > 0);
  }

  /** The same of one whose own tools are switched off. */
  async #listsAll(signal: AbortSignal): Promise<boolean> {
    const names = new Set(await listedNames(this.wassette, signal));
    const { installed } = await this.host.components.list();
    return installed.every((id) => this.#toolsOf(id).every((name) => names.has(name)));
  }

  /** None for a component that never loads: it must not be waited for. */
  #toolsOf(id: string): readonly string[] {
    const known = this.#expected.get(id);
    if (known !== undefined) return known;
    const derived = this.host.interfaceOf({ component_id: id });
    const names = derived.unlinked.length > 0 ? [] : (toolNamesOf(derived) ?? []);
    this.#expected.set(id, names);
    return names;
  }
}
