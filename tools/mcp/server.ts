// The MCP server, and the only file that uses the server of the MCP SDK. Starting it reads and writes nothing.
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { Protocol } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  InitializeRequestSchema,
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { safeText } from '../../src/codec/safe-text.ts';
import type { Answer } from '../../src/site/approval/approver.ts';
import type { Caller } from '../../src/state/audit/entry.ts';
import { VERSION } from '../version.ts';
import { readPage, showsPages } from './apps.ts';
import { readInitialize } from './client/initialize.ts';
import { ProgressReports } from './client/progress-reports.ts';
import { Questions } from './client/questions.ts';
import { refusalWithoutSession } from './generations.ts';
import { instructionsFor } from './instructions.ts';
import type { RunTool } from './run-tool.ts';
import type { ServerOptions } from './server-options.ts';
import { describeUnexpected } from './unexpected.ts';

const ANSWER_TIMEOUT_MS = 10 * 60 * 1000;
/** As MCP numbers it. */
const NO_SUCH_RESOURCE = -32002;

/** Some clients send null for no cursor. There is only one page. */
const ListToolsSchema = ListToolsRequestSchema.omit({ params: true });
/** Whatever a cursor is, there is nothing to page through. */
const ListResourcesSchema = ListResourcesRequestSchema.omit({ params: true });
const ListTemplatesSchema = ListResourceTemplatesRequestSchema.omit({ params: true });
const ReadResourceSchema = ReadResourceRequestSchema.omit({ params: true }).loose();
/** Any name and arguments, which we check: the SDK would answer wrong ones with a dump of its own. */
const CallToolSchema = CallToolRequestSchema.omit({ params: true }).loose();

/**
 * A server that is not connected yet; by default the tools run in this thread.
 * @internal exported so that tests can connect a client in their own process
 */
export function createServer(options: ServerOptions, run: RunTool = runHere): Server {
  // Nothing but the protocol is loaded before a client asks for the tools.
  let loading: ReturnType<typeof loadTools> | undefined;
  const load = () => (loading ??= loadTools(options));
  const server = new Server(
    { name: 'wassette-state', title: 'Wassette state', version: VERSION },
    { capabilities: { tools: {}, resources: {} }, instructions: instructionsFor(options) },
  );
  const questions = new Questions((...question) => ask(server, ...question));
  const refuseWithoutSession = (meta: unknown) => {
    const refusal = server.getClientVersion() === undefined ? refusalWithoutSession(meta) : null;
    if (refusal !== null) throw Object.assign(new Error(refusal.message), refusal);
  };
  server.setRequestHandler(ListToolsSchema, async (_request, extra) => {
    refuseWithoutSession(extra._meta);
    const { tools, describeTool } = await load().catch(failList);
    return { tools: tools.map(describeTool) };
  });
  servePages(server);
  // That of `Server` checks the call before it lets us.
  const setRequestHandler: typeof server.setRequestHandler =
    Protocol.prototype.setRequestHandler.bind(server);
  setRequestHandler(CallToolSchema, async (request, extra) => {
    refuseWithoutSession(extra._meta);
    const { tools } = await load().catch(failList);
    const { name, arguments: given } = (request.params ?? {}) as { name?: unknown; arguments?: unknown };
    const tool = tools.find((each) => each.name === name);
    if (tool === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `unknown tool; there are ${tools.map(({ name }) => name).join(', ')}`,
      );
    }
    const progress = new ProgressReports(extra._meta?.progressToken, extra.sendNotification);
    try {
      return await run(tool.name, given, {
        server: options,
        signal: extra.signal,
        onProgress: (made) => progress.report(made),
        caller: callerAt(server),
        canAsk: canAsk(server),
        showsPages: showsPages(server.getClientCapabilities()),
        ask: (question) => questions.ask(question, extra.signal),
      });
    } catch (error) {
      // Tools answer with their errors; this one kept them from running.
      return { isError: true, content: [{ type: 'text', text: JSON.stringify(describeUnexpected(error)) }] };
    } finally {
      progress.end();
    }
  });
  return server;
}

/** Only whoever knows the address of a page asks for it: it is nothing that a person would pick from a list. */
function servePages(server: Server): void {
  server.setRequestHandler(ListResourcesSchema, () => ({ resources: [] }));
  server.setRequestHandler(ListTemplatesSchema, () => ({ resourceTemplates: [] }));
  server.setRequestHandler(ReadResourceSchema, async ({ params }) => {
    const { uri } = (params ?? {}) as { uri?: unknown };
    if (typeof uri !== 'string') throw new McpError(ErrorCode.InvalidParams, 'uri is to be a text');
    const page = await readPage(uri);
    if (page === null) throw new McpError(NO_SUCH_RESOURCE, 'there is no such resource');
    return page;
  });
}

export interface InsideServer {
  receive(text: string): void;
  close(): Promise<void>;
}

/** A server to which messages are handed as JSON texts, each of a shape that MCP knows; `send` gets its own. */
export async function serveInside(
  options: ServerOptions,
  send: (text: string) => void,
): Promise<InsideServer> {
  const server = createServer(options, runInThread(options));
  server.onerror = (error) => console.error(`wassette-state: ${safeText(error.message)}`);
  const transport: Transport = {
    start: async () => undefined,
    send: async (message) => send(JSON.stringify(message)),
    close: async () => transport.onclose?.(),
  };
  await server.connect(transport);
  return {
    receive(text) {
      const message = forSdk(JSON.parse(text));
      if (isTakenBySdk(message)) transport.onmessage?.(message);
      else if (message.method === undefined) transport.onmessage?.(errorFor(message.id, 'the answer'));
      else if (message.id !== undefined) send(JSON.stringify(errorFor(message.id, 'the message')));
    },
    close: () => server.close(),
  };
}

/** The SDK drops a message that has other members, and an `initialize` whose client says anything else than MCP knows. */
function forSdk({ jsonrpc, id, method, params, result, error }: Record<string, unknown>) {
  const asked = method === 'initialize' ? readInitialize(params) : params;
  const members =
    method === undefined ? { jsonrpc, id, result, error } : { jsonrpc, id, method, params: asked };
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, unknown>;
}

/** It drops any other without an answer, or answers a wrong `initialize` with a dump of its own. */
function isTakenBySdk(message: Record<string, unknown>): message is JSONRPCMessage {
  if (!JSONRPCMessageSchema.safeParse(message).success) return false;
  return message.method !== 'initialize' || InitializeRequestSchema.safeParse(message).success;
}

function errorFor(id: unknown, what: string): JSONRPCErrorResponse {
  const message = `${what} cannot be used: it is not as MCP defines it`;
  return { jsonrpc: '2.0', id: id as number, error: { code: ErrorCode.InvalidRequest, message } };
}

const runHere: RunTool = async (...call) => (await import('./run-tool.ts')).runTool(...call);

/** The thread is started with the first call. */
function runInThread(options: ServerOptions): RunTool {
  let starting: Promise<RunTool> | undefined;
  return async (...call) => {
    starting ??= import('./thread/tool-thread.ts').then(({ toolRunner }) => toolRunner(options));
    return (await starting)(...call);
  };
}

/** The SDK would pass the message on, and that of a missing file names where we lie on this machine. */
function failList(error: unknown): never {
  const { message } = describeUnexpected(error);
  throw new McpError(ErrorCode.InternalError, message);
}

async function loadTools(options: ServerOptions) {
  const { describeTool, toolsFor } = await import('./index.ts');
  return { tools: toolsFor(options), describeTool };
}

/** What the client calls itself, which nobody has verified. */
function callerAt(server: Server): Caller {
  const { name, version } = server.getClientVersion() ?? {};
  return { by: 'agent', client: name, client_version: version };
}

/** Whether it shows its person forms. */
function canAsk(server: Server): boolean {
  return server.getClientCapabilities()?.elicitation?.form !== undefined;
}

/** An answer that is no clear yes is no. */
async function ask(server: Server, message: string, withdrawn: AbortSignal): Promise<Answer> {
  if (!canAsk(server)) return 'cannot-ask';
  const approve = {
    type: 'boolean',
    title: 'Approve',
    description: 'Apply exactly this import',
    default: false,
  } as const;
  try {
    const answer = await server.elicitInput(
      { message, requestedSchema: { type: 'object', properties: { approve }, required: ['approve'] } },
      { timeout: ANSWER_TIMEOUT_MS, signal: withdrawn },
    );
    return answer.action === 'accept' && answer.content?.approve === true ? 'approved' : 'declined';
  } catch (error) {
    if (error instanceof McpError && error.message.includes('does not match requested schema'))
      return 'declined';
    if (!withdrawn.aborted)
      console.error(
        `wassette-state: no answer to the question: ${error instanceof Error ? safeText(error.message) : ''}`,
      );
    return 'unanswered';
  }
}
