// One step of a plan: what happens to one component, file by file, and what it gains and loses by it.
import type { BlobName } from '../codec/blob-name.ts';
import { findGains, findLosses, type Gain } from '../policy/gains.ts';
import type { Rights } from '../policy/policy.ts';
import type { WithoutPolicy } from '../policy/wassette-versions.ts';
import { isUnread, type SecretsStore, secretsOf } from './stored-secrets.ts';
import type { DesiredComponent, TargetComponent, TargetState } from './target.ts';

export type StepAction = 'add' | 'replace' | 'update-policy' | 'unchanged' | 'skip' | 'remove';

/** A file before and after a step; null where it is absent. */
export interface FileChange {
  old: BlobName | null;
  new: BlobName | null;
}

export interface PlanStep {
  component_id: string;
  action: StepAction;
  wasm: FileChange;
  policy: FileChange;
  policyMeta: FileChange;
  gains: readonly Gain[];
  losses: readonly Gain[];
}

/** The bytes that have to be put in place, if any. */
export function newBytes(file: FileChange): BlobName | null {
  return file.new === null || file.old?.sha256 === file.new.sha256 ? null : file.new;
}

/** Whether a step changes anything. */
export function isChanging(action: StepAction): boolean {
  return action !== 'unchanged' && action !== 'skip';
}

/** What decides about a step beside the component itself. */
export type StepFacts = Pick<TargetState, 'secrets' | 'withoutPolicy'> & { skipExisting: boolean };

/** The step that brings one component to what is wanted. */
export function stepFor(
  component: DesiredComponent,
  there: TargetComponent | undefined,
  { skipExisting, secrets, withoutPolicy }: StepFacts,
): PlanStep {
  const was = there?.artifact ?? null;
  const step = (action: StepAction, samePolicy: boolean): PlanStep => ({
    component_id: component.component_id,
    action,
    wasm: { old: was, new: plainFile(component.artifact) },
    policy: { old: plainFile(there?.policy), new: plainFile(component.policy) },
    policyMeta: {
      old: plainFile(there?.policyMeta),
      new: plainFile(samePolicy ? there?.policyMeta : component.policyMeta),
    },
    gains: [],
    losses: [],
  });
  const rights: Rights = component.policy?.rights ?? 'none';
  const samePolicy = (there?.policy?.sha256 ?? null) === (component.policy?.sha256 ?? null);
  if (component.artifact === null) {
    // Nothing to run either way; a policy that was left behind may still have to go back.
    const orphan = samePolicy ? 'unchanged' : 'update-policy';
    return step(was === null ? orphan : 'remove', false);
  }
  const stored = storedSecrets(component, secrets);
  if (was === null) {
    return {
      ...step('add', samePolicy),
      gains: [
        ...findGains(null, rights, withoutPolicy),
        ...(seesSecrets(rights, withoutPolicy) ? stored : []),
      ],
    };
  }
  if (skipExisting) return { ...step('skip', true), policy: keep(there?.policy), wasm: keep(was) };
  const sameCode = was.sha256 === component.artifact.sha256;
  if (sameCode && samePolicy) return step('unchanged', true);
  const before: Rights = there?.policy?.rights ?? 'none';
  const gains = findGains(before, rights, withoutPolicy);
  const losses = findLosses(before, rights, withoutPolicy);
  if (sameCode) {
    return {
      ...step('update-policy', samePolicy),
      gains: [...gains, ...(startsToSee(before, rights, withoutPolicy) ? stored : [])],
      losses: [...losses, ...(startsToSee(rights, before, withoutPolicy) ? stored : [])],
    };
  }
  const code: Gain = { kind: 'code', value: component.artifact.sha256, enforced: true };
  return {
    ...step('replace', samePolicy),
    gains: [code, ...gains, ...(seesSecrets(rights, withoutPolicy) ? stored : [])],
    losses,
  };
}

function plainFile(file: BlobName | null | undefined): BlobName | null {
  return file ? { sha256: file.sha256, size: file.size } : null;
}

function keep(file: BlobName | null | undefined): FileChange {
  return { old: plainFile(file), new: plainFile(file) };
}

/** Whether a component may see the secrets stored for it; a policy allows that, whatever stands in it. */
function seesSecrets(rights: Rights, withoutPolicy: WithoutPolicy): boolean {
  return rights !== 'none' || withoutPolicy !== 'nothing';
}

/** Whether going from one to the other brings the secrets into sight: only where having no policy may mean nothing. */
function startsToSee(before: Rights, after: Rights, withoutPolicy: WithoutPolicy): boolean {
  return typeof before === 'string' && before !== after && withoutPolicy !== 'everything' && after !== 'none';
}

/** Secrets stored here under the component's name. */
function storedSecrets({ component_id }: DesiredComponent, store: SecretsStore): Gain[] {
  const secrets = secretsOf(store, component_id);
  if (isUnread(secrets)) return [{ kind: 'unread-secrets', value: secrets.file, enforced: true }];
  return secrets.map((value) => ({ kind: 'secrets', value, enforced: true }));
}
