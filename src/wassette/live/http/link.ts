// Connects to an MCP server over HTTP: without a session (revision 2026-07-28), or with one that is opened first.
import * as z from 'zod';
import { StoreError } from '../../../errors.ts';
import { discard } from '../../../net/body.ts';
import { badServer, postRpc, type RpcMessage, type RpcOutcome } from './rpc.ts';

const OPENING_TIMEOUT_MS = 10_000;
const CLOSING_TIMEOUT_MS = 2_000;

const STATELESS = '2026-07-28';
/** Wassette 0.8 accepts this revision; 0.4 answers with 2025-03-26. */
const WITH_SESSION = '2025-06-18';

/** A server may have sessions without giving them an id: then none is sent. */
export type Link = { kind: 'stateless' } | { kind: 'session'; id: string | null; protocolVersion: string };

const DiscoverSchema = z.object({ supportedVersions: z.array(z.string()) });
const InitializeSchema = z.object({ protocolVersion: z.string().regex(/^[\w.-]{1,40}$/) });

/**
 * Stateless if the server supports it, because then nothing can be lost; otherwise with a session.
 * @throws StoreError STORE_UNREACHABLE, also after 10 s; the signal's reason
 */
export async function connect(url: URL, signal?: AbortSignal): Promise<Link> {
  const timeout = AbortSignal.timeout(OPENING_TIMEOUT_MS);
  try {
    const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    return (await isStateless(url, either)) ? { kind: 'stateless' } : await openSession(url, either);
  } catch (error) {
    if (error instanceof StoreError || !timeout.aborted) throw error;
    throw badServer(
      url,
      `did not answer within ${OPENING_TIMEOUT_MS / 1000} s`,
      'check whether it is running',
      { cause: error },
    );
  }
}

async function isStateless(url: URL, signal: AbortSignal): Promise<boolean> {
  const outcome = await post(
    url,
    { kind: 'stateless' },
    { id: 0, method: 'server/discover', params: {} },
    signal,
  );
  // 0.4.0 answers 415, other servers from before the revision a JSON-RPC error.
  if (outcome.kind === 'refused') return false;
  return DiscoverSchema.safeParse(outcome.result).data?.supportedVersions.includes(STATELESS) ?? false;
}

async function openSession(url: URL, signal: AbortSignal): Promise<Link> {
  const outcome = await postRpc(
    url,
    {
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: WITH_SESSION,
        capabilities: {},
        clientInfo: { name: 'wassette-state', version: '1' },
      },
    },
    {},
    signal,
  );
  if (outcome.kind === 'refused') throw outcome.error;
  const parsed = InitializeSchema.safeParse(outcome.result);
  if (!parsed.success)
    throw badServer(url, 'does not answer `initialize` as MCP requires', 'check the address');
  const { protocolVersion } = parsed.data;
  const link: Link = { kind: 'session', id: outcome.headers.get('mcp-session-id'), protocolVersion };
  const told = await post(url, link, { method: 'notifications/initialized', params: {} }, signal);
  if (told.kind === 'refused') throw told.error;
  return link;
}

/** Posts a message as `link` requires; the session of `link` may have been lost meanwhile. */
export function post(
  url: URL,
  link: Link,
  message: RpcMessage,
  signal: AbortSignal | undefined,
): Promise<RpcOutcome> {
  if (link.kind === 'session') return postRpc(url, message, headersOf(link), signal);
  const { name } = message.params as { name?: string };
  const headers = { ...headersOf(link), 'mcp-method': message.method, ...(name && { 'mcp-name': name }) };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': STATELESS,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return postRpc(url, { ...message, params: { ...message.params, _meta: meta } }, headers, signal);
}

function headersOf(link: Link): Record<string, string> {
  if (link.kind === 'stateless') return { 'mcp-protocol-version': STATELESS };
  return {
    'mcp-protocol-version': link.protocolVersion,
    ...(link.id === null ? {} : { 'mcp-session-id': link.id }),
  };
}

/** Whether the server no longer knows the session, and has ignored the call: 404 by the standard, 401 in 0.4.0. */
export function isSessionLost(link: Link, outcome: RpcOutcome): boolean {
  if (link.kind !== 'session' || link.id === null || outcome.kind !== 'refused') return false;
  return outcome.status === 404 || outcome.status === 401;
}

/** Ends a session; never throws. */
export async function closeLink(url: URL, link: Link): Promise<void> {
  if (link.kind !== 'session' || link.id === null) return;
  const signal = AbortSignal.timeout(CLOSING_TIMEOUT_MS);
  const request = { method: 'DELETE', redirect: 'manual', headers: headersOf(link), signal } as const;
  await fetch(url, request).then(discard, () => undefined);
}
