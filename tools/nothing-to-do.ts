// Why a plan changes nothing: only where everything is the same does this host run that state.
import type { Plan } from '../src/model/plan.ts';

export function nothingToDo({ steps, options }: Pick<Plan, 'steps' | 'options'>): string {
  if (steps.length === 0) return 'Nothing to do: there is no component to import.';
  const skipped = steps.filter(({ action }) => action === 'skip').length;
  if (skipped > 0) {
    const some = skipped === steps.length ? 'every component' : `${skipped} of ${steps.length} components`;
    return `Nothing to do: of ${some} there is one here already, which is left alone, whether or not it is the same.`;
  }
  return options.componentIds === null
    ? 'Nothing to do: this host already runs that state.'
    : 'Nothing to do: what was chosen is already here as it is in the snapshot.';
}
