// Runs contestants in turn, so that a machine that gets slower or faster meanwhile does it to all of them.

/** Clears away what the last run left, then measures one run. */
export type Contestant = () => Promise<number>;

/** Medians of `repetitions` runs each, in the order A B C, A B C, … */
export async function alternate<Name extends string>(
  repetitions: number,
  contestants: Record<Name, Contestant>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let i = 0; i < repetitions; i++) {
    for (const name of names) samples.get(name)!.push(await contestants[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name)!)])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
