// What `list_snapshot_components` says of the local store: its snapshots, newest first.
import * as z from 'zod';
import { shortDigest } from '../../../src/codec/digest.ts';
import { counted, firstFew } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import type { SnapshotSummary } from '../../../src/places/oci/index-value.ts';
import type { ListOutput } from '../list-snapshot-components.ts';
import type { ToolContext, ToolResult } from '../tool.ts';
import { PAGE_SIZE, pagesOf } from './plan-summary.ts';

/** Of one snapshot; somebody may have given it a name a day. */
const SHOWN_NAMES = 50;

export const StoredSchema = z.looseObject({
  snapshot: z.string(),
  names: z.array(z.string()),
  created_at: z.string().optional(),
  description: z.string().optional(),
  component_count: z.int(),
  total_bytes: z.int(),
});
type Stored = z.infer<typeof StoredSchema>;

/** @throws UsageError USAGE_BAD_ARGUMENT for a page beyond the last; StoreError STORE_DAMAGED */
export async function describeStore(
  page: number,
  { server }: Pick<ToolContext, 'server'>,
): Promise<ToolResult<ListOutput>> {
  const { openSite } = await import('../../../src/site/site.ts');
  const { store } = await openSite(server.locations);
  const all = await store.list();
  const pages = pagesOf(all.length, page);
  const snapshots = all.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(stored);
  const structured = {
    summary: `The local store has ${all.length === 0 ? 'no snapshots' : counted(all.length, 'snapshot')}.`,
    of: 'store',
    components: [],
    snapshots,
    page,
    pages,
    notes: [],
  };
  const more = pages > page ? [`Page ${page} of ${pages}.`] : [];
  return { structured, text: [structured.summary, ...snapshots.map(lineOf), ...more].join('\n') };
}

/** `names_more`, how many more names it has, stands in no schema, because all descriptions together are to stay short. */
function stored({ digest, names, created_at, description, components, bytes }: SnapshotSummary): Stored {
  const { first, more } = firstFew(names, SHOWN_NAMES);
  return {
    snapshot: safeText(digest, 71),
    names: first.map((name) => safeText(name, 64)),
    ...(more === null ? {} : { names_more: names.length - first.length }),
    created_at: timeOf(created_at),
    description: description === null ? undefined : safeText(description, 200),
    component_count: components,
    total_bytes: bytes,
  };
}

function lineOf({
  snapshot,
  names,
  names_more,
  created_at,
  description,
  component_count,
  total_bytes,
}: Stored): string {
  const more = names_more === undefined ? [] : [`and ${names_more} more names`];
  const name = names.length === 0 ? '' : `${[...names, ...more].join(', ')}, `;
  const made = created_at === undefined ? '' : `, made ${created_at}`;
  const what = `${counted(component_count, 'component')}, ${total_bytes} bytes`;
  return `- ${name}${shortDigest(snapshot)}${made}: ${what}${description === undefined ? '' : `; ${description}`}`;
}

/** Seconds since 1970 in ISO 8601; undefined where nothing says it, or no calendar has it. */
export function timeOf(seconds: number | null | undefined): string | undefined {
  const date = new Date((seconds || Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
