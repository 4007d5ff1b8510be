// The MCP tool `export_state`: capture this host into a place and say how another agent picks it up.
import * as z from 'zod';
import { safeText } from '../src/codec/safe-text.ts';
import { shorten } from './plan-summary.ts';
import { fencedReference } from './server-options.ts';
import { defineTool } from './tool.ts';

const SHOWN_IDS = 20;

export const exportStateInput = z.strictObject({
  destination: z
    .string()
    .optional()
    .describe(
      'A .json file to write, or a .yaml file for a Wassette deployment manifest, which `wassette serve --manifest` reads. Leave out for the local store, which agents of the same user on this machine share.',
    ),
  name: z
    .string()
    .optional()
    .describe('A name for the snapshot in the local store, e.g. "team-tools": lower case, digits, . _ -'),
  component_ids: z
    .array(z.string())
    .max(10_000)
    .optional()
    .describe('Export only these components. Default: all.'),
  include_binaries: z
    .boolean()
    .default(false)
    .describe('Only for a file: put the WebAssembly code in, so that it can be imported on another machine.'),
  description: z.string().max(2_000).optional().describe('What this set of tools is for.'),
  tags: z
    .record(z.string().max(100), z.string().max(200))
    .optional()
    .describe('Labels, e.g. {"environment": "dev"}.'),
});

export const exportStateOutput = z.looseObject({
  summary: z.string(),
  snapshot: z.string().describe('The reference to hand over.'),
  snapshot_digest: z.string(),
  state_digest: z.string().describe('Equal for two hosts that run the same code under the same policies.'),
  changed: z.boolean().describe('False when the same state was at the place already.'),
  component_count: z.int(),
  component_ids: z.array(z.string()).describe('The first ones; list_snapshot_components shows all.'),
  total_bytes: z.int(),
  carries_binaries: z.boolean(),
  notes: z.array(z.string()),
  next_step: z.object({ tool: z.string(), arguments: z.object({ snapshot: z.string() }) }),
});

export const exportStateTool = defineTool({
  name: 'export_state',
  title: 'Export state',
  description:
    "Save this host's Wassette components and their permissions as one snapshot and return the reference that another agent passes to import_state. Never exports secret values or compiled code. Writes to the local store, or with `destination` to a .json file or a deployment manifest (.yaml).",
  input: exportStateInput,
  output: exportStateOutput,
  annotations: {
    title: 'Export state',
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  async handle(input, { server, signal, onProgress }) {
    const { exportStateTo } = await import('../src/export.ts');
    const { parseReference } = await import('../src/places/reference.ts');
    const file = input.destination === undefined ? undefined : fencedReference(input.destination, server);
    const { description, tags } = input;
    const written = await exportStateTo(
      { file, name: input.name },
      {
        ...server.locations,
        allowDirs: server.allowDirs,
        live: server.live,
        includeBinaries: input.include_binaries,
        componentFilter: input.component_ids,
        metadata: description === undefined && tags === undefined ? undefined : { description, tags },
        signal,
        onProgress,
      },
    );
    const { document, digest, changed, carriesBinaries } = written;
    const isManifest = file !== undefined && parseReference(file).kind === 'deployment';
    const ids = document.components.map((component) => safeText(component.component_id, 128));
    const reference = file === undefined && input.name !== undefined ? input.name : written.reference;
    const totalBytes = document.components.reduce((sum, { artifact }) => sum + artifact.size, 0);
    const notes = [
      ...(isManifest ? [] : notesFor(file, carriesBinaries, ids.length)),
      ...shorten(written.notes),
    ];
    const summary = `${changed ? 'Exported' : 'Nothing new:'} ${ids.length} component(s), ${totalBytes} bytes of code, ${changed ? 'to' : 'already in'} ${safeText(reference, 400)}.`;
    const structured = {
      summary,
      snapshot: reference,
      snapshot_digest: digest,
      state_digest: document.state_digest,
      changed,
      component_count: ids.length,
      component_ids: ids.slice(0, SHOWN_IDS),
      total_bytes: totalBytes,
      carries_binaries: carriesBinaries,
      notes,
      next_step: { tool: 'import_state', arguments: { snapshot: reference } },
    };
    const handover = `The other agent calls import_state with ${JSON.stringify(structured.next_step.arguments)}.`;
    return { structured, text: [summary, handover, `State ${document.state_digest}.`, ...notes].join('\n') };
  },
});

function notesFor(file: string | undefined, carriesBinaries: boolean, count: number): string[] {
  const notes: string[] = [];
  if (count === 0) notes.push('The component directory is empty: there is nothing to hand over.');
  if (file === undefined) {
    notes.push(
      'The reference works only for agents that share this local store (same user, same machine). For others export to a file: destination "state.json", include_binaries true.',
    );
  } else if (!carriesBinaries) {
    notes.push(
      'The file names the code but does not hold it: an import finds it only where it is already. Set include_binaries true to carry it.',
    );
  }
  return notes;
}
