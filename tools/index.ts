// The tools, in the order a client lists them.
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
