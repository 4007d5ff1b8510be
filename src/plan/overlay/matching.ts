// Whether an overlay is about what a snapshot has: whatever of it fits nothing is a mistake.
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { nearest } from '../../codec/suggestion.ts';
import { UsageError } from '../../errors.ts';
import type { Permissions } from '../../policy/policy.ts';
import type { MappedDirectories } from './directories.ts';
import type { Overlay } from './overlay.ts';
import { allowedEntries } from './policy-change.ts';

/**
 * @param rights of each component that brings a policy; null for others
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT
 */
export function assertMatches(
  { mapDirs, without }: Overlay,
  directories: MappedDirectories,
  rights: ReadonlyMap<string, Permissions | null>,
): void {
  const allowed = new Map(
    [...rights].map(([id, each]) => [id, new Set(each === null ? [] : allowedEntries(each))]),
  );
  for (const { component_id, entry } of without) {
    const known = allowed.get(component_id);
    if (known === undefined) throw unknownComponent(component_id, rights);
    if (!known.has(entry))
      throw unmatched(`${quoted(component_id)} is not allowed ${quoted(entry)}`, entry, [...known]);
  }
  const left = new Set(without.map(({ component_id, entry }) => `${component_id}:${entry}`));
  const uris = [...rights].flatMap(([id, each]) =>
    each === null
      ? []
      : [
          ...each.storage.allow.filter(({ uri }) => !left.has(`${id}:${uri}`)).map(({ uri }) => uri),
          ...each.storage.deny.map(({ uri }) => uri),
        ],
  );
  const used = new Set(uris.map((uri) => directories.mappingOf(uri)));
  const idle = mapDirs.find((mapping) => !used.has(mapping));
  if (idle !== undefined)
    throw unmatched(
      `no policy has a directory that is or lies in ${quoted(idle.from)}`,
      `fs://${idle.from}`,
      [...new Set(uris)],
    );
}

function unknownComponent(id: string, rights: ReadonlyMap<string, unknown>): UsageError {
  const close = nearest(id, [...rights.keys()]);
  return new UsageError('USAGE_UNKNOWN_COMPONENT', `there is no component ${quoted(id)} in the snapshot`, {
    hint:
      close === null
        ? `there are: ${fewOf([...rights.keys()].map(quoted))}`
        : `did you mean ${quoted(close)}?`,
    details: { component_id: quoted(id) },
  });
}

function unmatched(message: string, wanted: string, known: readonly string[]): UsageError {
  const close = nearest(wanted, known);
  const there =
    known.length === 0 ? 'there is nothing of the kind' : `there are: ${fewOf(known.map(quoted))}`;
  return new UsageError('USAGE_BAD_ARGUMENT', message, {
    hint: close === null ? there : `did you mean ${quoted(close)}?`,
  });
}
