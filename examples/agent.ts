// An agent as this project sees one: an MCP client that started `wassette-state serve` for its own host.
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type * as z from 'zod';
import { type exportStateInput, exportStateOutput } from '../tools/mcp/export-state.ts';
import { type importStateInput, importStateOutput } from '../tools/mcp/import-schemas.ts';
import { type listInput, listOutput } from '../tools/mcp/list-snapshot-components.ts';

export const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

export interface Directories {
  componentDir: string;
  secretsDir: string;
  stateDir: string;
}

export function flagsFor({ componentDir, secretsDir, stateDir }: Directories): string[] {
  return ['--component-dir', componentDir, '--secrets-dir', secretsDir, '--state-dir', stateDir];
}

export class Agent {
  private constructor(
    readonly name: string,
    private readonly client: Client,
  ) {}

  static async start(name: string, directories: Directories, cwd: string): Promise<Agent> {
    const client = new Client({ name, version: '1.0.0' });
    const args = [PROGRAM, 'serve', ...flagsFor(directories), '--allow-dir', cwd];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd }));
    await client.listTools(); // from here on the client checks every result against its schema
    return new Agent(name, client);
  }

  exportState(args: z.input<typeof exportStateInput> = {}): Promise<z.infer<typeof exportStateOutput>> {
    return this.#call('export_state', args, exportStateOutput);
  }

  importState(args: z.input<typeof importStateInput>): Promise<z.infer<typeof importStateOutput>> {
    return this.#call('import_state', args, importStateOutput);
  }

  list(args: z.input<typeof listInput> = {}): Promise<z.infer<typeof listOutput>> {
    return this.#call('list_snapshot_components', args, listOutput);
  }

  /** An error of the tool is thrown with its code and hint. */
  async #call<T>(tool: string, args: Record<string, unknown>, output: z.ZodType<T>): Promise<T> {
    const result = await this.client.callTool({ name: tool, arguments: args });
    if (result.isError) throw new Error((result.content as { text: string }[])[0]!.text);
    return output.parse(result.structuredContent);
  }

  async stop(): Promise<void> {
    await this.client.close();
  }
}

/** The arguments with which `planned` says it is approved. */
export function approvalOf(
  planned: z.infer<typeof importStateOutput>,
): z.input<typeof importStateInput> & { accept: string[] } {
  if (planned.next_step === undefined) throw new Error(planned.summary);
  const { accept = [], ...approving } = planned.next_step.arguments;
  return { ...approving, accept };
}
