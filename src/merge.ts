// The story of a merge: open two snapshots and the one that both were made from, join them component by component, and
// write the result where nothing is in conflict.
import type { Compression } from './codec/compression/compression.ts';
import { quoted } from './codec/safe-text.ts';
import { firstOf } from './disk/blobs/blobs.ts';
import { UsageError } from './errors.ts';
import type { ExportResult } from './export.ts';
import { type MergeConflict, mergeConflicts } from './plan/comparison/merge-conflict.ts';
import { type ExportDestination, placeToOpen, placeToWrite, plainDestination } from './site/places.ts';
import { noteDerived } from './site/recording.ts';
import { type OpenOptions, openSite } from './site/site.ts';
import { type DocumentSides, mergedDocument, type Settlement } from './snapshot/merge/documents.ts';
import { PoliciesWithTrees } from './snapshot/policies.ts';

/** The snapshots that are joined. */
export interface MergeSides {
  /** What both were made from; null where there is no such snapshot: then only what is on one side, or alike, is joined. */
  base: string | null;
  ours: string;
  theirs: string;
}

/** How snapshots are joined. */
export interface MergeOptions extends OpenOptions {
  /** How conflicts are settled, by component id: by one side as a whole, or by what both sides allow. */
  settled?: ReadonlyMap<string, Settlement> | undefined;
  /** Whether a JSON file carries the code; by default where ours does. Other places always do. */
  includeBinaries?: boolean | undefined;
  /** As for an export. */
  compress?: Compression | undefined;
}

/** What became of a merge. */
export interface MergeResult {
  /** Null where there are conflicts: then nothing was written. */
  written: ExportResult | null;
  /** All of them, by component id. */
  conflicts: readonly MergeConflict[];
}

/**
 * Joins what two snapshots changed since the one that both were made from. What one side alone changed is taken; entries of
 * a policy are joined one by one, in the text of ours. Everything else that both changed is a conflict, and so is new code
 * of one side that would get what the other side granted. The result is signed by nobody.
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, USAGE_BAD_ARGUMENT where `settled` names what is not in conflict
 * @throws FormatError FORMAT_INVALID_ID where two ids clash, FORMAT_LIMIT_EXCEEDED; as `openSnapshot` and `copySnapshot`
 * @example
 * ```ts
 * import { copySnapshot, mergeSnapshots } from 'wassette-state';
 *
 * await copySnapshot('tools.json', { name: 'base' });
 * const sides = { base: 'base', ours: 'tools.json', theirs: 'base' };
 * const { written, conflicts } = await mergeSnapshots(sides, { name: 'merged' });
 * console.log(written?.document.components.length, conflicts.length); // 1 0
 * ```
 */
export async function mergeSnapshots(
  sides: MergeSides,
  to: ExportDestination,
  options: MergeOptions = {},
): Promise<MergeResult> {
  const { signal, onProgress, compress, settled = new Map() } = options;
  const destination = plainDestination(to);
  const site = await openSite(options);
  const known = new PoliciesWithTrees();
  const open = async (reference: string) => {
    const opened = await (await placeToOpen(reference, options, site)).open({ signal, onProgress, known });
    for (const [text, policy] of opened.content.policies) known.set(text, policy);
    return opened;
  };
  const base = sides.base === null ? null : await open(sides.base);
  const ours = await open(sides.ours);
  const theirs = await open(sides.theirs);
  const documents = { base: base?.content ?? null, ours: ours.content, theirs: theirs.content };
  assertThere(documents, settled);
  const { includeBinaries = ours.carriesBinaries } = options;
  const place = await placeToWrite(destination, site, { ...options, includeBinaries });
  const merged = mergedDocument(documents, settled);
  if (merged.document === null) {
    const labels = { base: sides.base ?? 'nothing', ours: sides.ours, theirs: sides.theirs };
    return { written: null, conflicts: mergeConflicts(merged.conflicts, documents, labels) };
  }
  const { document, notes } = merged;
  await place.assertTakes({
    document: true,
    code: includeBinaries,
    labels: document.tree.metadata !== undefined,
    secrets: document.sealed !== null,
    signatures: false,
    compress,
  });
  const blobs = firstOf([ours.blobs, theirs.blobs, site.store.blobs]);
  const written = await place.write(document, blobs, { signal, onProgress, compress });
  const unrecorded = await noteDerived(site, destination, written);
  const opened = [base, ours, theirs].flatMap((each) => each?.notes ?? []);
  const all = [...opened, ...notes, ...written.notes, ...unrecorded];
  return { written: { ...written, notes: [...new Set(all)] }, conflicts: [] };
}

function assertThere({ base, ours, theirs }: DocumentSides, settled: MergeOptions['settled'] & object): void {
  const there = new Set(
    [base, ours, theirs].flatMap((each) => each?.tree.components ?? []).map((c) => c.component_id),
  );
  const unknown = [...settled.keys()].filter((id) => !there.has(id));
  if (unknown.length === 0) return;
  throw new UsageError('USAGE_UNKNOWN_COMPONENT', `no snapshot has a component ${quoted(unknown[0]!)}`, {
    hint: 'name components as the conflicts name them',
    details: { component_ids: unknown },
  });
}
