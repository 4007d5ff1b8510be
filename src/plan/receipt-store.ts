// What an import can and cannot do to a store that only the Wassette that serves it may change.
import { quoted } from '../codec/safe-text.ts';
import { StoreError } from '../errors.ts';
import type { Rights } from '../policy/policy.ts';
import { findUnsayable, isSame } from './permission-edits.ts';
import { isChanging, type PlanStep } from './step.ts';
import type { DesiredComponent, ServedStore, TargetComponent } from './target.ts';

/**
 * The component with the policy that is there, where both allow the same: Wassette writes policies its own way, and
 * their provenance is its own affair.
 */
export function withPolicyOfWassette(
  wanted: DesiredComponent,
  there: TargetComponent | undefined,
): DesiredComponent {
  const policyMeta = there?.policyMeta ?? null;
  if (there === undefined || wanted.policy === null || there.policy === null)
    return { ...wanted, policyMeta };
  const isEqual = isSame(wanted.policy.rights, there.policy.rights);
  return { ...wanted, policyMeta, policy: isEqual ? there.policy : wanted.policy };
}

/** @throws StoreError STORE_UNSUPPORTED naming the first component with which something cannot be done, and what */
export function refuseUnsayable(
  steps: readonly PlanStep[],
  desired: ReadonlyMap<string, DesiredComponent>,
  there: ReadonlyMap<string, TargetComponent>,
  store: ServedStore,
): void {
  const reserved = new Set([...store.reserved].map((id) => id.toLowerCase()));
  for (const { component_id, action } of steps.filter((step) => isChanging(step.action))) {
    const rights = (component: DesiredComponent | TargetComponent | undefined): Rights =>
      component?.policy?.rights ?? 'none';
    const refuse = (problem: string, hint: string) =>
      new StoreError('STORE_UNSUPPORTED', `component ${quoted(component_id)}: ${problem}`, {
        hint: `${hint}. Nothing was changed`,
        details: { component_id: quoted(component_id) },
      });
    if (action === 'remove')
      throw refuse(
        'a transactional store would never take it back, so no import removes it',
        'remove it with the tool unload-component',
      );
    if (action === 'add' && reserved.has(component_id.toLowerCase()))
      throw refuse(
        'its name is taken in the store by a component that was removed, or by one of another kind',
        'leave it out, or serve it with a manifest',
      );
    if (action === 'replace' && !store.replaceable.has(component_id))
      throw refuse(
        'it was installed from another source, and Wassette takes new code for it from nowhere else',
        'load the new code with the tool load-component from that source, or leave it out',
      );
    const unsayable = findUnsayable(rights(there.get(component_id)), rights(desired.get(component_id)));
    if (unsayable.length > 0)
      throw refuse(
        `the permission tools of Wassette cannot change its ${unsayable.join(', ')}`,
        'leave it out, or serve it with a manifest',
      );
  }
}
