// What a plan does and allows, taken apart into values: each thing of each component by itself, in its normal form. An
// approval in writing holds such values, so that it can be held against the plan of another host (FORMAT.md, F-16).
import { canonicalBytes } from '../../codec/canonical-json.ts';
import { PERHAPS_NO_POLICY, type RightsChange, type RightsChangeKind } from '../../policy/gains.ts';
import { writtenPath } from '../directory-grants.ts';
import type { Plan } from '../plan.ts';
import type { SecretNamesChange } from '../secrets-change.ts';
import { isChanging, type PlanStep } from '../step.ts';
import { type Directories, valueInWords } from '../words/changes.ts';

/** What an allowance is about, besides a change of rights. */
export const EVENTS = [
  'add',
  'remove',
  'policy',
  'secret-added',
  'secret-replaced',
  'secret-removed',
  'signer',
] as const;

/** What cannot be known on another host is in no approval in writing. */
export const RIGHTS = [
  'network',
  'dns',
  'read',
  'write',
  'environment',
  'ipc',
  'deny-removed',
  'limit',
  'runtime',
  'no-policy',
  'code',
  'secrets',
] as const satisfies readonly RightsChangeKind[];

type AllowanceKind = (typeof EVENTS)[number] | (typeof RIGHTS)[number];

/** One thing that an import does, allows or takes away. Two are the same when all of their values are. */
export interface Allowance {
  /** Null for what is said of the snapshot: its signer. */
  component_id: string | null;
  /** SHA-256 of the code that the component has afterwards, or, where it is removed, had before. */
  code: string | null;
  /** SHA-256 of the policy that it has afterwards; null for none. */
  policy: string | null;
  kind: AllowanceKind;
  /**
   * The host, path, variable, limit or name of a secret; for `code` the SHA-256 of what is replaced; for `signer` the
   * canonical JSON of name, who is remembered for it, and who signed. Null for what happens to the component itself.
   */
  value: string | null;
  /** The directory that a path leads to, with links followed; null where it is about no directory. */
  directory: string | null;
  /** True where it is taken away. */
  lost: boolean;
}

/** Where in a step a part is. */
type PlaceInStep =
  | { in: 'event' }
  | { in: 'gains' | 'losses'; change: RightsChange }
  | { in: keyof SecretNamesChange; name: string }
  | { in: 'secrets-file' };

export type Part = PlaceInStep & {
  /** Null for what no approval in writing can be about. */
  allowance: Allowance | null;
};

/** Names an allowance: equal for equal ones. */
export function keyOf(allowance: Allowance): string {
  return canonicalBytes(allowance).toString('utf8');
}

/** That the snapshot has another signer than the one before it; null where it has not. */
export function otherSigner({ signers, sentences }: Pick<Plan, 'signers' | 'sentences'>): Allowance | null {
  if (signers === null || !sentences.some(({ kind }) => kind === 'signer')) return null;
  const { name, remembered } = signers;
  const now = signers.signers.map(({ fingerprint }) => fingerprint).sort();
  const value = canonicalBytes({ name, remembered, signers: now }).toString('utf8');
  const of = { component_id: null, code: null, policy: null, directory: null, lost: false };
  return { ...of, kind: 'signer', value };
}

/** Everything that a step does, allows and takes away. */
export function partsOf(step: PlanStep, directories: Directories): Part[] {
  if (!isChanging(step.action)) return [];
  const { component_id, wasm, policy, gains, losses } = step;
  const code = wasm.new ?? wasm.old;
  const about = (kind: AllowanceKind, more: Partial<Allowance> = {}): Allowance => ({
    component_id,
    code: code?.sha256 ?? null,
    policy: policy.new?.sha256 ?? null,
    kind,
    value: null,
    directory: null,
    lost: false,
    ...more,
  });
  const rights = (place: 'gains' | 'losses', changes: readonly RightsChange[]) =>
    changes.map((change): Part => {
      const found = inNormalForm(change, directories);
      const allowance = found && about(found.kind, { ...found, lost: place === 'losses' });
      return { in: place, change, allowance };
    });
  return [
    ...eventsOf(step).map((kind): Part => ({ in: 'event', allowance: about(kind) })),
    ...secretsOf(step, (kind, value) => about(kind, { value })),
    ...rights('gains', gains),
    ...rights('losses', losses),
  ];
}

/** As sentences say it: new code is a gain, and another policy is said beside it. */
function eventsOf({ action, policy }: PlanStep): ('add' | 'remove' | 'policy')[] {
  switch (action) {
    case 'add':
    case 'remove':
      return [action];
    case 'replace':
      return policy.old?.sha256 === policy.new?.sha256 ? [] : ['policy'];
    case 'update-policy':
      return ['policy'];
    default:
      return [];
  }
}

function secretsOf(
  { secretNames }: PlanStep,
  about: (kind: AllowanceKind, name: string) => Allowance,
): Part[] {
  if (secretNames === undefined) return [];
  const parts = (['added', 'replaced', 'removed'] as const).flatMap((change) =>
    secretNames[change].map(
      (name): Part => ({ in: change, name, allowance: about(`secret-${change}`, name) }),
    ),
  );
  return parts.length > 0 ? parts : [{ in: 'secrets-file', allowance: null }];
}

/** Null where it is not known what would be allowed: a directory that cannot be followed, secrets without names. */
function inNormalForm(
  change: RightsChange,
  directories: Directories,
): Pick<Allowance, 'kind' | 'value' | 'directory'> | null {
  const { kind } = change;
  switch (kind) {
    case 'unread-secrets':
      return null;
    case 'code':
      return { kind, value: change.from.sha256, directory: null };
    case 'read':
    case 'write': {
      if (writtenPath(change.subject) === null) return { kind, value: change.subject, directory: null };
      const found = directories.get(change.subject);
      if (found === undefined || found.ofProcess !== null || found.hidden !== null) return null;
      return { kind, value: change.subject, directory: found.real };
    }
    case 'no-policy': // whoever agrees to the wider meaning agrees to both
      return {
        kind,
        value: change.subject === PERHAPS_NO_POLICY ? 'none' : change.subject,
        directory: null,
      };
    default:
      return { kind, value: valueInWords(change), directory: null };
  }
}
