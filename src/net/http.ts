// Sends requests over HTTP: again where that may help, on along redirects, and never to an address that the fence refuses.
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { PolicyError, StoreError } from '../errors.ts';
import type { AddressFence } from './address-fence.ts';
import { answerBytes } from './answer-bytes.ts';
import { Connections } from './connections.ts';
import { isPassing, shownUrl, unreachable } from './failures.ts';
import { isLoopbackHost } from './loopback.ts';
import { firstHop, type Hop, nextHop } from './redirects.ts';
import { BUSY, Retries, retryAfterMs } from './retries.ts';
import { SentBody } from './sent-body.ts';
import { HTTP_SETTINGS, type HttpSettings } from './settings.ts';

export interface HttpRequest {
  /** `GET` by default. */
  method?: string;
  headers?: Record<string, string>;
  /** Called for each attempt. */
  body?: () => AsyncIterable<Uint8Array>;
  /** How many `body` has; without it the server is told in chunks. */
  bodyBytes?: number;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /** Where the answer came from, after redirects. It can have a query that is a secret. */
  url: URL;
  /** As they were sent: nothing is decompressed. Read them or call `discard`: the connection is kept until then. */
  bytes: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/** Others of these names take their place. */
const OWN_HEADERS = { 'accept-encoding': 'identity', 'user-agent': 'wassette-state' };
/** Of an answer that nobody reads, so that its connection can be used again. */
const MOST_DISCARDED_BYTES = 64 * 1024;

interface Sent {
  response: Dispatcher.ResponseData;
  headers: Headers;
}

/**
 * Connections are kept until `close`. A request is sent again, with pauses and for a minute at most, where the connection
 * breaks before there is an answer, or the server says that it is busy; a PATCH only where the server has refused it with
 * 429, because half of it may count. Credentials are never told to another origin, and plain HTTP is for this machine.
 */
export class HttpClient {
  readonly #connections: Connections;

  constructor(
    fence: AddressFence,
    readonly settings: HttpSettings = HTTP_SETTINGS,
  ) {
    this.#connections = new Connections(fence, settings);
  }

  /**
   * @throws StoreError STORE_UNREACHABLE, also where the server is busy to the last; PolicyError POLICY_OUTSIDE_FENCE; the
   * signal's reason
   */
  async send(url: URL, request: HttpRequest = {}): Promise<HttpAnswer> {
    const { method = 'GET', headers = {}, body, signal } = request;
    const retries = new Retries(this.settings, body !== undefined);
    let hop = firstHop(url, method, headers, body !== undefined);
    for (;;) {
      const { response, headers } = await this.#sendOften(hop, request, retries);
      const { statusCode: status } = response;
      const next = followed(hop, response, headers, this.settings.redirects);
      if (next === null) {
        const bytes = answerBytes(hop.url, response.body, this.settings, signal);
        return { status, headers, url: hop.url, bytes, discard: () => discard(response) };
      }
      await discard(response);
      hop = next;
    }
  }

  /** Ends all connections, also those whose answers are being read. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #sendOften(hop: Hop, request: HttpRequest, retries: Retries): Promise<Sent> {
    for (;;) {
      const sent = await this.#sendOnce(hop, request, retries);
      const again =
        isAgain(hop, sent) &&
        (await retries.another('headers' in sent ? sent.headers : null, request.signal));
      if (again) continue;
      if ('error' in sent) throw unreachable(hop.url, sent.error);
      if (BUSY.includes(sent.response.statusCode)) throw busy(hop.url, sent);
      return sent;
    }
  }

  /** @throws what is no fault of the connection */
  async #sendOnce(hop: Hop, request: HttpRequest, retries: Retries): Promise<Sent | { error: unknown }> {
    const { body, bodyBytes, signal } = request;
    assertEncrypted(hop.url);
    signal?.throwIfAborted();
    const dispatcher = await this.#connections.to(hop.url);
    const sent = hop.hasBody && body !== undefined ? new SentBody(body()) : null;
    const length = sent !== null && bodyBytes !== undefined ? { 'content-length': `${bodyBytes}` } : {};
    try {
      const response = await dispatcher.request({
        origin: hop.url.origin,
        path: `${hop.url.pathname}${hop.url.search}`,
        method: hop.method as Dispatcher.HttpMethod,
        headers: { ...OWN_HEADERS, ...hop.headers, ...length },
        // Its types lack what can be iterated.
        body: sent as unknown as Readable | null,
        // By default the connection is closed after HEAD, because of servers that answer it with a body.
        reset: false,
        headersTimeout: Math.max(1, Math.min(this.settings.headersMs, retries.leftMs())),
        bodyTimeout: this.settings.idleMs,
        ...(signal === undefined ? {} : { signal }),
      });
      if (BUSY.includes(response.statusCode)) await discard(response);
      return { response, headers: headersOf(response) };
    } catch (error) {
      signal?.throwIfAborted();
      if (sent?.failure) throw sent.failure.error;
      return { error };
    }
  }
}

/** Whether it may be sent again, if there is still time. */
function isAgain({ method }: Hop, sent: Sent | { error: unknown }): boolean {
  if ('error' in sent) return method !== 'PATCH' && isPassing(sent.error);
  const { statusCode } = sent.response;
  return method === 'PATCH' ? statusCode === 429 : BUSY.includes(statusCode);
}

/** Where it is sent on to; null where this is the answer. @throws as `nextHop`, with the connection released */
function followed(hop: Hop, response: Dispatcher.ResponseData, headers: Headers, most: number): Hop | null {
  try {
    return nextHop(hop, response.statusCode, headers.get('location'), most);
  } catch (error) {
    void discard(response);
    throw error;
  }
}

function headersOf(response: Dispatcher.ResponseData): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each);
  }
  return headers;
}

async function discard(response: Dispatcher.ResponseData): Promise<void> {
  await response.body.dump({ limit: MOST_DISCARDED_BYTES }).catch(() => undefined);
}

function assertEncrypted(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) return;
  throw new PolicyError('POLICY_OUTSIDE_FENCE', `${shownUrl(url)} is not encrypted`, {
    hint: 'use https: without encryption only this machine is spoken to',
    details: { url: shownUrl(url) },
  });
}

function busy(url: URL, { response, headers }: Sent): StoreError {
  const status = response.statusCode;
  const after = retryAfterMs(headers.get('retry-after'));
  const when = after === null ? 'later' : `in ${Math.ceil(after / 1000)} s, as the server asks`;
  return new StoreError('STORE_UNREACHABLE', `${shownUrl(url)} answers ${status}: the server is busy`, {
    hint: `try again ${when}`,
    details: {
      url: shownUrl(url),
      status,
      ...(after === null ? {} : { retry_after_seconds: Math.ceil(after / 1000) }),
    },
  });
}
