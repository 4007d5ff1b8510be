// One component of a listing: of a host, of a snapshot, or of a file whose code is missing.
import type { GrantedDirectory } from '../../plan/directory-grants.ts';
import type { Rights } from '../../policy/policy.ts';
import type { WithoutPolicy } from '../../policy/wassette-versions.ts';

/** A component of this host or of a snapshot. */
export interface ListedComponent {
  component_id: string;
  /** Null for a file of the earlier draft without its binaries. */
  sha256: string | null;
  /** In bytes. */
  size: number | null;
  /** Null when it is not known. */
  source_uri: string | null;
  tools: readonly string[];
  /** `kept` where an import leaves the policy of its host as it is. */
  rights: Rights | 'kept';
  /** For a component of this host, what its storage URIs open. */
  directories?: ReadonlyMap<string, GrantedDirectory>;
  /** What it sees when it has no policy, in the Wassette that was asked, if any. */
  without_policy: WithoutPolicy;
  /** Null where some may be stored whose names cannot be read here. */
  secret_names: readonly string[] | null;
  /**
   * How what it may do fits what its code can do, in words that follow its name. Absent where the code was not looked at;
   * that there is none says nothing.
   */
  remarks?: readonly string[];
}
