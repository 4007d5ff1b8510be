// What an operator's policy says: how much any import may bring, each rule with its line (FORMAT.md, F-17). Plain values, so
// that it can be handed to another thread.
import type { NetworkReach } from '../../policy/network-host.ts';
import type { Access } from '../../policy/policy.ts';

/** What may be brought at most: all of it, or these entries. */
export interface ListRule<T> {
  /** Of the key. */
  line: number;
  entries: 'any' | readonly { value: T; line: number }[];
}

/** Whether something is allowed at all. */
export interface SwitchRule {
  line: number;
  allowed: boolean;
}

/** A directory and all below it. */
export interface CappedDirectory {
  /** Absolute, as it is written. */
  path: string;
  access: readonly Access[];
}

/** The rules of an operator about what any import may bring; `readOperatorPolicy` reads them. */
export interface OperatorPolicy {
  /** The real path of the file. */
  file: string;
  /** Ids, or beginnings of ids before an asterisk. */
  component_ids: ListRule<string>;
  /** `store`, absolute paths, or the beginnings of URIs. */
  sources: ListRule<string>;
  /** Names by which this host accepts signers, of whom one has to have signed the snapshot. */
  signers: ListRule<string>;
  /** Whether an accepted signer, whoever it is, has to have signed the snapshot. */
  require_signature: { line: number; required: boolean };
  hosts: ListRule<NetworkReach>;
  directories: ListRule<CappedDirectory>;
  environment: ListRule<string>;
  /** In bytes; null for no cap. */
  memory: { line: number; bytes: number | null };
  /** Whether a component may be without a policy. */
  no_policy: SwitchRule;
  /** Whether the code of a component that is there may be replaced. */
  replaced_code: SwitchRule;
  /** Whether agents get the tools of a wrapped Wassette that load, grant or reset, which nobody judges. */
  wassette_tools: SwitchRule;
  /** Names by which this host accepts those whose approvals in writing count. */
  approvers: ListRule<string>;
  /** What this host may be called for approvals in writing, and is called where nothing else is said. */
  labels: ListRule<string>;
}

/** A key of the file. */
export type RuleName = Exclude<keyof OperatorPolicy, 'file'>;

/** In the order in which they are written and explained. */
export const RULES = [
  'component_ids',
  'sources',
  'signers',
  'require_signature',
  'hosts',
  'directories',
  'environment',
  'memory',
  'no_policy',
  'replaced_code',
  'wassette_tools',
  'approvers',
  'labels',
] as const satisfies readonly RuleName[];
