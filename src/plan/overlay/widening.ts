// What would leave a policy wider than an overlay says: it is refused.
import { quoted } from '../../codec/safe-text.ts';
import { UsageError } from '../../errors.ts';
import { beyond, reachesOf } from '../../policy/network-host.ts';
import type { Access, Permissions, StorageGrant } from '../../policy/policy.ts';
import {
  byDirectory,
  type MappedDirectories,
  type Moved,
  pathOf,
  placeOf,
  relatedPairs,
} from './directories.ts';

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
  const isGone = ({ uri }: StorageGrant) => gone.has(uri);
  const out = byDirectory(storage.allow.filter(isGone), now);
  const kept = byDirectory(
    storage.allow.filter((grant) => !isGone(grant)),
    now,
  );
  for (const [[at, withheld], [around, others]] of relatedPairs(givers(out), givers(kept))) {
    if (placeOf(at, around) === 'around') continue;
    for (const [mode, uri] of withheld) {
      const other = others.get(mode);
      if (other !== undefined) throw allowedAllTheSame(uri, other, `gives ${mode} access to it`, id);
    }
  }
}

/** By directory and mode of access an entry that gives it: however many do, one counts. */
function givers(
  grants: ReadonlyMap<string, readonly StorageGrant[]>,
): ReadonlyMap<string, ReadonlyMap<Access, string>> {
  return new Map(
    [...grants].map(([at, each]) => [
      at,
      new Map(each.flatMap(({ uri, access }) => access.map((mode) => [mode, uri] as const))),
    ]),
  );
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
  const now = new Map<string, Place>();
  for (const [was, grants] of byDirectory(kept, ({ uri }) => pathOf(uri))) {
    const uris = new Map(grants.map(({ uri, access }) => [access.join(), uri]));
    const [uri] = uris.values();
    const at = pathOf(moved.get(uri!) ?? uri!)!;
    const other = now.get(at);
    if (other !== undefined)
      throw notApart(uri!, [...other.uris.values()][0]!, `would become one entry, for ${quoted(at)}`, id);
    now.set(at, { was, uris });
  }
  for (const [[at, one], [otherAt, other]] of relatedPairs(now, now)) {
    if (placeOf(at, otherAt) === placeOf(one.was, other.was)) continue;
    for (const [access, uri] of one.uris)
      for (const [otherAccess, otherUri] of other.uris)
        if (access !== otherAccess)
          throw notApart(uri, otherUri, 'would lie in one another, with other access', id);
  }
}

/** What becomes a directory on this host: one in the snapshot, and an entry for it with each access that is given. */
interface Place {
  was: string;
  uris: ReadonlyMap<string, string>;
}

function notApart(uri: string, other: string, become: string, id: string): UsageError {
  const entries = [uri, other].map(quoted);
  return new UsageError('USAGE_BAD_ARGUMENT', `component ${quoted(id)}: ${entries.join(' and ')} ${become}`, {
    hint: 'map them to directories that are apart',
    details: { component_id: id, entries },
  });
}
