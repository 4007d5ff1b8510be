// Makes one step of a plan: what happens to one component, file by file, and what it gains and loses.
import type { BlobName } from '../codec/blob-name.ts';
import {
  backwards,
  differenceBetween,
  gained,
  type RightsChange,
  type RightsDifference,
} from '../policy/gains.ts';
import type { Rights } from '../policy/policy.ts';
import type { WithoutPolicy } from '../policy/wassette-versions.ts';
import { type ComponentChange, differs, type FileChange, type FileKind } from './file-kinds.ts';
import type { SecretNamesChange, SecretsChange } from './secrets-change.ts';
import { isUnread, type SecretsStore, secretsOf } from './stored-secrets.ts';
import type { DesiredComponent, TargetComponent, TargetState } from './target.ts';

/** What happens to a component: `skip` where an option leaves it as it is. */
export type StepAction =
  | 'add'
  | 'replace'
  | 'update-policy'
  | 'update-secrets'
  | 'unchanged'
  | 'skip'
  | 'remove';

/** What happens to one component: its files before and after, and what it gains and loses by it. */
export interface PlanStep extends ComponentChange, RightsDifference {
  action: StepAction;
  /** What happens to its secrets; absent where nothing does. */
  secretNames?: SecretNamesChange;
}

/** Whether a step changes anything. */
export function isChanging(action: StepAction): boolean {
  return action !== 'unchanged' && action !== 'skip';
}

/** Ids of the components that something happens to. */
export function changingIds(steps: readonly PlanStep[]): ReadonlySet<string> {
  return new Set(steps.filter(({ action }) => isChanging(action)).map(({ component_id }) => component_id));
}

/** What a step depends on besides the component itself. */
export type StepFacts = Pick<TargetState, 'secrets' | 'withoutPolicy'> & {
  skipExisting: boolean;
  /** By component id. */
  secretsChanges: ReadonlyMap<string, SecretsChange>;
};

/** The step that brings one component from what it is to what is wanted. */
export function stepFor(
  wanted: DesiredComponent,
  there: TargetComponent | undefined,
  facts: StepFacts,
): PlanStep {
  const change = facts.secretsChanges.get(wanted.component_id);
  const without = actionFor(wanted, there, facts.skipExisting);
  const coming = change !== undefined && differs(change.file) && without !== 'skip' ? change : undefined;
  const action = without === 'unchanged' && coming !== undefined ? 'update-secrets' : without;
  return {
    component_id: wanted.component_id,
    action,
    ...filesFor(action, wanted, there),
    secrets: coming?.file ?? { old: null, new: null },
    ...(coming === undefined ? {} : { secretNames: namesOf(coming) }),
    ...rightsFor(action, wanted, there, facts, coming),
  };
}

function actionFor(
  { artifact, policy }: DesiredComponent,
  there: TargetComponent | undefined,
  skipExisting: boolean,
): StepAction {
  const was = there?.artifact ?? null;
  const samePolicy = isSame(there?.policy, policy);
  if (artifact === null && was !== null) return 'remove';
  // Without code before and after, nothing runs; but a policy that was left behind may have to be restored.
  if (artifact === null) return samePolicy ? 'unchanged' : 'update-policy';
  if (was === null) return 'add';
  if (skipExisting) return 'skip';
  if (!isSame(was, artifact)) return 'replace';
  return samePolicy ? 'unchanged' : 'update-policy';
}

function filesFor(
  action: StepAction,
  { artifact, policy, policyMeta }: DesiredComponent,
  there: TargetComponent | undefined,
): Record<Exclude<FileKind, 'secrets'>, FileChange> {
  const stays = action === 'skip';
  // Where a policy came from is written only together with another policy.
  const keepsMeta = stays || (artifact !== null && isSame(there?.policy, policy));
  return {
    wasm: change(there?.artifact, stays ? there?.artifact : artifact),
    policy: change(there?.policy, stays ? there?.policy : policy),
    policyMeta: change(there?.policyMeta, keepsMeta ? there?.policyMeta : policyMeta),
  };
}

function rightsFor(
  action: StepAction,
  wanted: DesiredComponent,
  there: TargetComponent | undefined,
  { secrets, withoutPolicy }: StepFacts,
  coming: SecretsChange | undefined,
): RightsDifference {
  const code = wanted.artifact;
  if (code === null || !isChanging(action)) return { gains: [], losses: [] };
  const rights = rightsOf(wanted);
  const sees = seesSecrets(rights, withoutPolicy);
  const arriving = sees ? (coming?.added ?? []).map((name) => gained('secrets', name)) : [];
  const stored = storedSecrets(wanted, secrets, coming?.removed);
  const seen = [...(sees ? stored : []), ...arriving];
  if (there === undefined || there.artifact === null) {
    const { gains } = differenceBetween(null, rights, withoutPolicy);
    return { gains: [...gains, ...seen], losses: [] };
  }
  const before = rightsOf(there);
  // Another policy that is not read here may allow more than the one before.
  const isOther = before === 'unreadable' && !isSame(there.policy, wanted.policy);
  const had = isOther && rights === before ? 'none' : before;
  const { gains, losses } = differenceBetween(had, rights, withoutPolicy);
  if (action === 'replace') {
    const replaced = {
      kind: 'code',
      subject: 'code',
      from: plainFile(there.artifact)!,
      to: plainFile(code)!,
    };
    return { gains: [{ ...replaced, enforced: true } as RightsChange, ...gains, ...seen], losses };
  }
  return {
    gains: [...gains, ...(startsToSee(before, rights, withoutPolicy) ? stored : []), ...arriving],
    losses: [...losses, ...(stopsToSee(rights, before, withoutPolicy) ? stored.map(backwards) : [])],
  };
}

function rightsOf({ policy }: DesiredComponent | TargetComponent): Rights {
  return policy?.rights ?? 'none';
}

function isSame(a: BlobName | null | undefined, b: BlobName | null | undefined): boolean {
  return (a?.sha256 ?? null) === (b?.sha256 ?? null);
}

function change(from: BlobName | null | undefined, to: BlobName | null | undefined): FileChange {
  return { old: plainFile(from), new: plainFile(to) };
}

function plainFile(file: BlobName | null | undefined): BlobName | null {
  return file ? { sha256: file.sha256, size: file.size } : null;
}

/** Whether a component may see the secrets stored for it; any policy allows that, whatever it says. */
function seesSecrets(rights: Rights, withoutPolicy: WithoutPolicy): boolean {
  return rights !== 'none' || withoutPolicy !== 'nothing';
}

/** Whether the change makes stored secrets visible: only when having no policy may mean seeing nothing. */
function startsToSee(before: Rights, after: Rights, withoutPolicy: WithoutPolicy): boolean {
  return typeof before === 'string' && before !== after && withoutPolicy !== 'everything' && after !== 'none';
}

function stopsToSee(after: Rights, before: Rights, withoutPolicy: WithoutPolicy): boolean {
  return after !== 'unreadable' && startsToSee(after, before, withoutPolicy);
}

/** Secrets that are stored here under the component's name. */
function storedSecrets(
  { component_id }: DesiredComponent,
  store: SecretsStore,
  removed: readonly string[] = [],
): RightsChange[] {
  const secrets = secretsOf(store, component_id);
  if (isUnread(secrets)) return [gained('unread-secrets', secrets.file)];
  return secrets.filter((name) => !removed.includes(name)).map((name) => gained('secrets', name));
}

function namesOf({ added, replaced, removed }: SecretsChange): SecretNamesChange {
  return { added, replaced, removed };
}
