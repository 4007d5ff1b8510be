// Sends requests over HTTP: again where that may help, on along redirects, and never to an address that the fence refuses.
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { PolicyError, StoreError } from '../errors.ts';
import type { AddressFence } from './address-fence.ts';
import { answerBytes } from './answer-bytes.ts';
import { Connections } from './connections.ts';
import { isPassing, shownUrl, unreachable } from './failures.ts';
import { isLoopbackHost } from './loopback.ts';
import { firstHop, type Hop, nextHop } from './redirects.ts';
import { BUSY, Retries } from './retries.ts';
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

/** Of an answer that nobody reads, so that its connection can be used again. */
const MOST_DISCARDED_BYTES = 64 * 1024;

/** One answer as it came, and how it is let go. */
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
    private readonly settings: HttpSettings = HTTP_SETTINGS,
  ) {
    this.#connections = new Connections(fence, settings);
  }

  /**
   * @throws StoreError STORE_UNREACHABLE, also where the server is busy to the last; PolicyError POLICY_OUTSIDE_FENCE; the
   * signal's reason
   */
  async send(url: URL, request: HttpRequest = {}): Promise<HttpAnswer> {
    const { method = 'GET', headers = {}, body, signal } = request;
    const retries = new Retries(this.settings);
    let hop = firstHop(url, method, headers, body !== undefined);
    for (;;) {
      const sent = await this.#sendOften(hop, request, retries);
      const { response } = sent;
      const next = nextHop(hop, response.statusCode, sent.headers.get('location'), this.settings.redirects);
      if (next === null) {
        return {
          status: response.statusCode,
          headers: sent.headers,
          url: hop.url,
          bytes: answerBytes(hop.url, response.body, this.settings, signal),
          discard: () => discard(response),
        };
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
      const sent = await this.#sendOnce(hop, request).catch((error: unknown) => {
        request.signal?.throwIfAborted();
        if (hop.method === 'PATCH' || !isPassing(error)) throw unreachable(hop.url, error);
        return { error };
      });
      if ('error' in sent) {
        if (!(await retries.another(null, request.signal))) throw unreachable(hop.url, sent.error);
        continue;
      }
      const { statusCode } = sent.response;
      if (!BUSY.includes(statusCode)) return sent;
      await discard(sent.response);
      const mayRepeat = hop.method !== 'PATCH' || statusCode === 429;
      if (!mayRepeat || !(await retries.another(sent.headers, request.signal)))
        throw busy(hop.url, statusCode);
    }
  }

  async #sendOnce(hop: Hop, { body, bodyBytes, signal }: HttpRequest): Promise<Sent> {
    assertEncrypted(hop.url);
    signal?.throwIfAborted();
    const dispatcher = await this.#connections.to(hop.url);
    const length = hop.hasBody && bodyBytes !== undefined ? { 'content-length': `${bodyBytes}` } : {};
    const response = await dispatcher.request({
      origin: hop.url.origin,
      path: `${hop.url.pathname}${hop.url.search}`,
      method: hop.method as Dispatcher.HttpMethod,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'wassette-state', ...hop.headers, ...length },
      body: hop.hasBody && body !== undefined ? Readable.from(body(), { objectMode: false }) : null,
      headersTimeout: this.settings.headersMs,
      bodyTimeout: this.settings.idleMs,
      signal,
    });
    return { response, headers: headersOf(response) };
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

function busy(url: URL, status: number): StoreError {
  return new StoreError('STORE_UNREACHABLE', `${shownUrl(url)} answers ${status}, also when asked again`, {
    hint: status === 429 ? 'the server wants fewer requests: try again later' : 'try again later',
    details: { url: shownUrl(url), status },
  });
}
