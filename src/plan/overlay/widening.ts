// What would leave a policy wider than an overlay says: it is refused.
import path from 'node:path';
import { quoted } from '../../codec/safe-text.ts';
import { UsageError } from '../../errors.ts';
import { beyond, reachesOf } from '../../policy/network-host.ts';
import type { Permissions, StorageGrant } from '../../policy/policy.ts';
import { partsOfPath, writtenPath } from '../directory-grants.ts';
import { type MappedDirectories, pathOf, placeOf, relatedPairs } from './directories.ts';

/** Storage URIs of the snapshot, and what they are on this host where that is another. */
export type Moved = ReadonlyMap<string, string>;

/**
 * Nothing of what is left out may be allowed by another entry all the same: a host that is spelt otherwise, a directory around
 * it, be it with less access.
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
export function assertLeftOut(
  { storage, network }: Permissions,
  gone: ReadonlySet<string>,
  directories: MappedDirectories,
  id: string,
): void {
  const hosts = network.allow.flatMap((grant) => ('host' in grant ? [grant] : []));
  const keptHosts = hosts.filter(({ host }) => !gone.has(host));
  const beyondKept = beyond(reachesOf(keptHosts));
  for (const out of hosts.filter(({ host }) => gone.has(host))) {
    const reach = reachesOf([out])[0]!;
    if (beyondKept(reach) === reach) continue;
    const other = keptHosts.find((kept) => beyond(reachesOf([kept]))(reach) !== reach)!;
    throw allowedAllTheSame(out.host, other.host, 'reaches it', id);
  }
  const now = ({ uri }: StorageGrant) => pathOf(directories.moved(uri) ?? uri);
  const out = storage.allow.filter(({ uri }) => gone.has(uri));
  const kept = storage.allow.filter(({ uri }) => !gone.has(uri));
  for (const [one, other] of relatedPairs(out, now, kept, now)) {
    if (placeOf(now(one)!, now(other)!) === 'around') continue;
    const still = one.access.filter((mode) => other.access.includes(mode));
    if (still.length > 0)
      throw allowedAllTheSame(one.uri, other.uri, `gives ${still.join(' and ')} access to it`, id);
  }
}

function allowedAllTheSame(entry: string, other: string, does: string, id: string): UsageError {
  const entries = [entry, other].map(quoted);
  return new UsageError(
    'USAGE_BAD_ARGUMENT',
    `component ${quoted(id)}: ${entries[0]} would be left out, and ${entries[1]} ${does} all the same`,
    { hint: 'leave that out as well', details: { component_id: id, entries } },
  );
}

/**
 * Directories that lay otherwise to one another, and would be one or lie in one another, would allow together what neither did.
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
export function assertApart(kept: readonly StorageGrant[], moved: Moved, id: string): void {
  const now = ({ uri }: StorageGrant) => pathOf(moved.get(uri) ?? uri);
  for (const [one, other] of relatedPairs(kept, now, kept, now)) {
    const [before, otherBefore] = [pathOf(one.uri)!, pathOf(other.uri)!];
    const place = placeOf(now(one)!, now(other)!);
    if (one === other || place === placeOf(before, otherBefore)) continue;
    const isOne = place === 'the same';
    if (!isOne && one.access.join() === other.access.join()) continue;
    const become = isOne
      ? `would become one entry, for ${quoted(now(one)!)}`
      : 'would lie in one another, with other access';
    const entries = [one.uri, other.uri].map(quoted);
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `component ${quoted(id)}: ${entries.join(' and ')} ${become}`,
      {
        hint: 'map them to directories that are apart',
        details: { component_id: id, entries },
      },
    );
  }
}

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
  const pairs = relatedPairs(
    kept,
    ({ uri }) => pathOf(uri),
    deny,
    ({ uri }) => pathOf(stem(uri)),
  );
  for (const [{ uri }, { uri: denied }] of pairs) {
    const [now, deniedNow] = [moved.get(uri), moved.get(denied)];
    if (now === undefined && deniedNow === undefined) continue;
    const pattern = patternIn(denied);
    const before = { allowed: pathOf(uri)!, denied: pathOf(stem(denied))! };
    const after = { allowed: pathOf(now ?? uri)!, denied: pathOf(stem(deniedNow ?? denied))! };
    if (deniesAsMuch(before, after, pattern)) continue;
    throw now === undefined
      ? lessDenied(
          uri,
          `would not be denied ${quoted(denied)} any more, which would become ${quoted(deniedNow!)}`,
          'map the directory that is allowed, with all below it',
          id,
        )
      : lessDenied(
          uri,
          `would become ${quoted(now)}, which its policy does not deny as it does ${quoted(denied)}`,
          pattern.length > 0 && before.denied === '/'
            ? 'write what is denied without asterisks in the policy, and export again'
            : 'map the directory that is denied, with all below it',
          id,
        );
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

/** Paths of a directory, and of what is denied of it. */
interface Related {
  allowed: string;
  denied: string;
}

/** A directory that was denied as a whole still is, and one in which something is denied has that in it, or is denied. */
function deniesAsMuch(before: Related, after: Related, pattern: readonly string[]): boolean {
  const [was, is] = [placeOf(before.allowed, before.denied), placeOf(after.allowed, after.denied)];
  if (was === 'around' && is === 'around') return true;
  if (pattern.length > 0) return fitsAsMuch(before, after, pattern);
  return is !== 'apart' && (was === 'around' || is !== 'around');
}

/**
 * Below the beginning of a pattern the names must be the same: nobody can tell which others it fits. Only what begins with `**`
 * fits below all names alike, unless one of them is where the rest of it may begin.
 */
function fitsAsMuch(before: Related, after: Related, pattern: readonly string[]): boolean {
  if (namesBelow(before) === namesBelow(after)) return true;
  if (pattern[0] !== '**') return false;
  const [was, is] = [placeOf(before.allowed, before.denied), placeOf(after.allowed, after.denied)];
  if (was !== 'inside') return is === 'inside' || is === 'the same';
  const next = pattern[1];
  return (
    is === 'inside' &&
    (next === undefined || !partsOfPath(namesBelow(before)).some((name) => mayFit(name, next)))
  );
}

function mayFit(name: string, pattern: string): boolean {
  const [start, end] = [pattern.indexOf('*'), pattern.lastIndexOf('*')];
  if (start < 0) return name === pattern;
  return name.startsWith(pattern.slice(0, start)) && name.endsWith(pattern.slice(end + 1));
}

function namesBelow({ allowed, denied }: Related): string {
  return path.posix.relative(denied, allowed);
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
