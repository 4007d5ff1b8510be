// One measured figure, and what a scenario gets and gives.

export interface Figure {
  scenario: string;
  unit: 's' | 'ms' | 'us' | 'MiB' | 'MB';
  ours: number;
  /** What ours is divided by; absent where there is only a greatest value. */
  peer?: number;
  /** The greatest ratio, or the greatest value of ours. */
  limit?: { ratio: number } | { value: number };
}

interface Bench {
  /** A folder for this scenario alone, removed afterwards. */
  root: string;
  /** Fewer repetitions, and nothing that takes gigabytes. */
  isQuick: boolean;
  /** Says something the reader of the figures must know. */
  note(text: string): void;
}

export type Scenario = (bench: Bench) => Promise<Figure[]>;

export function ratioOf({ ours, peer }: Figure): number | null {
  return peer === undefined ? null : ours / peer;
}

/** Null where there is no limit. */
export function isWithinLimit(figure: Figure): boolean | null {
  const { limit, ours } = figure;
  if (limit === undefined) return null;
  return 'ratio' in limit ? ratioOf(figure)! <= limit.ratio : ours <= limit.value;
}
