// Why a plan changes nothing: only where everything is the same does this host run that state.
import type { Plan } from '../src/plan/plan.ts';

export function nothingToDo({ steps, options }: Pick<Plan, 'steps' | 'options'>): string {
  if (steps.length === 0) return 'Nothing to do: there is no component to import.';
  const skipped = steps.filter(({ action }) => action === 'skip').length;
  if (skipped > 0) {
    return skipped === steps.length
      ? 'Nothing to do: this host has every component already, and each of its own is left alone, the same or not.'
      : `Nothing to do: this host has ${skipped} of ${steps.length} components already, which are left alone, the same or not; the others are the same.`;
  }
  return options.componentIds === null
    ? 'Nothing to do: this host already runs that state.'
    : 'Nothing to do: what was chosen is already here as it is in the snapshot.';
}
