// What a place says of components although their code is nowhere to be had: it can be listed, and nothing else.
import { StateError } from '../../errors.ts';
import type { PartialComponent, Place } from '../../places/place.ts';
import { parsePolicy } from '../../policy/policy.ts';
import type { ListedComponent } from './listed-component.ts';

export interface ListingWithoutCode {
  components: readonly ListedComponent[];
  notes: readonly string[];
}

/** Null where `error` is about something else than code that is missing, or the place says no more. */
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
