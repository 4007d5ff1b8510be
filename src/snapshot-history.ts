// The story of what led to a snapshot: from each to what it was made from, with what changed between them. Reads only.
import { UsageError } from './errors.ts';
import type { Documents } from './places/place.ts';
import type { Reference } from './places/reference.ts';
import { type ComponentDifference, differenceBetweenStates } from './plan/comparison/state-difference.ts';
import { statedIn } from './plan/comparison/stated-component.ts';
import { placeToOpen } from './site/places.ts';
import { type OpenOptions, openSite } from './site/site.ts';
import type { Document } from './snapshot/document.ts';

/** Which snapshots are shown. */
export interface HistoryOptions extends OpenOptions {
  /** How many at most (default 100). */
  last?: number | undefined;
  /** What was made before this time is left out, with all that it was made from. */
  since?: Date | undefined;
}

/** One snapshot of a history. What it says of itself nobody checked, and it is not safe to show as it is. */
export interface PastSnapshot {
  digest: string;
  /** In seconds since 1970; null of a manifest, which does not say. */
  created_at: number | null;
  /** Null where it has none. */
  description: string | null;
  /** How many it has. */
  component_count: number;
  /** The digests of what it was made from. */
  parents: readonly string[];
  /** What differs from the first of `parents`; null where there is none, or nobody here has it. */
  components: readonly ComponentDifference[] | null;
}

/** What led to a snapshot. */
export interface SnapshotHistory {
  /** The newest first; what was made from several is followed by the first of them, with all that led to it, and then by the others. */
  snapshots: readonly PastSnapshot[];
  /** Digests of parents that are neither where the snapshot is nor in the local store, or cannot be read there. */
  missing: readonly string[];
  /** Whether there are more than `last`. */
  hasMore: boolean;
}

const LAST = 100;

/**
 * Follows a snapshot back through what it was made from: an export under a name is made from what had the name before it, and
 * a merge from both sides. What a snapshot says of where it comes from is its own word; what differs is compared. Each is
 * looked for where the first one is, and then in the local store; what was removed there is missing, which is no error.
 * @throws UsageError USAGE_BAD_ARGUMENT for a `last` that is no whole number from 1 on; as `openSnapshot`
 * @example
 * ```ts
 * import { snapshotHistory } from 'wassette-state';
 *
 * const { snapshots, missing } = await snapshotHistory('tools.json');
 * console.log(snapshots.length, missing.length); // 1 0
 * ```
 */
export async function snapshotHistory(
  reference: string | Reference,
  options: HistoryOptions = {},
): Promise<SnapshotHistory> {
  const { signal, onProgress, last = LAST, since } = options;
  if (!Number.isSafeInteger(last) || last < 1) throw badCount(last);
  const site = await openSite(options);
  const place = await placeToOpen(reference, options, site);
  const { content } = (await place.outline?.()) ?? (await place.open({ signal, onProgress }));
  const there = (await place.documents?.({ signal })) ?? null;
  const documents = new Ancestors(there === null ? [site.store] : [there, site.store], content);
  const snapshots: PastSnapshot[] = [];
  const missing = new Set<string>();
  const seen = new Set<string>();
  const open = [content.digest];
  while (open.length > 0 && snapshots.length < last) {
    const digest = open.pop()!;
    if (seen.has(digest)) continue;
    seen.add(digest);
    signal?.throwIfAborted();
    const document = await documents.document(digest);
    if (document === null) missing.add(digest);
    if (document === null || isBefore(document, since)) continue;
    const { parents = [] } = document.tree;
    const [first] = parents;
    const before = first === undefined ? null : await documents.document(first);
    if (first !== undefined && before === null) missing.add(first);
    snapshots.push(pastSnapshot(document, before));
    open.push(...parents.toReversed());
  }
  return { snapshots, missing: [...missing], hasMore: open.some((digest) => !seen.has(digest)) };
}

/** Keeps the two documents that are used twice: a parent is compared with, and comes next. */
class Ancestors implements Documents {
  #kept: readonly Document[];

  constructor(
    private readonly from: readonly Documents[],
    first: Document,
  ) {
    this.#kept = [first];
  }

  async document(digest: string): Promise<Document | null> {
    const kept = this.#kept.find((document) => document.digest === digest);
    if (kept !== undefined) return kept;
    for (const documents of this.from) {
      const found = await documents.document(digest);
      if (found === null) continue;
      this.#kept = [...this.#kept.slice(-1), found];
      return found;
    }
    return null;
  }
}

function pastSnapshot(document: Document, parent: Document | null): PastSnapshot {
  const { created_at, metadata, components, parents = [] } = document.tree;
  return {
    digest: document.digest,
    created_at: created_at || null,
    description: metadata?.description || null,
    component_count: components.length,
    parents,
    components: parent && differenceBetweenStates(statedIn(parent), statedIn(document)),
  };
}

function isBefore({ tree }: Document, since: Date | undefined): boolean {
  return since !== undefined && tree.created_at !== 0 && tree.created_at * 1000 < since.getTime();
}

function badCount(last: number): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', `${last} is no number of snapshots to show`, {
    hint: 'give a whole number from 1 on, or leave it out for the last hundred',
  });
}
