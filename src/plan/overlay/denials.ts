// What a policy denies, by the directory in which it begins: whatever moves, as much of each directory stays denied.
import path from 'node:path';
import { quoted } from '../../codec/safe-text.ts';
import { UsageError } from '../../errors.ts';
import type { StorageGrant } from '../../policy/policy.ts';
import { partsOfPath, writtenPath } from '../directory-grants.ts';
import { byDirectory, type Moved, pathOf, placeOf, relatedPairs } from './directories.ts';
import { NamePatterns } from './name-patterns.ts';

/**
 * Whichever of the two moves, what is denied goes on denying as much of each directory.
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
export function assertStillDenied(
  kept: readonly StorageGrant[],
  deny: readonly StorageGrant[],
  moved: Moved,
  id: string,
): void {
  const moves = ({ uri }: StorageGrant) => moved.has(uri);
  const unclear = [...(kept.some(moves) ? deny : []), ...(deny.some(moves) ? kept : [])].find(leadsUp);
  if (unclear !== undefined)
    throw lessDenied(
      unclear.uri,
      'leads through "..", and nobody can tell how it lies to directories that are mapped',
      'write it without ".." in the policy, and export again',
      id,
    );
  for (const [[at, allowed], [, denials]] of relatedPairs(
    byDirectory(kept, ({ uri }) => pathOf(uri)),
    denialsByDirectory(deny, moved),
  )) {
    const { uri } = allowed[0]!;
    const now = moved.get(uri);
    for (const each of denials) {
      const denied = each.lost(at, pathOf(now ?? uri)!);
      if (denied === null) continue;
      throw now === undefined
        ? lessDenied(
            uri,
            `would not be denied ${quoted(denied)} any more, which would become ${quoted(moved.get(denied)!)}`,
            'map the directory that is allowed, with all below it',
            id,
          )
        : lessDenied(
            uri,
            `would become ${quoted(now)}, which its policy does not deny as it does ${quoted(denied)}`,
            each.at === '/' && denied.includes('*')
              ? 'write what is denied without asterisks in the policy, and export again'
              : 'map the directory that is denied, with all below it',
            id,
          );
    }
  }
}

function leadsUp({ uri }: StorageGrant): boolean {
  return partsOfPath(writtenPath(uri) ?? '').includes('..');
}

function lessDenied(uri: string, what: string, hint: string, id: string): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', `component ${quoted(id)}: ${quoted(uri)} ${what}`, {
    hint,
    details: { component_id: id, entry: quoted(uri) },
  });
}

/** One for each directory, and another for a pattern that is too long to be mapped with it. */
function denialsByDirectory(
  deny: readonly StorageGrant[],
  moved: Moved,
): ReadonlyMap<string, readonly Denials[]> {
  const byStem = byDirectory(deny, ({ uri }) => pathOf(stem(uri)));
  return new Map(
    [...byStem].map(([at, grants]) => [
      at,
      [...byDirectory(grants, ({ uri }) => pathOf(stem(moved.get(uri) ?? uri)))].map(
        ([now, each]) => new Denials(at, now, each),
      ),
    ]),
  );
}

/** What begins in one directory, put together: each directory that is allowed is held against it once. */
class Denials {
  /** The storage URI of an entry that denies the directory itself. */
  #whole: string | null = null;
  /** Of one whose pattern begins with a name other than `**`. */
  #atItsDepth: string | null = null;
  /** Of one whose pattern begins with `**`. */
  #atAnyDepth: string | null = null;
  /** Of each of those, by the name that follows `**`. */
  readonly #next = new NamePatterns<string>();

  constructor(
    readonly at: string,
    /** What the directory is on this host. */
    private readonly now: string,
    grants: readonly StorageGrant[],
  ) {
    for (const { uri } of grants) {
      const [first, next] = patternIn(uri);
      if (first === undefined) this.#whole = uri;
      else if (first !== '**') this.#atItsDepth = uri;
      else {
        this.#atAnyDepth = uri;
        if (next !== undefined) this.#next.add(next, uri);
      }
    }
  }

  /**
   * One that would deny less of a directory than it does, if that were another here; or null. A directory that was denied as a
   * whole must still be, and one in which something is denied must have that in it, or be denied. Below the beginning of a
   * pattern names must be the same: nobody can tell which others it fits. Only what begins with `**` fits below all names alike,
   * unless one of them is where the rest of it may begin.
   */
  lost(allowed: string, allowedNow: string): string | null {
    const [was, is] = [placeOf(allowed, this.at), placeOf(allowedNow, this.now)];
    if (was === 'around' && is === 'around') return null;
    if (is === 'around' || is === 'apart') return this.#whole ?? this.#atItsDepth ?? this.#atAnyDepth;
    const names = path.posix.relative(this.at, allowed);
    if (names === path.posix.relative(this.now, allowedNow)) return null;
    if (this.#atItsDepth !== null) return this.#atItsDepth;
    if (was !== 'inside') return null;
    if (is !== 'inside') return this.#atAnyDepth;
    for (const name of partsOfPath(names)) {
      const fitting = this.#next.fitting(name);
      if (fitting !== null) return fitting;
    }
    return null;
  }
}

/** Up to the first name with an asterisk, which in what is denied stands for others. */
function stem(uri: string): string {
  const names = uri.split('/');
  const at = names.findIndex((name) => name.includes('*'));
  return at < 0 ? uri : `${names.slice(0, at).join('/')}/`;
}

/** The names from the first with an asterisk on; none where there is none. */
function patternIn(uri: string): string[] {
  return stem(uri) === uri ? [] : partsOfPath(uri.slice(stem(uri).length));
}
