// The MCP tool `export_state`: writes a snapshot of this host, and says how another agent imports it.
import * as z from 'zod';
import { counted, fewOf } from '../../src/codec/enumeration.ts';
import { safeText } from '../../src/codec/safe-text.ts';
import type { ExportResult } from '../../src/export.ts';
import type { Exported } from '../export-summary.ts';
import { wholeNotes } from './answers/plan-summary.ts';
import { listed, names, pairs } from './schema/arguments.ts';
import { assertKeyFor, fencedReference } from './server-options.ts';
import { defineTool, type ToolResult } from './tool.ts';

const SHOWN_IDS = 20;

export const exportStateInput = z.strictObject({
  destination: z
    .string()
    .optional()
    .describe(
      "A .json file, or a .yaml deployment manifest. Default: the local store, shared by this user's agents on this machine.",
    ),
  name: z
    .string()
    .optional()
    .describe('A name in the local store, e.g. "team-tools": lower case, digits, . _ -'),
  component_ids: names().optional().describe('Only these components. Default: all.'),
  include_binaries: z
    .boolean()
    .default(false)
    .describe('For a .json file: include the code, for another machine.'),
  include_secrets: z.boolean().optional().describe("Sealed for the operator's recipients."),
  description: z.string().max(2_000).optional().describe('What this set of tools is for.'),
  tags: pairs(100, 200).optional().describe('Labels, each key=value.'),
  source: pairs(128, 2_048)
    .optional()
    .describe('Where code came from, each id=URI, for this snapshot to say.'),
});

type ExportInput = z.infer<typeof exportStateInput>;

export const exportStateOutput = z.looseObject({
  summary: z.string(),
  snapshot: z.string().describe('The reference to hand over.'),
  snapshot_digest: z.string(),
  state_digest: z.string(),
  changed: z.boolean(),
  component_count: z.int(),
  component_ids: z.array(z.string()),
  total_bytes: z.int(),
  carries_binaries: z.boolean(),
  notes: z.array(z.string()),
  next_step: z.object({ tool: z.string(), arguments: z.object({ snapshot: z.string() }) }),
});

export const exportStateTool = defineTool({
  name: 'export_state',
  title: 'Export state',
  description:
    "Save this host's Wassette components and their permissions as one snapshot and return the reference that another agent passes to import_state. Secret values are never exported unsealed.",
  input: exportStateInput,
  output: exportStateOutput,
  annotations: {
    title: 'Export state',
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
  },
  async handle(input, { server, caller, signal, onProgress }) {
    const { exportStateTo } = await import('../../src/export.ts');
    const { exportedAs } = await import('../export-summary.ts');
    if (input.include_secrets) assertKeyFor('export', server);
    const file = input.destination === undefined ? undefined : fencedReference(input.destination, server);
    const { name, description, tags, source } = input;
    const written = await exportStateTo(
      { file, name },
      {
        ...server.locations,
        allowDirs: server.allowDirs,
        allowRemote: server.allowRemote,
        live: server.live,
        caller,
        includeBinaries: input.include_binaries,
        includeSecrets: input.include_secrets,
        encryptionKey: input.include_secrets ? server.recipients : undefined,
        componentFilter: input.component_ids,
        sources: source,
        allowFindings: server.allowFindings,
        keepSources: false, // an agent's word is not what this host knows
        metadata: description === undefined && tags === undefined ? undefined : { description, tags },
        signal,
        onProgress,
      },
    );
    return report(input, written, exportedAs(written, { file, name }));
  },
});

function report(
  input: ExportInput,
  written: ExportResult,
  exported: Exported,
): ToolResult<z.infer<typeof exportStateOutput>> {
  const { document, digest, changed, carriesBinaries } = written;
  const { reference, componentIds, size, lacksCode, transfer } = exported;
  const ids = componentIds.map((id) => safeText(id, 128));
  const notes = wholeNotes(written.notes);
  if (input.destination === undefined) notes.push(ONLY_HERE);
  const structured = {
    summary: summaryOf(written, exported),
    snapshot: reference,
    snapshot_digest: digest,
    state_digest: document.state_digest,
    changed,
    component_count: ids.length,
    component_ids: ids.slice(0, SHOWN_IDS),
    total_bytes: size,
    carries_binaries: carriesBinaries,
    transfer,
    notes,
    next_step: { tool: 'import_state', arguments: { snapshot: reference } },
  };
  const withCode = { ...asked(input), destination: input.destination, include_binaries: true };
  const lines = [
    structured.summary,
    ...(lacksCode ? [`To include the code, call export_state with ${JSON.stringify(withCode)}.`] : []),
    `The other agent calls import_state with ${JSON.stringify(structured.next_step.arguments)}.`,
    `State ${document.state_digest}.`,
    ...notes,
  ];
  return { structured, text: lines.join('\n') };
}

function summaryOf({ changed, carriesBinaries }: ExportResult, exported: Exported): string {
  const { reference, componentIds, size, lacksCode, transfer } = exported;
  const components = counted(componentIds.length, 'component');
  const sent = transfer.shared_bytes > 0 ? ` (sent: ${transfer.sent_bytes}, the rest was there)` : '';
  const code = carriesBinaries ? `, ${size} bytes of code${sent},` : lacksCode ? ' without their code' : '';
  const what = `${components}${code}`;
  const where = safeText(reference, 4_096);
  return `${lacksCode ? withoutCode(exported) : ''}${changed ? `Exported ${what} to` : `Nothing new: ${what} already in`} ${where}.`;
}

const ONLY_HERE =
  'The reference works only for agents that share this local store (same user, same machine). For others export to a file: destination "state.json", include_binaries true.';

/** Said first: such a file looks like a handover, but for another machine it is none. */
function withoutCode({ componentIds, size }: Exported): string {
  const ids = fewOf(componentIds.map((id) => safeText(id, 128)));
  return `The code is NOT in this file, so it is no backup: another machine lacks ${size} bytes of code, for ${ids}, and can import it only where it may fetch that from its source. `;
}

/** The arguments that were given, to be given again. */
function asked({ tags, source, ...input }: ExportInput): object {
  const given = { ...input, tags: tags && listed(tags), source: source && listed(source) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
