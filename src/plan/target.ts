// The values a plan is made from: what is on a host, and what is wanted on it.
import type { BlobName } from '../codec/blob-name.ts';
import type { GrantLines } from '../policy/lines.ts';
import type { Rights } from '../policy/policy.ts';
import type { WithoutPolicy } from '../policy/wassette-versions.ts';
import type { GrantedDirectory, ProtectedDirectory } from './directory-grants.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { PolicyChange } from './overlay/policy-change.ts';
import type { SecretsStore } from './stored-secrets.ts';

/** A component as it should be. Without `artifact` it should not be installed, whatever happens to its policy. */
export interface DesiredComponent {
  component_id: string;
  artifact: BlobName | null;
  policy: (BlobName & { rights: Rights }) | null;
  /** Where the incoming policy was written, so that errors can name a line. */
  writtenIn?: { what: 'policy'; text: string } | { what: 'manifest'; lines: GrantLines };
  /** Whether the target's policy is to be kept, whatever it is; then `policy` and `policyMeta` mean nothing. */
  keepsPolicy?: boolean;
  /** The policy's provenance file; written only together with a changed policy. */
  policyMeta: BlobName | null;
  toolNames: readonly string[];
  /** Whether `toolNames` were read from the code itself; a snapshot can be wrong about them. */
  toolsAreRead?: boolean;
  /** The tools as a snapshot describes them. */
  toolSchemas: readonly unknown[];
  secretNames: readonly string[];
  /** Those whose values the snapshot carries, sealed. */
  sealedNames?: readonly string[];
  /** What an overlay has changed in its policy, which is the changed one here. */
  overlaid?: PolicyChange;
}

/** A component as it is on the target. Without `artifact` only a policy was left behind. */
export interface TargetComponent {
  component_id: string;
  artifact: BlobName | null;
  policy: (BlobName & { rights: Rights }) | null;
  policyMeta: BlobName | null;
  toolNames: readonly string[];
}

export interface TargetState {
  /** Real path of the component directory. */
  path: string;
  protectedDirs: readonly ProtectedDirectory[];
  components: readonly TargetComponent[];
  secrets: SecretsStore;
  /** Where other Wassettes that run here keep secrets; an import changes none of these. */
  otherSecretsDirs: readonly string[];
  /** What a component without a policy sees here. */
  withoutPolicy: WithoutPolicy;
  /** Names of the variables that Wassette could hand out, as far as we can see; null where nobody here sees them. */
  environment: ReadonlySet<string> | null;
  /** What has to be said of the Wassettes that run here; nothing that an approval binds to. */
  caveats: readonly string[];
  /** Why nothing can be changed now, and what to do; null where it can. */
  obstacle: string | null;
  /** Every `fs://` URI of the desired policies and of those here, resolved on this host. */
  directories: ReadonlyMap<string, GrantedDirectory>;
}

/** A storage grant or network host that a person accepts by name although no import may bring it. */
export interface AllowedGrant {
  component_id: string;
  /** The storage URI or the host, as the policy has it. */
  entry: string;
}

/** What was asked for, as the plan's digest binds to it. */
export interface PlanOptions {
  /** Ids to import; null for all. */
  componentIds: readonly string[] | null;
  /** Whether components that are there already stay as they are. */
  skipExisting: boolean;
  /** Whether components that only the target has are removed. */
  removeExtra: boolean;
  /** Storage grants and hosts that a person takes by name, sorted. */
  allowGrants: readonly AllowedGrant[];
  /** What is other on this host than in the snapshot; absent where nothing is. */
  overlay?: Overlay;
}
