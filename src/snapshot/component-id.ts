// Which ids a component may have: one safe path segment, distinct from every other on any file system.

import { quoted } from '../codec/safe-text.ts';
import { FormatError } from '../errors.ts';

export const ID_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._@+ -]{0,127}$/;
/** Windows ignores spaces before the dot. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)/i;

/** Why `id` may not be a component id (F-3.2), or null when it may. */
function idProblem(id: string): string | null {
  if (!ID_PATTERN.test(id)) {
    return 'an id is 1 to 128 of the characters A-Z a-z 0-9 . _ @ + - and space, and starts with a letter, a digit or _';
  }
  if (/[. ]$/.test(id)) return 'an id does not end with a dot or a space';
  if (WINDOWS_DEVICE.test(id)) return 'the name is reserved for a device on Windows';
  return null;
}

/** @throws FormatError FORMAT_INVALID_ID */
export function assertComponentId(id: string, where: string): void {
  const problem = idProblem(id);
  if (problem === null) return;
  throw new FormatError(
    'FORMAT_INVALID_ID',
    `${where}: component id ${quoted(id)} is not allowed: ${problem}`,
    {
      hint: 'rename the component where it was installed (load it again from a file with another name), or leave it out',
      details: { component_id: quoted(id) },
    },
  );
}

/** The file stem under which Wassette keeps a component's secrets; several ids can share one. */
export function secretProjection(id: string): string {
  const projected = id
    .replace(/[^A-Za-z0-9.-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 128);
  return projected === '' ? 'unnamed' : projected;
}

export interface IdClash {
  first: string;
  second: string;
  reason: 'case' | 'secrets';
}

/**
 * The first of `ids` that case folding or the secret projection makes equal to an earlier one or to one of `present`
 * (F-3.3), or null. Clashes within `present` are none of our business.
 */
export function findIdClash(ids: Iterable<string>, present: Iterable<string> = []): IdClash | null {
  const folded = new Map<string, string>();
  const projected = new Map<string, string>();
  const remember = (id: string) => {
    folded.set(id.toLowerCase(), id);
    projected.set(secretProjection(id).toLowerCase(), id);
  };
  for (const id of present) remember(id);
  for (const id of ids) {
    const byCase = folded.get(id.toLowerCase());
    if (byCase !== undefined && byCase !== id) return { first: byCase, second: id, reason: 'case' };
    const bySecrets = projected.get(secretProjection(id).toLowerCase());
    if (bySecrets !== undefined && bySecrets !== id)
      return { first: bySecrets, second: id, reason: 'secrets' };
    remember(id);
  }
  return null;
}

/** What two clashing ids do, in words. */
export function clashInWords({ reason }: IdClash): string {
  return reason === 'case' ? 'differ only in case' : 'share one secrets file';
}

/** Code-unit order, the order of components in a document. */
export function byId(a: { component_id: string }, b: { component_id: string }): number {
  return a.component_id < b.component_id ? -1 : a.component_id > b.component_id ? 1 : 0;
}
