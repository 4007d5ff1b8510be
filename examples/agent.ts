// An agent as this project sees one: an MCP client that started `wassette-state serve` for its own host.
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

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

  /** Calls a tool; an error of the tool is thrown with its code and hint. */
  async call(tool: string, args: Record<string, unknown> = {}): Promise<Record<string, any>> {
    const result = await this.client.callTool({ name: tool, arguments: args });
    if (result.isError) throw new Error((result.content as { text: string }[])[0]!.text);
    return result.structuredContent as Record<string, any>;
  }

  async stop(): Promise<void> {
    await this.client.close();
  }
}
