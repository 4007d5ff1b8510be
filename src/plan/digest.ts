// Computes the digest of a plan: everything an approval binds to (FORMAT.md, F-9.1). Spelled out field by field, so that no
// renaming in our code changes a digest.
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import type { RightsChange } from '../policy/gains.ts';
import type { GrantedDirectory } from './directory-grants.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { SnapshotSigners } from './signers.ts';
import type { PlanStep } from './step.ts';
import { isUnread } from './stored-secrets.ts';
import type { PlanOptions, TargetState } from './target.ts';
import { shownChange } from './words/changes.ts';
import type { Sentence } from './words/sentences.ts';

/** What of a plan an approval binds to. */
interface Bound {
  source: string;
  target: string;
  options: PlanOptions;
  steps: readonly PlanStep[];
  sentences: readonly Sentence[];
  signers: SnapshotSigners | null;
  nonce: string;
}

/** What of the host an approval binds to, as a value that can be kept. */
export interface BoundState {
  components: readonly { id: string; wasm: string | null; policy: string | null; meta: string | null }[];
  /** Names by file, or the mark of a file that cannot be read. */
  secrets: readonly (readonly [string, string | readonly string[]])[];
  unreadSecrets: string | null;
  directories: readonly GrantedDirectory[];
}

/** `sha256:<hex>`. */
export function planDigest(
  { source, target, options, steps, sentences, signers, nonce }: Bound,
  state: BoundState,
): string {
  const bound = {
    source,
    target,
    state,
    options: optionsOf(options),
    steps: steps.map(stepOf),
    sentences,
    ...(signers === null ? {} : { signers: signersOf(signers) }),
    nonce,
  };
  return sha256Digest(canonicalBytes(bound));
}

/** Whether nothing of it has changed. */
export function isSameState(a: BoundState, b: BoundState): boolean {
  return canonicalBytes(a).equals(canonicalBytes(b));
}

function signersOf({ name, signers, remembered }: SnapshotSigners): object {
  return { name, signers: signers.map(({ fingerprint, names }) => ({ fingerprint, names })), remembered };
}

/** Without caches, which Wassette rewrites at any time. */
export function boundStateOf({ components, secrets, directories }: TargetState): BoundState {
  return {
    components: components.map((c) => ({
      id: c.component_id,
      wasm: c.artifact?.sha256 ?? null,
      policy: c.policy?.sha256 ?? null,
      meta: c.policyMeta?.sha256 ?? null,
    })),
    secrets: [...secrets.files].map(
      ([stem, found]) => [stem, isUnread(found) ? found.mark : [...found]] as const,
    ),
    unreadSecrets: secrets.unread?.mark ?? null,
    directories: [...directories.values()],
  };
}

function optionsOf({ componentIds, skipExisting, removeExtra, allowGrants, overlay }: PlanOptions): object {
  const taken = allowGrants.map(({ component_id, entry }) => ({ component_id, uri: entry }));
  const others = overlay === undefined ? {} : { overlay: overlayOf(overlay) };
  return { componentIds, skipExisting, removeExtra, allowGrants: taken, ...others };
}

function overlayOf({ mapDirs, without }: Overlay): object {
  return {
    mapDirs: mapDirs.map(({ from, to }) => ({ from, to })),
    without: without.map(({ component_id, entry }) => ({ component_id, entry })),
  };
}

function stepOf(step: PlanStep): object {
  const { component_id, action, wasm, policy, policyMeta, secrets, secretNames, gains, losses } = step;
  return {
    component_id,
    action,
    wasm,
    policy,
    policyMeta,
    ...(secretNames === undefined ? {} : { secrets: { ...secrets, ...secretNames } }),
    gains: gains.map(changeOf),
    losses: losses.map(changeOf),
  };
}

function changeOf(change: RightsChange): object {
  const reach = change.kind === 'network' ? { reach: change.to ?? change.from } : {};
  return { ...shownChange(change), ...reach };
}
