// Puts an overlay over the policies of a snapshot, as this host is to get them. The snapshot itself stays as it is.
import { readSmallFile } from '../disk/durable-file.ts';
import { MappedDirectories } from '../plan/overlay/directories.ts';
import { assertMatches } from '../plan/overlay/matching.ts';
import { type Overlay, overlayOf } from '../plan/overlay/overlay.ts';
import { overlaid, type PolicyChange } from '../plan/overlay/policy-change.ts';
import { MAX_OVERLAY_BYTES, parseOverlay } from '../plan/overlay/reading.ts';
import type { Policy } from '../policy/policy.ts';
import type { Document } from '../snapshot/document.ts';
import type { OverlayOptions } from './overlay-options.ts';

/** What an overlay makes of a snapshot. */
interface Overlaid {
  /** Null where nothing is other. */
  overlay: Overlay | null;
  /** Those that are other, by component id. */
  policies: ReadonlyMap<string, { policy: Policy; change: PolicyChange }>;
}

/**
 * All of the overlay has to fit the snapshot, but only the policies of chosen components are changed.
 * @throws FormatError FORMAT_INVALID_OVERLAY, FORMAT_UNSUPPORTED_VERSION, FORMAT_LIMIT_EXCEEDED, FORMAT_POLICY_LAYOUT
 * @throws UsageError USAGE_BAD_ARGUMENT, USAGE_UNKNOWN_COMPONENT; StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED
 */
export async function overlayOn(
  content: Document,
  options: OverlayOptions & { componentFilter?: readonly string[] | undefined },
): Promise<Overlaid> {
  const overlay = await overlayIn(options);
  const policies = new Map<string, { policy: Policy; change: PolicyChange }>();
  if (overlay === null) return { overlay, policies };
  const chosen = options.componentFilter && new Set(options.componentFilter);
  const directories = new MappedDirectories(overlay.mapDirs);
  const { components } = content.tree;
  const rights = new Map(
    components.map((each) => [each.component_id, content.policyOf(each)?.rights ?? null]),
  );
  assertMatches(overlay, directories, rights);
  const gone = new Map<string, Set<string>>();
  for (const { component_id, entry } of overlay.without)
    gone.set(component_id, (gone.get(component_id) ?? new Set()).add(entry));
  for (const component of components) {
    const { component_id } = component;
    const policy = content.policyOf(component);
    if (policy === null || chosen?.has(component_id) === false) continue;
    const changed = overlaid(policy, component_id, gone.get(component_id) ?? new Set(), directories);
    if (changed !== null) policies.set(component_id, changed);
  }
  return { overlay, policies };
}

async function overlayIn({
  mapDirs = [],
  without = [],
  overlay: file,
}: OverlayOptions): Promise<Overlay | null> {
  if (file === undefined) return overlayOf(mapDirs, without);
  const inFile = parseOverlay(await readSmallFile(file, MAX_OVERLAY_BYTES), file);
  return overlayOf([...inFile.mapDirs, ...mapDirs], [...inFile.without, ...without]);
}
