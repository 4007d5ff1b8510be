// `wassette-state serve`: the MCP server, alone or around a Wassette.
import { wassetteAt } from '../../http-wassette.ts';
import { serve } from '../../mcp/alone/serve.ts';
import type { ServerOptions } from '../../mcp/server-options.ts';
import { keepStdoutForProtocol } from '../../mcp/thread/stdio-guard.ts';
import { type ServeOptions, serverOptionsOf } from './serve-options.ts';

/** @param wrapped the command after `--` that starts Wassette, or null to serve our tools alone */
export async function runServe(options: ServeOptions, wrapped: readonly string[] | null): Promise<void> {
  keepStdoutForProtocol();
  const serverOptions: ServerOptions = {
    ...(await serverOptionsOf(options, wrapped)),
    live: options.wassetteUrl === undefined ? undefined : await wassetteAt(options),
  };
  if (wrapped === null) await serve(serverOptions);
  else await (await import('../../wrap/serve-wrapped.ts')).serveWrapped(serverOptions, wrapped);
}
