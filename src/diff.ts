// The story of a comparison: two states, read and not changed, and what differs between them.
import type { Reference } from './places/reference.ts';
import { type ComponentDifference, differenceBetweenStates } from './plan/comparison/state-difference.ts';
import { type Uncompared, uncomparedBetween } from './plan/comparison/uncompared.ts';
import { stateHere } from './site/compared-host.ts';
import { stateAt, withToolsOfSameCode } from './site/compared-states.ts';
import { withFit } from './site/fit/states.ts';
import { type LastImport, lastImportInto } from './site/last-import.ts';
import type { OverlayOptions } from './site/overlay-options.ts';
import type { OpenOptions } from './site/site.ts';
import { openSite } from './site/site.ts';

/** What differs between two states. */
export interface StatesDifference {
  /** The reference, or the component directory of this host. */
  from: string;
  /** As `from`. */
  to: string;
  /** Whether `to` is this host. */
  isHost: boolean;
  /** None for states that run the same code under the same policies, describe its tools alike and name the same secrets. */
  components: readonly ComponentDifference[];
  /** What could not be compared. Unless it is empty, the states may differ although `components` is empty. */
  uncompared: readonly Uncompared[];
  /** The last import into this host, where it is compared and one is known. */
  lastImport: LastImport | null;
  /** What a reader should know of either. */
  notes: readonly string[];
}

/** What is compared, and how it is opened. */
export interface DiffOptions extends OpenOptions, OverlayOptions {}

/**
 * Compares two states: code, what its tools say of themselves, policies in words and as text, names of secrets. Changes
 * nothing. A file that lacks code is compared as far as it says something; what cannot be read is in `uncompared`. With `mapDirs`, `without` or `overlay`, `from` is
 * what an import with them makes of it.
 * @param from reference of a snapshot or manifest: `sha256:<hex>`, a name in the local store, a `.json` or `.yaml` path
 * @param to the same; null for this host
 * @throws UsageError USAGE_BAD_ARGUMENT, USAGE_UNSUPPORTED_URI, USAGE_NOT_AVAILABLE; USAGE_UNKNOWN_COMPONENT for an overlay about
 * a component that `from` does not have
 * @throws StoreError STORE_NOT_FOUND for what does not exist; STORE_UNSAFE_FILE, STORE_DENIED, STORE_CHANGING,
 * STORE_UNSUPPORTED, STORE_DAMAGED, STORE_OTHER_HOST when `live` works on another directory
 * @throws FormatError any of its codes, for what is not a valid snapshot, manifest or overlay
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
  from: string | Reference,
  to: string | Reference | null,
  options: DiffOptions = {},
): Promise<StatesDifference> {
  const site = await openSite(options);
  const stated = await stateAt(from, site, options, options);
  const after =
    to === null
      ? await stateHere(site, options.signal)
      : await stateAt(to, site, options, {}, stated.policies);
  const before = await withToolsOfSameCode(stated, after);
  return {
    from: before.label,
    to: after.label,
    isHost: to === null,
    components: await withFit(differenceBetweenStates(before, after), before, after),
    uncompared: uncomparedBetween(before, after),
    lastImport: to === null ? await lastImportInto(site) : null,
    notes: [...new Set([...before.notes, ...after.notes])],
  };
}
