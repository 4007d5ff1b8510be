// The MCP server on stdio; the only file that knows the MCP SDK. Starting it reads and writes nothing.
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js';
import { safeText } from '../src/codec/safe-text.ts';
import { StateError, saidAbout, showInvisible, UsageError } from '../src/errors.ts';
import { instructionsFor } from './instructions.ts';
import type { ServerOptions } from './server-options.ts';
import type { Answer, Tool, ToolContext } from './tool.ts';
import { VERSION } from './version.ts';

const ANSWER_TIMEOUT_MS = 10 * 60 * 1000;
const PROGRESS_INTERVAL_MS = 200;
/** Clients give up after a minute without a sign. */
const STILL_WORKING_MS = 10_000;
/** A client that closed our input waits about two seconds before it kills. */
const SHUTDOWN_MS = 900;

/** A server that is not connected yet. */
export function createServer(options: ServerOptions): Server {
  // Nothing but the protocol is loaded before a client asks for the tools.
  let loading: ReturnType<typeof loadTools> | undefined;
  const load = () => (loading ??= loadTools(options));
  const server = new Server(
    { name: 'wassette-state', title: 'Wassette state', version: VERSION },
    { capabilities: { tools: {} }, instructions: instructionsFor(options) },
  );
  server.setRequestHandler(ListToolsRequestSchema, async () => {
    const { tools, describeTool } = await load();
    return { tools: tools.map(describeTool) };
  });
  server.setRequestHandler(CallToolRequestSchema, async (request, extra) => {
    const { tools } = await load();
    const tool = tools.find(({ name }) => name === request.params.name);
    if (tool === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `unknown tool; there are ${tools.map(({ name }) => name).join(', ')}`,
      );
    }
    const progress = new ProgressReports(extra._meta?.progressToken, extra.sendNotification);
    try {
      return await call(tool, request.params.arguments ?? {}, {
        server: options,
        signal: extra.signal,
        onProgress: (done, total) => progress.report(done, total),
        canAsk: canAsk(server),
        ask: (question) => ask(server, question, extra.signal),
      });
    } finally {
      progress.end();
    }
  });
  return server;
}

/** What a client that asked for progress is told: not too often, but also while nothing moves, so that it goes on waiting. */
class ProgressReports {
  #last = { progress: 0, total: undefined as number | undefined };
  #sentAt = 0;
  readonly #stillWorking: NodeJS.Timeout | undefined;

  constructor(
    private readonly token: string | number | undefined,
    private readonly send: (notification: ServerNotification) => Promise<void>,
  ) {
    if (token === undefined) return;
    this.#stillWorking = setInterval(() => {
      // Progress must grow with every report; a thousandth of a byte says no more than that.
      if (Date.now() - this.#sentAt >= STILL_WORKING_MS)
        this.#tell(this.#last.progress + 0.001, this.#last.total);
    }, STILL_WORKING_MS / 4);
  }

  report(progress: number, total: number): void {
    if (this.token !== undefined && Date.now() - this.#sentAt >= PROGRESS_INTERVAL_MS)
      this.#tell(progress, total);
  }

  end(): void {
    clearInterval(this.#stillWorking);
  }

  #tell(progress: number, total: number | undefined): void {
    if (progress <= this.#last.progress && this.#sentAt > 0) return;
    this.#sentAt = Date.now();
    this.#last = { progress, total };
    const params = { progressToken: this.token!, progress, ...(total === undefined ? {} : { total }) };
    void this.send({ method: 'notifications/progress', params }).catch(() => undefined);
  }
}

/** Serves until the input ends, the output closes or a signal asks to stop; work in flight is told to stop. */
export async function serve(options: ServerOptions): Promise<void> {
  const server = createServer(options);
  const stop = () => {
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
    // Closing aborts the signal of every call in flight; each ends before or after its commit, never within.
    void server.close().finally(() => setImmediate(() => process.stdin.destroy()));
  };
  process.stdin.once('end', stop);
  process.stdin.once('close', stop);
  process.stdout.on('error', stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  server.onerror = (error) => console.error(`wassette-state: ${safeText(error.message)}`);
  await server.connect(new StdioServerTransport());
}

/** The same server inside this process: `send` gets its messages as JSON texts. */
export async function serveInside(
  options: ServerOptions,
  send: (text: string) => void,
): Promise<{ receive(text: string): void; close(): Promise<void> }> {
  const server = createServer(options);
  const transport: Transport = {
    start: async () => undefined,
    send: async (message) => send(JSON.stringify(message)),
    close: async () => transport.onclose?.(),
  };
  await server.connect(transport);
  return {
    receive: (text) => transport.onmessage?.(JSON.parse(text)),
    close: () => server.close(),
  };
}

async function loadTools(options: ServerOptions) {
  const { describeTool, toolsFor } = await import('./index.ts');
  return { tools: toolsFor(options), describeTool };
}

async function call(tool: Tool, input: unknown, context: ToolContext): Promise<CallToolResult> {
  try {
    const { structured, text } = await tool.handle(parseInput(tool, input), context);
    const structuredContent = tool.output.parse(structured) as Record<string, unknown>;
    return { structuredContent, content: [{ type: 'text', text }] };
  } catch (error) {
    const described = await describeError(error, tool, input, context.server);
    return { isError: true, content: [{ type: 'text', text: JSON.stringify(described) }] };
  }
}

/** @throws UsageError USAGE_BAD_ARGUMENT that names every wrong argument */
function parseInput(tool: Tool, input: unknown): unknown {
  const parsed = tool.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const where = path.map(String).join('.');
    return safeText(where === '' ? message : `${where}: ${message}`);
  });
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `wrong arguments for ${tool.name}: ${problems.slice(0, 5).join('; ')}`,
    {
      hint: `see the input schema of ${tool.name}`,
      details: { problems: problems.slice(0, 20) },
    },
  );
}

async function describeError(
  error: unknown,
  tool: Tool,
  input: unknown,
  { locations, http }: ServerOptions,
): Promise<object> {
  if (error instanceof StateError) {
    for (const said of saidAbout(error)) console.error(`wassette-state: ${error.code}: ${said}`);
    const { hintFor } = await import('./remedies.ts');
    const { hostFlagsElsewhere } = await import('./command-line.ts');
    const host = error.remedy === undefined ? {} : await hostFlagsElsewhere({ ...locations, ...http });
    const named = (input as { snapshot?: unknown } | null)?.snapshot;
    const snapshot = typeof named === 'string' ? named : undefined;
    const hint = hintFor(error, { kind: 'agent', host, tool: tool.name, snapshot });
    return { ...error.toJSON(), ...(hint === undefined ? {} : { hint: showInvisible(hint) }) };
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return { code: 'CANCELLED', message: 'the call was cancelled; nothing was changed', details: {} };
  }
  // A bug: its message may quote anything, so it goes to the operator's log only.
  console.error(`wassette-state: bug: ${linesOf(error)}`);
  return {
    code: 'INTERNAL',
    message: 'an unexpected failure inside wassette-state',
    hint: 'see the log',
    details: {},
  };
}

function canAsk(server: Server): boolean {
  return server.getClientCapabilities()?.elicitation !== undefined;
}

/** Where a bug came from, its message on a line of its own. */
function linesOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.split('\n').map(showInvisible).join('\n');
}

async function ask(server: Server, question: string, signal: AbortSignal): Promise<Answer> {
  if (!canAsk(server)) return 'cannot-ask';
  const approve = {
    type: 'boolean',
    title: 'Approve',
    description: 'Apply exactly this import',
    default: false,
  } as const;
  try {
    const answer = await server.elicitInput(
      {
        message: question,
        requestedSchema: { type: 'object', properties: { approve }, required: ['approve'] },
      },
      { timeout: ANSWER_TIMEOUT_MS, signal },
    );
    return answer.action === 'accept' && answer.content?.approve === true ? 'approved' : 'declined';
  } catch (error) {
    signal.throwIfAborted();
    console.error(
      `wassette-state: no answer to the question: ${error instanceof Error ? safeText(error.message) : ''}`,
    );
    return 'declined';
  }
}
