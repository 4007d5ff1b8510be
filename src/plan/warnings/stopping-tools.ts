// Tools that an import makes unavailable: an agent may rely on them, so the plan names them.
import { quotedWhole } from '../../codec/safe-text.ts';
import type { PlanStep } from '../step.ts';
import type { DesiredComponent, TargetState } from '../target.ts';

/** One line for each component that is removed or replaced and has tools that no component has afterwards. */
export function findStoppingTools(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): string[] {
  const wanted = new Map(desired.map((component) => [component.component_id, component]));
  const actions = new Map(steps.map(({ component_id, action }) => [component_id, action]));
  const isComing = (id: string) => ['add', 'replace'].includes(actions.get(id) ?? '');
  const isLeaving = (id: string) => ['remove', 'replace'].includes(actions.get(id) ?? '');
  const remaining = new Set([
    ...target.components.filter((c) => !isLeaving(c.component_id)).flatMap((c) => c.toolNames),
    ...desired
      .filter(({ component_id, toolsAreRead }) => toolsAreRead && isComing(component_id))
      .flatMap((c) => c.toolNames),
  ]);
  return target.components.flatMap(({ component_id, artifact, toolNames }) => {
    if (artifact === null || !isLeaving(component_id)) return [];
    const id = quotedWhole(component_id);
    const isReplaced = actions.get(component_id) === 'replace';
    if (isReplaced && wanted.get(component_id)?.toolsAreRead !== true)
      return [`perhaps some of ${id}: its new code was not read, or its tools cannot be derived`];
    if (toolNames.length === 0) return isReplaced ? [] : [`all of ${id}`];
    const gone = toolNames.filter((name) => !remaining.has(name));
    return gone.length === 0 ? [] : [`of ${id}: ${gone.map(quotedWhole).join(', ')}`];
  });
}
