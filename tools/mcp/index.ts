// The list of MCP tools, in the order in which a client lists them. The server loads them with its first request.
import * as z from 'zod';
import { exportStateTool } from './export-state.ts';
import { importStateTool } from './import-state.ts';
import { listSnapshotComponentsTool } from './list-snapshot-components.ts';
import type { ServerOptions } from './server-options.ts';
import type { Tool } from './tool.ts';

/** What this server offers: a read-only one has nothing that changes the host. */
export function toolsFor({ readOnly }: ServerOptions): Tool[] {
  const tools = [exportStateTool, importStateTool, listSnapshotComponentsTool] as unknown as Tool[];
  return readOnly ? tools.filter((tool) => !tool.annotations.destructiveHint) : tools;
}

/** Name, texts and schemas as a client sees them, in the JSON Schema draft that every client reads. */
export function describeTool({ name, title, description, input, output, annotations }: Tool) {
  const schema = (type: z.ZodType, io: 'input' | 'output') =>
    z.toJSONSchema(type, { target: 'draft-7', io }) as { type: 'object'; [key: string]: unknown };
  return {
    name,
    title,
    description,
    inputSchema: schema(input, 'input'),
    outputSchema: schema(output, 'output'),
    annotations: { ...annotations },
  };
}
