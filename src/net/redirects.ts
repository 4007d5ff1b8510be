// Follows redirects: what was meant for one server is not told to another, and what was encrypted stays so.
import { badAnswer, shownUrl } from './failures.ts';

/** A request on its way: where it goes now, and with what. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly hasBody: boolean;
  /** Where it was before, each with its method. */
  readonly passed: readonly string[];
}

/** What another server may be told. Whatever else was given may be a credential. */
const FOR_ANYBODY = [
  'accept',
  'accept-encoding',
  'content-type',
  'content-length',
  'if-match',
  'if-none-match',
  'if-range',
  'range',
  'user-agent',
];

/** The first of a request; credentials in its URL become a header. */
export function firstHop(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  hasBody: boolean,
): Hop {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const own = url.username === '' && url.password === '' ? {} : { authorization: basicOf(url) };
  return {
    url: plainUrl(url),
    method: method.toUpperCase(),
    headers: { ...own, ...lower },
    hasBody,
    passed: [],
  };
}

function basicOf({ username, password }: URL): string {
  const text = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;
}

/** Where a percent sign stands for itself, it was meant. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without credentials and fragment, which are not sent. */
function plainUrl(url: URL): URL {
  const plain = new URL(url.href);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  return plain;
}

/**
 * Where an answer sends `hop` on to; null where it does not.
 * @throws StoreError STORE_UNREACHABLE for more than `most`, a loop, or a way that is not followed
 */
export function nextHop(hop: Hop, status: number, location: string | null, most: number): Hop | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return null;
  const url = URL.canParse(location, hop.url.href) ? plainUrl(new URL(location, hop.url)) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw badAnswer(hop.url, 'redirects to something that is no web address', 'check the address');
  }
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    throw badAnswer(
      hop.url,
      `redirects to ${shownUrl(url)}, which is not encrypted`,
      'that is not followed; tell whoever runs the server',
    );
  }
  const passed = [...hop.passed, `${hop.method} ${hop.url.href}`];
  const next = { ...rewritten(hop, status), url, passed };
  if (passed.includes(`${next.method} ${url.href}`)) {
    throw badAnswer(hop.url, 'redirects in a circle', 'tell whoever runs the server');
  }
  if (passed.length > most) {
    throw badAnswer(
      hop.url,
      `is the end of more than ${most} redirects`,
      'give the address that they lead to',
    );
  }
  return url.origin === hop.url.origin ? next : { ...next, headers: forAnybody(next.headers) };
}

/** After 303, and by custom after 301 and 302 to a POST, what comes next is asked for with GET. */
function rewritten(hop: Hop, status: number): Hop {
  const becomesGet = (status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST');
  if (!becomesGet) return hop;
  const headers = Object.entries(hop.headers).filter(([name]) => !name.startsWith('content-'));
  return { ...hop, method: 'GET', hasBody: false, headers: Object.fromEntries(headers) };
}

function forAnybody(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => FOR_ANYBODY.includes(name)));
}
