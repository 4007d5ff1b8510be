// One step of a plan: what happens to one component, file by file, and what it gains and loses by it.
import { secretProjection } from './component-id.ts';
import { findGains, findLosses, type Gain } from './gains.ts';
import type { Rights } from './policy.ts';
import type { DesiredComponent, FileState, TargetComponent, TargetState } from './target.ts';

export type StepAction = 'add' | 'replace' | 'update-policy' | 'unchanged' | 'skip' | 'remove';

/** A file before and after a step; null where it is absent. */
export interface FileChange {
  old: FileState | null;
  new: FileState | null;
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
export function newBytes(file: FileChange): FileState | null {
  return file.new === null || file.old?.sha256 === file.new.sha256 ? null : file.new;
}

/** Whether a step changes anything. */
export function isChanging(action: StepAction): boolean {
  return action !== 'unchanged' && action !== 'skip';
}

/** The step that brings one component to what is wanted. */
export function stepFor(
  component: DesiredComponent,
  there: TargetComponent | undefined,
  { skipExisting, secrets }: { skipExisting: boolean; secrets: TargetState['secrets'] },
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
  if (was === null) {
    return {
      ...step('add', samePolicy),
      gains: [...findGains(null, rights), ...secretGains(component, secrets)],
    };
  }
  if (skipExisting) return { ...step('skip', true), policy: keep(there?.policy), wasm: keep(was) };
  const sameCode = was.sha256 === component.artifact.sha256;
  if (sameCode && samePolicy) return step('unchanged', true);
  const before: Rights = there?.policy?.rights ?? 'none';
  const gains = findGains(before, rights);
  const losses = findLosses(before, rights);
  if (sameCode) return { ...step('update-policy', samePolicy), gains, losses };
  const code: Gain = { kind: 'code', value: component.artifact.sha256, enforced: true };
  return {
    ...step('replace', samePolicy),
    gains: [code, ...gains, ...secretGains(component, secrets)],
    losses,
  };
}

function plainFile(file: FileState | null | undefined): FileState | null {
  return file ? { sha256: file.sha256, size: file.size } : null;
}

function keep(file: FileState | null | undefined): FileChange {
  return { old: plainFile(file), new: plainFile(file) };
}

/** Secrets stored here under the component's name, which new code would see. */
function secretGains(component: DesiredComponent, secrets: TargetState['secrets']): Gain[] {
  const names = secrets.get(secretProjection(component.component_id)) ?? [];
  return names.map((value) => ({ kind: 'secrets', value, enforced: true }));
}
