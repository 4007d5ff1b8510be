// The story of a comparison: two states, read and not changed, and what differs between them.
import { type ComponentDifference, differenceBetweenStates } from './plan/state-difference.ts';
import { stateAt, stateHere } from './site/compared-states.ts';
import type { OpenOptions } from './site/site.ts';
import { openSite } from './site/site.ts';

export interface StatesDifference {
  /** The reference, or the component directory of this host. */
  from: string;
  to: string;
  /** None for states that run the same code under the same policies and name the same secrets. */
  components: readonly ComponentDifference[];
  /** What a reader should know of either. */
  notes: readonly string[];
}

/**
 * Compares two states: references of snapshots or manifests.
 * @param to this host where it is null
 * @throws as `openSnapshot` and `listHost`
 */
export async function diffStates(
  from: string,
  to: string | null,
  options: OpenOptions = {},
): Promise<StatesDifference> {
  const site = await openSite(options);
  const before = await stateAt(from, site, options);
  const after = to === null ? await stateHere(site, options.signal) : await stateAt(to, site, options);
  return {
    from: before.label,
    to: after.label,
    components: differenceBetweenStates(before, after),
    notes: [...new Set([...before.notes, ...after.notes])],
  };
}
