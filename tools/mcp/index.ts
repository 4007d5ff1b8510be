// The list of MCP tools, in the order in which a client lists them. The server loads them with its first request.
import type * as z from 'zod';
import { pageOfTool } from './apps.ts';
import { exportStateTool } from './export-state.ts';
import { importStateAsSigned, importStateForOperator, importStateTool } from './import-state.ts';
import { listSnapshotComponentsTool } from './list-snapshot-components.ts';
import { isOpenWorld, withRemotePlaces } from './remote-places.ts';
import { advertisedInput, advertisedOutput } from './schema/advertised.ts';
import type { ServerOptions } from './server-options.ts';
import type { Tool } from './tool.ts';

const IMPORTING = { ask: importStateTool, operator: importStateForOperator, signed: importStateAsSigned };

/** What this server offers: a read-only one has nothing that changes the host. */
export function toolsFor({ readOnly, approval, allowRemote }: ServerOptions): Tool[] {
  const importing = IMPORTING[approval?.by ?? 'ask'];
  const all = [exportStateTool, importing, listSnapshotComponentsTool] as unknown as Tool[];
  const tools = all.map((tool) => ({
    ...tool,
    annotations: { ...tool.annotations, openWorldHint: isOpenWorld(tool.name, allowRemote) },
    input: withRemotePlaces(tool.name, tool.input as unknown as z.ZodObject, allowRemote),
  }));
  return readOnly ? tools.filter((tool) => !tool.annotations.destructiveHint) : tools;
}

/** Name, texts and schemas as a client sees them. */
export function describeTool({ name, title, description, input, output, annotations, page }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: advertisedInput(input),
    outputSchema: advertisedOutput(output),
    annotations: { ...annotations },
    ...(page === undefined ? {} : { _meta: pageOfTool(page) }),
  };
}
