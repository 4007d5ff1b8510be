// The MCP tool `list_snapshot_components`: what a snapshot holds, or this host runs, and what an import would need.
import * as z from 'zod';
import { counted, fewOf } from '../../src/codec/enumeration.ts';
import { quoted, quotedWhole, safeText } from '../../src/codec/safe-text.ts';
import { shownUri } from '../../src/codec/shown-uri.ts';
import { StateError, UsageError } from '../../src/errors.ts';
import { sectionOfLacks } from '../../src/plan/view.ts';
import type { Lacks } from '../../src/plan/warnings/lacks.ts';
import { withNames } from '../../src/plan/words/fit.ts';
import { describeRights } from '../../src/plan/words/rights.ts';
import type { ListedComponent } from '../../src/site/listing/listed-component.ts';
import type { TrustOptions } from '../../src/site/signers.ts';
import type { CommonOptions } from '../../src/site/site.ts';
import type { Snapshot } from '../../src/site/snapshot.ts';
import {
  LacksSchema,
  PAGE_SIZE,
  pagesOf,
  shorten,
  summarizeLacks,
  wholeNotes,
} from './answers/plan-summary.ts';
import { StoredSchema, timeOf } from './answers/store-listing.ts';
import { fencedReference } from './server-options.ts';
import { defineTool, type ToolContext, type ToolResult } from './tool.ts';

/** Of one component, in characters. */
const MOST_PERMISSIONS_LENGTH = 8_000;

export const listInput = z.strictObject({
  of: z
    .enum(['components', 'store'])
    .default('components')
    .describe('store: the snapshots in the local store. Default: components.'),
  snapshot: z.string().optional().describe('As for import_state. Leave out for what this host has.'),
  page: z.int().min(1).default(1).describe(`Page, ${PAGE_SIZE} items each, from 1.`),
});

const ListedSchema = z.looseObject({
  component_id: z.string(),
  sha256: z.string().optional(),
  size: z.int().optional(),
  source: z.string().optional(),
  tools: z.array(z.string()),
  permissions: z.array(z.string()),
  secret_names: z.array(z.string()).optional().describe('Left out where some cannot be read here.'),
});

/** What does not apply, or is not known, is left out. */
export const listOutput = z.looseObject({
  summary: z.string(),
  of: z.string().describe("A snapshot's digest, this host's component directory, or store."),
  state_digest: z.string().optional(),
  created_at: z.string().optional(),
  description: z.string().optional(),
  verification: z.string().optional(),
  component_count: z.int().optional(),
  components: z.array(ListedSchema),
  snapshots: z.array(StoredSchema).optional(),
  page: z.int(),
  pages: z.int(),
  import_needs: LacksSchema.optional().describe('What this host still needs.'),
  notes: z.array(z.string()),
});
/** `remarks` stands in no schema, because all descriptions together are to stay short. */
export type ListOutput = z.infer<typeof listOutput> & { remarks?: string[] };

export const listSnapshotComponentsTool = defineTool({
  name: 'list_snapshot_components',
  title: 'List snapshot components',
  description:
    "List the components of a snapshot with their tools and permissions, whether it is intact, and what this host would still need to run it; or this host's own components; or the snapshots in the local store. Changes nothing.",
  input: listInput,
  output: listOutput,
  annotations: {
    title: 'List snapshot components',
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
  },
  async handle(input, context) {
    const { of, snapshot, page } = input;
    if (of === 'store') {
      refuseSnapshotInStore(snapshot);
      const { describeStore } = await import('./answers/store-listing.ts');
      return describeStore(page, context);
    }
    return snapshot === undefined ? describeHost(page, context) : describeSnapshot(snapshot, page, context);
  },
});

/** The list is of one or the other. */
function refuseSnapshotInStore(snapshot: string | undefined): void {
  if (snapshot === undefined) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', '`snapshot` was given together with `of`: "store"', {
    hint: 'leave out `of` to list what is in the snapshot, or `snapshot` to list the local store',
  });
}

async function describeHost(page: number, { server, signal }: ToolContext): Promise<ToolResult<ListOutput>> {
  const { listHost } = await import('../../src/list.ts');
  const listing = await listHost({ ...server.locations, live: server.live, signal });
  const structured: ListOutput = {
    summary: `This host has ${countedComponents(listing.components)} in ${safeText(listing.component_dir, 4_096)}.`,
    of: safeText(listing.component_dir, 400),
    state_digest: listing.state_digest,
    verification: 'read from disk just now',
    component_count: listing.components.length,
    ...pageOf(listing.components, page),
    ...remarksIn(withNames(onPage(listing.components, page))),
    notes: wholeNotes([...(listing.unfinished ? [UNFINISHED] : []), ...listing.notes]),
  };
  return { structured, text: textOf(structured, null) };
}

async function describeSnapshot(
  text: string,
  page: number,
  { server, signal }: ToolContext,
): Promise<ToolResult<ListOutput>> {
  const { listReference, outlookFor } = await import('../../src/list.ts');
  const { locations, live, allowDirs, allowRemote, trust } = server;
  const options = { ...locations, live, signal, allowDirs, allowRemote };
  const listed = await listReference(fencedReference(text, server), options);
  const { snapshot, components } = listed;
  const notes = [...listed.notes];
  const outlook = snapshot === null ? null : await outlookFor(snapshot, { ...options, ...trust });
  if (outlook !== null && 'refused' in outlook) {
    notes.push(`an import here would be refused (${outlook.refused.code}): ${outlook.refused.message}`);
  } else if (outlook !== null && outlook.missing_code.length > 0) {
    notes.push(
      `the code of ${fewOf(outlook.missing_code.map(quoted))} is neither in the snapshot nor on this host: an import needs a snapshot with it`,
    );
  }
  if (outlook !== null && 'remarks' in outlook && outlook.fetched_code.length > 0) {
    const from = outlook.fetched_code.map(
      ({ component_id, source_uri }) => `${quoted(component_id)} from ${quoted(source_uri)}`,
    );
    notes.push(
      `an import would fetch code that is neither in the snapshot nor on this host, if --allow-remote names where it is: ${fewOf(from, 5)}`,
    );
  }
  if (outlook !== null && 'remarks' in outlook) notes.push(...outlook.remarks);
  const document = snapshot?.document;
  const lacks = outlook === null || 'refused' in outlook ? null : outlook.lacks;
  const structured: ListOutput = {
    summary: `The snapshot has ${countedComponents(components)}.`,
    of: snapshot?.digest ?? safeText(text, 400),
    state_digest: document?.state_digest,
    created_at: timeOf(document?.created_at),
    description: document?.metadata?.description ? safeText(document.metadata.description, 300) : undefined,
    verification: snapshot === null ? 'none' : await verificationOf(snapshot, { ...options, ...trust }),
    component_count: components.length,
    ...pageOf(components, page),
    import_needs: lacks === null ? undefined : summarizeLacks(lacks),
    ...remarksIn(outlook !== null && 'plan' in outlook ? (outlook.plan.fit ?? []) : []),
    notes: wholeNotes(notes),
  };
  return { structured, text: textOf(structured, lacks, ofSnapshot(structured)) };
}

/** Which snapshot it is, and whether it is intact. */
function ofSnapshot({ of, created_at, description, verification }: ListOutput): string[] {
  const made = created_at === undefined ? '' : `, made ${created_at}`;
  const what = description === undefined ? '' : `, ${quotedWhole(description)}`;
  return [`${of}${made}${what}. Verification: ${verification}.`];
}

/** What is true of the snapshot, and whose word that is. */
async function verificationOf(snapshot: Snapshot, options: CommonOptions & TrustOptions): Promise<string> {
  const { signersInWordsOf } = await import('../../src/list.ts');
  const signed = await signersInWordsOf(snapshot, options).catch((error: unknown) => {
    if (error instanceof StateError) return `somebody; by whom cannot be told: ${error.message}`;
    throw error;
  });
  const said = signed === null ? 'not signed' : `signed by ${safeText(signed, 2_000)}`;
  return `document and digests are intact; ${said}; code is verified again when it is imported`;
}

const UNFINISHED = 'an import was interrupted: the next export_state or import_state finishes it first';

function countedComponents({ length }: readonly ListedComponent[]): string {
  return length === 0 ? 'no components' : counted(length, 'component');
}

/** @throws UsageError USAGE_BAD_ARGUMENT for a page beyond the last */
function pageOf(components: readonly ListedComponent[], page: number) {
  const pages = pagesOf(components.length, page);
  return {
    components: onPage(components, page).map(
      ({ component_id, sha256, size, source_uri, tools, secret_names, ...rest }) => ({
        component_id: safeText(component_id, 128),
        sha256: sha256 ?? undefined,
        size: size ?? undefined,
        source: sourceOf(source_uri),
        tools: shorten(tools.map(named), 8),
        permissions: shownWhole(describeRights(rest)),
        secret_names: secret_names === null ? undefined : shorten(secret_names, 8),
      }),
    ),
    page,
    pages,
  };
}

function onPage(components: readonly ListedComponent[], page: number): readonly ListedComponent[] {
  return components.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
}

/** How what is allowed fits the code. */
function remarksIn(fit: readonly string[]): { remarks?: string[] } {
  return fit.length === 0 ? {} : { remarks: shorten(fit, PAGE_SIZE, 2_000) };
}

/** Without what can carry secrets; undefined where it only repeats the hash of the code. */
function sourceOf(uri: string | null): string | undefined {
  return uri === null || uri.startsWith('ni:') ? undefined : safeText(shownUri(uri), 400);
}

/** Quotes a name that could hide what follows it in rendered Markdown or HTML. */
function named(tool: string): string {
  return /^[\w.:/@+-]*$/.test(tool) ? tool : quotedWhole(tool);
}

/** Permissions are never shortened: they are all shown, or a line says that they are not. */
function shownWhole(permissions: readonly string[]): string[] {
  const size = permissions.reduce((sum, phrase) => sum + phrase.length, 0);
  return size <= MOST_PERMISSIONS_LENGTH
    ? permissions.map((phrase) => safeText(phrase, Number.POSITIVE_INFINITY))
    : [
        `${permissions.length} permissions, which do not fit here; the plan of an import shows what they allow`,
      ];
}

function textOf(result: ListOutput, lacks: Lacks | null, about: readonly string[] = []): string {
  const lines = result.components.map(
    ({ component_id, size, source, tools, permissions }) =>
      `- ${component_id}${size === undefined ? '' : ` (${size} bytes)`}${source === undefined ? '' : ` from ${source}`}: tools ${tools.join(', ') || 'unknown'}; ${permissions.join(', ') || 'no permissions'}`,
  );
  const more = result.pages > result.page ? [`Page ${result.page} of ${result.pages}.`] : [];
  const needs = lacks === null ? [] : needsText(lacks);
  const remarks = (result.remarks ?? []).map((remark) => `? ${remark}`);
  return [result.summary, ...about, ...lines, ...more, ...remarks, ...needs, ...result.notes].join('\n');
}

function needsText(lacks: Lacks): string[] {
  const { title, lines } = sectionOfLacks(lacks);
  const texts = lines.map(({ text }) => text);
  return texts.length === 0 ? [] : [title, ...shorten(texts, 20).map((lack) => `? ${lack}`)];
}
