// The promise of src/policy/network-host.ts, kept against the real thing: what a host is said to reach, it reaches, and
// nothing else; and any entry opens look-ups of every name.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NetworkReach, reachesOf } from '../../../src/policy/network-host.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { FetchProbe, type Outcome, Visitors } from '../../fixtures/components/fetch-probe.ts';
import { policyWith } from '../../fixtures/plan.ts';
import { HOST_TABLE } from '../../fixtures/tables/host-table.ts';
import { spelledHosts } from '../../fixtures/tables/spelled-hosts.ts';

const reachOf = (grant: { host: string }) => reachesOf([grant])[0]!;

const SEED = 20241112;
const SPELLINGS = 1_000;

const policyFor = (host: string) => policyWith(`network: { allow: [{ host: ${JSON.stringify(host)} }] }`);

interface Request {
  scheme: 'http' | 'https';
  /** Host and port, as the component writes them. */
  authority: string;
  /** The host in it, as Wassette compares it. */
  host: string;
  /** Who notices when the request gets out; null for a name that nobody has. */
  server: Visitors | null;
}

describe.each(['0.8.0', '0.4.0'] as const)('network hosts in Wassette %s', (version) => {
  let probe: FetchProbe;
  let servers: Visitors[];
  let targets: { authority: string; host: string; server: Visitors }[];
  const count = { spellings: 0, requests: 0, 'let through': 0, denied: 0, 'call failed': 0 };

  beforeAll(async () => {
    probe = await FetchProbe.start(version);
    servers = [];
    targets = [];
    const first = await serve('127.0.0.1', '127.0.0.1', 'localhost', 'LocalHost', '[::ffff:7f00:1]');
    await serve('127.0.0.1', '127.0.0.1', 'localhost');
    await serve('127.0.0.2', '127.0.0.2', '[::ffff:7f00:2]');
    // Not every machine has it; the others are on each.
    await serve('::1', '[::1]').catch(() => undefined);
    targets.push({ authority: `127.1:${first.port}`, host: '127.1', server: first });
  });

  afterAll(async () => {
    await probe?.stop();
    await Promise.all(servers?.map((server) => server.close()) ?? []);
  });

  async function serve(address: string, ...hosts: string[]): Promise<Visitors> {
    const server = await Visitors.at(address);
    servers.push(server);
    targets.push(
      ...hosts.map((host) => ({ authority: `${host}:${server.port}`, host: host.toLowerCase(), server })),
    );
    return server;
  }

  /** With a user in front of the host no name server knows it: whether it is let through shows, and it goes nowhere. */
  const unheardOf = (host: string) => ({ authority: `nobody@${host}`, host, server: null });

  function requestsFor(reach: NetworkReach): Request[] {
    const own = reach.kind === 'host' ? [unheardOf(reach.host)] : [];
    const others = ['http', 'https', 'docs.example'].map(unheardOf);
    return [...targets, ...own, ...others].flatMap((target) => [
      { ...target, scheme: 'http' as const },
      { ...target, scheme: 'https' as const },
    ]);
  }

  function expected(reach: NetworkReach, { scheme, host }: Request): Outcome {
    if (reach.kind === 'failure') return 'call failed';
    if (reach.kind !== 'host' || reach.host !== host) return 'denied';
    return reach.scheme === null || reach.scheme === scheme ? 'let through' : 'denied';
  }

  /** Each request that came to another end than what we say. */
  async function differences(entry: string): Promise<string[]> {
    const reach = reachOf({ host: entry });
    const found: string[] = [];
    await probe.under(policyFor(entry));
    count.spellings += 1;
    for (const request of requestsFor(reach)) {
      const { scheme, authority, server } = request;
      const before = server?.count ?? 0;
      const wanted = expected(reach, request);
      const got = await probe.fetch(scheme, authority);
      count.requests += 1;
      // A host such as a{b may be allowed and cannot be asked for.
      if (got !== 'no authority') count[got] += 1;
      const came =
        server !== null &&
        (wanted === 'let through' ? await server.sawMoreThan(before) : server.count > before);
      if (
        (got !== wanted && got !== 'no authority') ||
        (server !== null && came !== (wanted === 'let through'))
      )
        found.push(
          `${JSON.stringify(entry)}: ${scheme} ${authority} was ${got}, not ${wanted}; came: ${came}`,
        );
    }
    return found;
  }

  function print(what: string): void {
    console.log(
      `${what}, Wassette ${version}: ${count.spellings} spellings, ${count.requests} requests compared: ` +
        `${count['let through']} let through, ${count.denied} denied, ${count['call failed']} failed calls`,
    );
    for (const key of Object.keys(count)) count[key as keyof typeof count] = 0;
  }

  it('are reached as the table says, and by nothing else', async () => {
    const known = HOST_TABLE.filter(({ entry }) => reachOf({ host: entry }).kind !== 'unknown');
    expect(known.length).toBeGreaterThanOrEqual(100);
    const found: string[] = [];
    for (const { entry } of known) found.push(...(await differences(entry)));
    expect(found).toEqual([]);
    expect(Math.min(count['let through'], count.denied, count['call failed'])).toBeGreaterThan(100);
    print('the table of hosts');
  });

  it('are reached as we say in spellings beyond the table', async () => {
    const isKnown = (entry: string) => {
      try {
        parsePolicy(policyFor(entry), { componentId: 'probe' });
      } catch {
        return false;
      }
      return reachOf({ host: entry }).kind !== 'unknown';
    };
    await fc.assert(
      fc.asyncProperty(spelledHosts.filter(isKnown), async (entry) => {
        expect(await differences(entry)).toEqual([]);
      }),
      { seed: SEED, numRuns: SPELLINGS },
    );
    print('generated hosts');
  });

  it('with an asterisk lead nowhere even where they are asked for letter by letter', async () => {
    const [server] = servers;
    for (const host of ['*', '*.localhost']) {
      const before = server!.count;
      await probe.under(policyFor(host));
      await probe.fetch('http', `${host}:${server!.port}`);
      for (const other of ['127.0.0.1', 'localhost', 'a.localhost']) {
        expect(await probe.fetch('http', `${other}:${server!.port}`)).toBe('denied');
      }
      expect(server!.count).toBe(before);
    }
  });

  it.each([
    ['no policy', null, false],
    ['a policy that allows nothing', policyWith(), false],
    ['a policy that cannot be read', 'unreadable: [', false],
    ['an empty list', policyWith('network: { allow: [] }'), false],
    ['only a deny entry', policyWith('network: { deny: [{ host: a.example }] }'), false],
    ['one host', policyFor('a.example'), true],
    ['a host of one scheme', policyFor('https://a.example'), true],
    ['*', policyFor('*'), true],
    ['*.example', policyFor('*.example'), true],
    ['a name with a port', policyFor('localhost:8080'), true],
    ['a cidr entry', policyWith('network: { allow: [{ cidr: 10.0.0.0/8 }] }'), true],
    ['a host that cannot be read', policyFor('::1'), null],
  ])('let a component look up every name, or none: %s', async (_what, policy, may) => {
    await probe.under(policy);
    for (const name of ['localhost', 'no-such-name.invalid', 'some-data.docs.invalid'])
      expect(await probe.mayLookUp(name)).toBe(may);
  });
});
