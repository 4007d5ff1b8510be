// Lists the components of a place whose code cannot be found: they can be listed, but not imported.
import { StateError } from '../../errors.ts';
import type { PartialComponent, Place } from '../../places/place.ts';
import { parsePolicy } from '../../policy/policy.ts';
import type { ListedComponent } from './listed-component.ts';

export interface ListingWithoutCode {
  components: readonly ListedComponent[];
  notes: readonly string[];
}

/** Null when `error` is not about missing code, or the place has nothing more to say. */
export async function listWithoutCode(
  error: unknown,
  place: Place,
  signal?: AbortSignal,
): Promise<ListingWithoutCode | null> {
  if (!(error instanceof StateError)) return null;
  const found = await place.withoutCode?.(error, signal);
  return found ? { components: found.components.map(listed), notes: found.notes } : null;
}

function listed({ component_id, sha256, source_uri, tools, policy }: PartialComponent): ListedComponent {
  return {
    component_id,
    sha256,
    size: null,
    source_uri,
    tools,
    rights:
      policy === 'kept'
        ? 'kept'
        : policy === null
          ? 'none'
          : parsePolicy(policy.text, { componentId: component_id }),
    without_policy: 'unknown',
    secret_names: [],
  };
}
