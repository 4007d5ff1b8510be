// What an operator allows others to name on other machines: prefixes of references, compared part by part and never as text.
import { quoted } from '../codec/safe-text.ts';
import { withoutCredentials } from '../codec/shown-uri.ts';
import { PolicyError, UsageError } from '../errors.ts';

/** The parts of a reference that prefixes are compared with. For a bucket the host is its name, or that of the account. */
export interface RemoteName {
  readonly scheme: string;
  /** With the port where one is written. */
  readonly host: string;
  /** As it is written, with or without a slash in front. */
  readonly path: string;
}

/** With a host in the sense of the network, and the port where none is written. */
const PORTS: Record<string, string> = { https: '443', http: '80', oci: '443' };
/** A host stands for the name of a bucket or account, which is no address. */
const BUCKETS = ['s3', 'gs', 'azblob'];
const BUCKET = /^[a-z0-9][a-z0-9._-]*$/;

/** One prefix, or the reference that is compared with it: what is before the path, and the segments of that. */
interface Parts {
  scheme: string;
  /** In its normal form, with the port. */
  host: string;
  segments: readonly string[];
}

export class RemoteFence {
  private constructor(private readonly prefixes: readonly Parts[]) {}

  /** Nothing is allowed. */
  static readonly closed = new RemoteFence([]);

  /**
   * Each like `oci://registry.example/team`, `s3://bucket/prefix`, `azblob://account/container` or
   * `https://host.example/path`.
   * @throws UsageError USAGE_BAD_ARGUMENT
   */
  static of(prefixes: readonly string[]): RemoteFence {
    return prefixes.length === 0 ? RemoteFence.closed : new RemoteFence(prefixes.map(prefixIn));
  }

  /** Whether a prefix has the same scheme and host, and its path is the beginning of this one, segment by segment. */
  includes(name: RemoteName): boolean {
    const parts = partsOf(name);
    return (
      typeof parts !== 'string' &&
      this.prefixes.some(
        ({ scheme, host, segments }) =>
          scheme === parts.scheme &&
          host === parts.host &&
          segments.every((segment, index) => segment === parts.segments[index]),
      )
    );
  }

  /** Whether a prefix names this place as the host of a registry, whose own paths are others than those of references. */
  hasRegistryAt(url: URL): boolean {
    const parts = partsOf({ scheme: 'oci', host: `${url.hostname}:${portOf(url)}`, path: '' });
    return (
      typeof parts !== 'string' &&
      this.prefixes.some(({ scheme, host }) => scheme === 'oci' && host === parts.host)
    );
  }

  /**
   * @param shown the reference, without credentials
   * @throws PolicyError POLICY_OUTSIDE_FENCE
   */
  assertIncludes(name: RemoteName, shown: string): void {
    if (this.includes(name)) return;
    const why =
      this.prefixes.length === 0
        ? 'the operator has allowed no place on other machines'
        : 'it is in none of the places on other machines that the operator has allowed';
    throw new PolicyError('POLICY_OUTSIDE_FENCE', `${quoted(shown)} is not allowed: ${why}`, {
      remedy: { do: 'allow-remote' },
      details: { reference: shown },
    });
  }
}

/** Of a URL over HTTP. */
export function remoteNameOf(url: URL): RemoteName {
  return { scheme: url.protocol.slice(0, -1), host: url.host, path: url.pathname };
}

function portOf(url: URL): string {
  return url.port === '' ? PORTS[url.protocol.slice(0, -1)]! : url.port;
}

function prefixIn(text: string): Parts {
  const { scheme, host, path } =
    /^(?<scheme>[a-z0-9]+):\/\/(?<host>[^/]*)(?<path>.*)$/is.exec(text)?.groups ?? {};
  const parts =
    scheme === undefined || /[?#@]/.test(text)
      ? 'it is not scheme://host/path, without credentials, query and fragment'
      : partsOf({ scheme, host: host!, path: path! });
  if (typeof parts !== 'string') return parts;
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${quoted(withoutCredentials(text))} names no place on other machines: ${parts}`,
    { hint: 'write it like oci://registry.example/team, s3://bucket/prefix or https://host.example/path' },
  );
}

/** In their normal form, or what is wrong with them. */
function partsOf({ scheme: written, host: place, path }: RemoteName): Parts | string {
  const scheme = written.toLowerCase();
  const isBucket = BUCKETS.includes(scheme);
  if (!isBucket && PORTS[scheme] === undefined) return 'its scheme is unknown';
  const host = isBucket ? bucketOf(place) : hostOf(place, PORTS[scheme]!);
  if (host === null) return `its ${isBucket ? 'bucket or account' : 'host'} cannot be read`;
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (path === '' || path === '/') return { scheme, host, segments: [] };
  const read = isBucket ? segments : segments.map(decoded);
  return read.every(isPlain)
    ? { scheme, host, segments: read }
    : 'its path has empty, dotted or encoded segments';
}

function bucketOf(place: string): string | null {
  return BUCKET.test(place) ? place : null;
}

/** As a URL has it, however it is spelled there; with the port. */
function hostOf(place: string, port: string): string | null {
  const text = `https://${place}/`;
  if (/[\\/?#@\s]/.test(place) || !URL.canParse(text)) return null;
  const url = new URL(text);
  // 443 is left out by `https:` alone.
  const written = /:(?<port>[0-9]+)$/.exec(place)?.groups?.port;
  return `${url.hostname}:${url.port || (written === undefined ? port : '443')}`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

/** Nothing that some server takes for another segment, or for the folder above. */
function isPlain(segment: string): boolean {
  return segment !== '' && !/^\.{1,2}$|[/\\?#\p{Cc}]|%(2e|2f|5c)/iu.test(segment);
}
