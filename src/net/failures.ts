// What goes wrong with HTTP, as errors of ours. A URL is named without credentials and query: those can be secrets.
import { safeText } from '../codec/safe-text.ts';
import { withoutCredentials } from '../codec/shown-uri.ts';
import { StateError, StoreError } from '../errors.ts';

/** A URL as it may be shown. */
export function shownUrl(url: URL): string {
  return safeText(withoutCredentials(url.href), 300);
}

/** Once more may help: the connection broke, or never was. Refused it is where nothing listens, which takes longer to mend. */
const PASSING = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

export function isPassing(error: unknown): boolean {
  return PASSING.has(codeOf(error) ?? '');
}

/** Of a name with several addresses, whose errors come as a list, the first. */
function codeOf(error: unknown): string | undefined {
  const { code, errors, cause } = (error ?? {}) as { code?: unknown; errors?: unknown[]; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  const next = errors?.[0] ?? cause;
  return next === undefined ? undefined : codeOf(next);
}

const WORDS: Record<string, readonly [what: string, hint: string]> = {
  ECONNREFUSED: [
    'nothing listens there',
    'check the host, the port and the proxy if there is one, and whether the server is running',
  ],
  UND_ERR_ABORTED: ['the proxy refuses it', 'check HTTPS_PROXY, and its credentials'],
  ENOTFOUND: ['its host has no address', 'check the name of the host'],
  EAI_AGAIN: ['its host could not be looked up', 'check the network, and try again'],
  UND_ERR_CONNECT_TIMEOUT: ['there was no connection in time', 'check the host and the network'],
  UND_ERR_HEADERS_TIMEOUT: ['there was no answer in time', 'try again later'],
  UND_ERR_BODY_TIMEOUT: ['the answer stood still', 'try again later'],
};
const NO_ANSWER = ['what answers there is no web server', 'check the host and the port'] as const;
const NOT_HTTP = /^(HPE_|ERR_SSL_|EPROTO$)/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ISSUER/;

/** What `undici` or the system says, as an error of ours; what is ours already passes unchanged. */
export function unreachable(url: URL, error: unknown): StateError {
  const ours = ownIn(error);
  if (ours !== null) return ours;
  const code = codeOf(error);
  const [what, hint] = wordsFor(code);
  const reason = code === undefined ? '' : ` (${code})`;
  return new StoreError('STORE_UNREACHABLE', `${shownUrl(url)} cannot be reached: ${what}${reason}`, {
    hint,
    details: { url: shownUrl(url), ...(code === undefined ? {} : { system_code: code }) },
    said: error instanceof Error ? error.message : undefined,
    cause: error,
  });
}

/** An error of ours, also where a check of an address threw it and it came back as the cause of another. */
function ownIn(error: unknown): StateError | null {
  if (error instanceof StateError) return error;
  return error instanceof Error && error.cause !== undefined ? ownIn(error.cause) : null;
}

function wordsFor(code: string | undefined): readonly [what: string, hint: string] {
  const known = code === undefined ? undefined : WORDS[code];
  if (known !== undefined) return known;
  if (code !== undefined && CERTIFICATE.test(code)) {
    return [
      'its certificate is not accepted',
      'NODE_EXTRA_CA_CERTS names a file with more authorities that are',
    ];
  }
  if (code !== undefined && NOT_HTTP.test(code)) return NO_ANSWER;
  return ['the connection broke', 'try again later'];
}

/** For a server that answers, but not as it should. */
export function badAnswer(url: URL, what: string, hint: string): StoreError {
  return new StoreError('STORE_UNREACHABLE', `${shownUrl(url)} ${what}`, {
    hint,
    details: { url: shownUrl(url) },
  });
}
