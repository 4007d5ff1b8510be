// Sends one JSON-RPC message to an MCP server over HTTP and reads the answer: JSON, or an event stream that contains it.
import * as z from 'zod';
import { eventData } from '../../../codec/event-stream.ts';
import { parsedJson } from '../../../codec/json/parsed.ts';
import { type ErrorExtras, StateError, StoreError } from '../../../errors.ts';
import { chunksOf, discard, textOf } from '../../../net/body.ts';

/** Enough for the schemas of several thousand tools. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

export interface RpcMessage {
  /** Absent for a notification: then the outcome's `result` is undefined. */
  id?: number;
  method: string;
  params: object;
}

export type RpcOutcome =
  | { kind: 'answered'; result: unknown; headers: Headers }
  /** An HTTP status that is not a success, or a JSON-RPC error (then `status` is usually 200). */
  | { kind: 'refused'; status: number; error: StoreError };

const MessageSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  method: z.string().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});
type ReceivedMessage = z.infer<typeof MessageSchema>;

/**
 * Posts `message` and reads until it is answered. Redirects are not followed.
 * @throws StoreError STORE_UNREACHABLE; the signal's reason when it was aborted
 */
export async function postRpc(
  url: URL,
  message: RpcMessage,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<RpcOutcome> {
  let response: Response | undefined;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      signal: signal ?? null,
    });
    if (!response.ok)
      return { kind: 'refused', status: response.status, error: await refusal(url, response) };
    if (message.id === undefined) return { kind: 'answered', result: undefined, headers: response.headers };
    const { result, error } = await answerTo(message.id, url, response);
    if (error === undefined) return { kind: 'answered', result, headers: response.headers };
    return { kind: 'refused', status: response.status, error: rpcError(url, error) };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof StateError ? error : unreachable(url, error);
  } finally {
    await discard(response);
  }
}

/** The error for anything wrong with a server. It names the server; what the server sent is in `said`. */
export function badServer(
  url: URL,
  what: string,
  hint: string,
  { said, cause }: Pick<ErrorExtras, 'said' | 'cause'> = {},
): StoreError {
  return new StoreError('STORE_UNREACHABLE', `${url.href} ${what}`, {
    hint,
    details: { url: url.href },
    said,
    ...(cause === undefined ? {} : { cause }),
  });
}

const NOT_WASSETTE =
  'check the address: `wassette serve` answers at /mcp, Wassette 0.4 only with --streamable-http';

async function answerTo(id: number, url: URL, response: Response): Promise<ReceivedMessage> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'nothing';
  const body = chunksOf(response, MAX_ANSWER_BYTES, () =>
    badServer(url, `answers with more than ${MAX_ANSWER_BYTES} bytes`, NOT_WASSETTE),
  );
  if (type === 'application/json') return checked(id, url, parse(url, await textOf(body)));
  if (type !== 'text/event-stream') {
    throw badServer(url, 'answers with a content type that MCP does not use', NOT_WASSETTE, { said: type });
  }
  for await (const data of eventData(body)) {
    const received = parse(url, data);
    // Notifications, and questions to a client that offered no capability, are not for us.
    if (received.method === undefined) return checked(id, url, received);
  }
  throw badServer(url, 'ended its answer halfway', 'check its log, and whether the call was carried out');
}

function parse(url: URL, text: string): ReceivedMessage {
  const value = parsedJson(text);
  if (value === undefined) throw badServer(url, 'answers with something that is not JSON', NOT_WASSETTE);
  const parsed = MessageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badServer(url, 'answers with JSON that is not JSON-RPC', NOT_WASSETTE);
}

function checked(id: number, url: URL, received: ReceivedMessage): ReceivedMessage {
  const isOurs = received.id === id || (received.error !== undefined && received.id == null);
  if (isOurs && (received.error !== undefined || received.result !== undefined)) return received;
  const found = isOurs ? 'no result' : 'another id';
  throw badServer(url, `answers with ${found}, expected a result for the id ${id}`, NOT_WASSETTE);
}

function rpcError(url: URL, { code, message }: { code: number; message: string }): StoreError {
  return badServer(url, `refuses the call (${code})`, NOT_WASSETTE, { said: message });
}

async function refusal(url: URL, response: Response): Promise<StoreError> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    return badServer(
      url,
      `redirects (${status}), and redirects are not followed`,
      'give the address it redirects to',
    );
  }
  const said = await shortTextOf(response);
  const hints: Record<number, string> = {
    401: 'Wassette itself asks for no credentials: something in front of it does',
    403: 'start Wassette with --allowed-host for the name used in the address',
  };
  return badServer(url, `answers ${status}`, hints[status] ?? NOT_WASSETTE, {
    said: said === '' ? undefined : said,
  });
}

/** The text of a refusal, if it is plain text or JSON; empty for an HTML page. */
async function shortTextOf(response: Response): Promise<string> {
  const type = response.headers.get('content-type') ?? 'text/plain';
  if (!/^(text\/plain|application\/json)\b/i.test(type)) return '';
  return textOf(chunksOf(response, MAX_REFUSAL_BYTES, () => new Error('too long'))).catch(() => '');
}

/** `fetch` hides what happened in a cause; for a name with two addresses, in a list of causes. */
function unreachable(url: URL, error: unknown): StoreError {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } }).cause;
  const code = typeof cause?.code === 'string' ? cause.code : undefined;
  if (code === 'ECONNREFUSED') {
    return badServer(
      url,
      'cannot be reached: nothing listens there',
      'start Wassette with `wassette serve`, or check the port',
      { cause: error },
    );
  }
  const said = typeof cause?.message === 'string' ? cause.message : String(error);
  const hint =
    'check whether it is running, and its log; a call that was under way may have been carried out';
  const reason = code !== undefined && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : '';
  return badServer(url, `cannot be reached, or the connection broke${reason}`, hint, { said, cause: error });
}
