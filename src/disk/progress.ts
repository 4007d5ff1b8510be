// How far a call has come, as a value, and in words.
import { safeText } from '../codec/safe-text.ts';

/** What a call does, in this order; each leaves most of it out. With the share of the whole, in percent, at which it ends. */
const ENDS = {
  opening: 10,
  fetching: 20,
  reading: 30,
  copying: 45,
  compiling: 90,
  loading: 100,
  writing: 100,
} as const;
const BEGINNINGS = {
  opening: 0,
  fetching: 10,
  reading: 20,
  copying: 30,
  compiling: 45,
  loading: 90,
  writing: 0,
} as const;

/** How far a call has come. It never goes back. */
export interface Progress {
  /**
   * `opening` a snapshot, `fetching` code that it does not carry, `reading` code for a review, `copying`, `compiling` and
   * `loading` it, or `writing` a snapshot.
   */
  doing: 'opening' | 'fetching' | 'reading' | 'copying' | 'compiling' | 'loading' | 'writing';
  /** The component that was begun last, and which of how many it is, from 1; null for a snapshot as a whole. */
  component: { component_id: string; position: number; count: number } | null;
  /** How much of what is done is over, from 0 to 1. */
  fraction: number;
}

/** Takes each report of a call; what it throws ends the call. */
export type OnProgress = (progress: Progress) => void;

/** Such as `compiling fetch-rs, 3 of 5`. */
export function progressInWords({ doing, component }: Progress): string {
  if (component === null) return doing === 'opening' ? 'reading the snapshot' : `${doing} the snapshot`;
  const { component_id, position, count } = component;
  const which = count === 1 ? '' : `, ${position} of ${count}`;
  return `${doing} ${safeText(component_id, 128)}${which}`;
}

/** How much of the whole call is over, in percent. */
export function percentOf({ doing, fraction }: Progress): number {
  const begin = BEGINNINGS[doing];
  return begin + (ENDS[doing] - begin) * fraction;
}

/** Reports what is done with several components, of which some may be at work at once. */
export class ComponentProgress {
  #component: Progress['component'] = null;
  #done: number;

  /** @param total of which `advance` gives a part: bytes, or components */
  constructor(
    private readonly doing: Progress['doing'],
    private readonly size: { count: number; total: number; done?: number },
    private readonly onProgress: OnProgress | undefined,
  ) {
    this.#done = size.done ?? 0;
  }

  begin(component_id: string): void {
    const { count } = this.size;
    const position = Math.min(count, (this.#component?.position ?? 0) + 1);
    this.#component = { component_id, position, count };
    this.report();
  }

  advance(amount = 1): void {
    this.#done += amount;
    this.report();
  }

  report(): void {
    const { total } = this.size;
    const fraction = total === 0 ? 1 : Math.min(1, this.#done / total);
    this.onProgress?.({ doing: this.doing, component: this.#component, fraction });
  }
}
