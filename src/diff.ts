// The story of a comparison: two states, read and not changed, and what differs between them.
import { type ComponentDifference, differenceBetweenStates } from './plan/state-difference.ts';
import { stateAt, stateHere } from './site/compared-states.ts';
import { withFit } from './site/fit/states.ts';
import type { OpenOptions } from './site/site.ts';
import { openSite } from './site/site.ts';

/** What differs between two states. */
export interface StatesDifference {
  /** The reference, or the component directory of this host. */
  from: string;
  /** As `from`. */
  to: string;
  /** None for states that run the same code under the same policies and name the same secrets. */
  components: readonly ComponentDifference[];
  /** What a reader should know of either. */
  notes: readonly string[];
}

/**
 * Compares two states: code, policies in words and as text, names of secrets. Changes nothing. A file that lacks code
 * is compared as far as it says something.
 * @param from reference of a snapshot or manifest: `sha256:<hex>`, a name in the local store, a `.json` or `.yaml` path
 * @param to the same; null for this host
 * @throws UsageError USAGE_BAD_ARGUMENT, USAGE_UNSUPPORTED_URI, USAGE_NOT_AVAILABLE
 * @throws StoreError STORE_NOT_FOUND for what does not exist; STORE_UNSAFE_FILE, STORE_DENIED, STORE_CHANGING,
 * STORE_UNSUPPORTED, STORE_DAMAGED, STORE_OTHER_HOST when `live` works on another directory
 * @throws FormatError any of its codes, for what is not a valid snapshot or manifest
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
 * @throws PolicyError POLICY_OUTSIDE_FENCE for a file that is not below `allowDirs`
 * @example
 * ```ts
 * import { diffStates } from 'wassette-state';
 *
 * const { components } = await diffStates('tools.json', null, { componentDir: './other' });
 * for (const { component_id, action } of components) console.log(component_id, action); // weather removed
 * ```
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
    components: await withFit(differenceBetweenStates(before, after), before, after),
    notes: [...new Set([...before.notes, ...after.notes])],
  };
}
