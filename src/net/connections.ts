// The connections of one client, kept open between its requests. Each goes to an address that was looked at before.
import { isIP, type LookupFunction } from 'node:net';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { type AddressCheck, type AddressFence, assertLoopback, assertPublic } from './address-fence.ts';
import { isLoopbackHost } from './loopback.ts';
import type { HttpSettings } from './settings.ts';

const MOST_PER_HOST = 16;

export class Connections {
  readonly #made = new Map<AddressCheck | 'any', Promise<Dispatcher>>();

  constructor(
    private readonly fence: AddressFence,
    private readonly settings: HttpSettings,
  ) {}

  /**
   * What sends a request to `url`. A proxy from the environment does it where every address is good: behind a proxy
   * nobody sees which address is connected to.
   */
  to(url: URL): Promise<Dispatcher> {
    const kind = this.#checkFor(url);
    const made = this.#made.get(kind) ?? this.#make(kind);
    this.#made.set(kind, made);
    return made;
  }

  #checkFor(url: URL): AddressCheck | 'any' {
    if (!this.fence.isOpenFor(url)) return assertPublic;
    if (url.protocol === 'http:' || isLoopbackHost(url.hostname)) return assertLoopback;
    return 'any';
  }

  async #make(kind: AddressCheck | 'any'): Promise<Dispatcher> {
    const { Agent, EnvHttpProxyAgent, buildConnector } = await undici();
    const { connectMs, lookup, ca } = this.settings;
    const tls = { timeout: connectMs, ...(ca === undefined ? {} : { ca }) };
    const options: Agent.Options = { connections: MOST_PER_HOST, pipelining: 1 };
    if (kind === 'any') {
      return new EnvHttpProxyAgent({
        ...options,
        connect: { ...tls, lookup },
        requestTls: tls,
        proxyTls: tls,
      });
    }
    const connect = buildConnector({ ...tls, lookup: checkedLookup(lookup, kind) });
    return new Agent({ ...options, connect: checkedConnector(connect, kind) });
  }

  /** Ends all of them, also those at work. */
  async close(): Promise<void> {
    const made = await Promise.all(this.#made.values());
    this.#made.clear();
    await Promise.all(made.map((dispatcher) => dispatcher.destroy()));
  }
}

/** Node's own `fetch` comes first: what `undici` finds then stays, and a program that uses us keeps its `fetch`. */
async function undici(): Promise<typeof import('undici')> {
  void globalThis.Headers;
  const { default: all } = await import('undici');
  // Bundled, it has no other export. Its types lack a few names there.
  return all as unknown as typeof import('undici');
}

/** An address that is written in the URL is never looked up. */
function checkedConnector(connect: buildConnector.connector, check: AddressCheck): buildConnector.connector {
  return (options, callback) => {
    try {
      if (isIP(options.hostname) !== 0) check(options.hostname, options.hostname);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    connect(options, callback);
  };
}

/** All addresses of a name must be good: a name for this network and the internet at once is what an attacker has. */
function checkedLookup(lookup: LookupFunction, check: AddressCheck): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '');
      const addresses = Array.isArray(found) ? found : [];
      try {
        for (const { address } of addresses) check(hostname, address);
      } catch (refusal) {
        return callback(refusal as Error, '');
      }
      const [first] = addresses;
      if (first === undefined) return callback(new Error('the name has no address'), '');
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
