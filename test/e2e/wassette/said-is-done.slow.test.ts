// What the review says of generated policies, beside what components can do under them in the real Wassette: read, write,
// reach, look up and see exactly that.
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { planImportState, Snapshot, StateError } from '../../../src/index.ts';
import { FetchProbe } from '../../fixtures/components/fetch-probe.ts';
import { FileProbe } from '../../fixtures/components/file-probe.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { fileWithCode } from '../../fixtures/document.ts';
import { policyWith } from '../../fixtures/plan.ts';
import { seed } from '../../fixtures/seed.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

/** Of which a tenth is refused. */
const POLICIES = { '0.8.0': 2_400, '0.4.0': 600 } as const;
const SECRETS = { TOKEN: 'stored', BOTH: 'stored' };
const VARIABLES = { PLAIN: 'set', OTHER: 'set', BOTH: 'set' };
const MARKED = ['one', 'two', 'two/deep', 'one/**', 'files/components/data'];
const KEYS = ['PLAIN', 'OTHER', 'BOTH', 'TOKEN', 'UNSET'];
/** Nobody listens there: whether a request is let through does not depend on an answer. */
const AUTHORITIES = ['127.0.0.1:9', 'localhost:9', '127.0.0.2:9'];
const HOSTS = [
  ...['127.0.0.1', 'localhost', '127.0.0.2', 'other.example', 'LocalHost', 'localhost:8080', '127.0.0.1:80'],
  ...['http://127.0.0.1', 'https://127.0.0.1/', 'HTTP://localhost:9', 'https://rss.example.com/'],
  ...['*', '*.localhost', '*.example.com', '[::1]', '::1', 'a host'],
];
/** Read as another host than is written, or with more than a host: never brought by an import. */
const ODD_HOSTS = [
  ...[
    'http://user@localhost',
    'localhost/path',
    'localhost?q',
    '2130706433',
    'localhost.',
    '0x7f.1',
    'localhost#',
  ],
];
/** `ROOT` stands for the folder that everything is made in. */
const URIS = [
  ...[
    'one',
    'one/',
    '/one',
    './one',
    'two',
    'two/deep',
    'to-two',
    'to-two/deep',
    'one/down',
    'up',
    'one/**',
  ].map((name) => `fs://ROOT/${name}`),
  ...['fs://data', 'fs://./data', 'fs://out', 'fs://data/', 'fs://missing', 'FS://data', 'file:///tmp'],
];
/** What no import may bring. */
const REACHING = ['fs://', 'fs://.', 'fs:///proc/self/cwd', 'fs://ROOT/to-two/../one', 'fs://ROOT'];
const mostly = (usual: readonly string[], odd: readonly string[]) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );

/** What a review says that a component can do. */
interface Said {
  reads: Set<string>;
  writes: Set<string>;
  /** Directories whose files it sees by name. */
  lists: Set<string>;
  reaches: Set<string>;
  looksUp: boolean;
  sees: Set<string>;
  /** Whether every call fails. */
  fails: boolean;
}

/** The name of a file by which a list of names tells which directory it is of. */
const nameIn = (directory: string) => `in-${sha256Hex(directory).slice(0, 8)}`;

/** The sentences, and what is told beside them, as a careful reader takes them. A sentence of another form is an error. */
function understood(sentences: readonly string[], lacks: readonly string[]): Said {
  const said: Said = {
    reads: new Set(),
    writes: new Set(),
    lists: new Set(),
    reaches: new Set(),
    looksUp: false,
    sees: new Set(),
    fails: lacks.length > 0,
  };
  const forms: [form: RegExp, take: (parts: string[]) => void][] = [
    [/^\(sha256 \w+, \d+ bytes\) will be installed$/, () => undefined],
    [
      /^may (read|write) files in ("[^"]*")(?:, a directory literally called so)?(?:, which is ("[^"]*"))?(, and see their names)?$/,
      ([mode, written, real, names]) => {
        const directory = JSON.parse(real ?? written!) as string;
        (mode === 'read' ? said.reads : said.writes).add(directory);
        if (mode === 'read' || names !== undefined) said.lists.add(directory);
      },
    ],
    [/^may (?:read|write) nothing through the entry "[^"]*"$/, () => undefined],
    [
      /^may reach ("[^"]*")(?: \([\d.]+\))?(?: over (https?))?(?: on every port)?$/,
      ([host, scheme]) => {
        for (const one of scheme === undefined ? ['http', 'https'] : [scheme])
          said.reaches.add(`${one}://${JSON.parse(host!)}`);
      },
    ],
    [/^may reach nothing through the entry "[^"]*"$/, () => undefined],
    [
      /^may reach nothing: Wassette cannot read the host "[^"]*", and every call will fail$/,
      () => {
        said.fails = true;
      },
    ],
    [
      /^may look up any name in the DNS, which is a way out for data$/,
      () => {
        said.looksUp = true;
      },
    ],
    [
      /^may read the environment variable ("[^"]*")$/,
      ([key]) => void said.sees.add(JSON.parse(key!) as string),
    ],
    [
      /^will see the secrets stored here: (.*)$/,
      ([names]) => {
        for (const name of JSON.parse(`[${names}]`) as string[]) said.sees.add(name);
      },
    ],
  ];
  for (const sentence of sentences) {
    const predicate = sentence.replace(/^"probe" /, '');
    const form = forms.find(([form]) => form.test(predicate));
    if (form === undefined) throw new Error(`no reader would know what this means: ${sentence}`);
    form[1](form[0].exec(predicate)!.slice(1));
  }
  return said;
}

/** The same policy in one of several spellings. */
const quotings = [
  (text: string) => JSON.stringify(text),
  (text: string) => `'${text.replaceAll("'", "''")}'`,
];

describe.each(['0.8.0', '0.4.0'] as const)('under a generated policy, in Wassette %s,', (version) => {
  let root: string;
  let files: FileProbe;
  let net: FetchProbe;
  let env: LiveWassette;
  const at = (...parts: string[]) => path.join(root, ...parts);
  /** Every one that a grant could open, the protected ones included. */
  const directories = () =>
    [...MARKED, 'files/components', 'files', '.'].map((name) => path.join(root, name).replace(/\/$/, ''));
  const locations = () => ({
    componentDir: at('files/components'),
    secretsDir: at('env/.config/wassette/secrets'),
    stateDir: at('state'),
  });
  const counts = {
    compared: 0,
    refused: 0,
    failing: 0,
    read: 0,
    written: 0,
    reached: 0,
    seen: 0,
    lookedUp: 0,
  };

  beforeAll(async () => {
    root = await realpath(await mkdtemp(path.join(tmpdir(), 'said-is-done-')));
    for (const directory of ['one', 'two/deep', 'one/**']) mkdirSync(at(directory), { recursive: true });
    // A relative grant is one of the component directory; each of the three has the same in it.
    for (const host of ['files', 'net', 'env']) {
      mkdirSync(at(host, 'components/data'), { recursive: true });
      symlinkSync('../../one', at(host, 'components/out'));
    }
    for (const directory of MARKED) {
      writeFileSync(at(directory, 'marker'), at(directory));
      writeFileSync(at(directory, nameIn(at(directory))), '');
    }
    symlinkSync(at('two'), at('to-two'));
    symlinkSync('../two/deep', at('one/down'));
    symlinkSync('two/deep/..', at('up'));
    files = await FileProbe.start(version, at('files'), at('files/components'));
    net = await FetchProbe.start(version, at('net'));
    await mkdir(locations().secretsDir, { recursive: true });
    const secrets = Object.entries(SECRETS).map(([name, value]) => `${name}: ${value}\n`);
    writeFileSync(path.join(locations().secretsDir, 'probe.yaml'), secrets.join(''));
    await copyFile(await probeComponent(), at('env/components/probe.wasm'));
    env = await LiveWassette.start({
      version,
      componentDir: at('env/components'),
      home: at('env'),
      env: VARIABLES,
    });
    await env.waitForTools(['get-env']);
  });
  afterAll(async () => {
    console.log(`generated policies in Wassette ${version}: ${JSON.stringify(counts)}`);
    await Promise.all([files?.stop(), net?.stop(), env?.stop()]);
    await rm(root, { recursive: true, force: true });
  });

  const policies = fc.record({
    uris: fc.uniqueArray(
      fc.record({
        uri: mostly(URIS, REACHING),
        access: fc.constantFrom('read', 'write', 'read, write'),
      }),
      { maxLength: 3, selector: ({ uri }) => uri },
    ),
    hosts: fc.uniqueArray(mostly(HOSTS, ODD_HOSTS), { maxLength: 2 }),
    cidr: fc.boolean(),
    keys: fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 3 }),
    denies: fc.boolean(),
    quoting: fc.constantFrom(...quotings),
  });
  type Made = typeof policies extends fc.Arbitrary<infer T> ? T : never;

  function policyFor({ uris, hosts, cidr, keys, denies, quoting }: Made): string {
    const list = (entries: string[]) => ` [${entries.join(', ')}]`;
    const networks = [
      ...hosts.map((host) => `{ host: ${quoting(host)} }`),
      ...(cidr ? ['{ cidr: 127.0.0.0/8 }'] : []),
    ];
    const storage = uris.map(
      ({ uri, access }) => `{ uri: ${quoting(uri.replace('ROOT', root))}, access: [${access}] }`,
    );
    return policyWith(
      'storage:',
      `  allow:${list(storage)}`,
      ...(denies ? [`  deny:${list(storage)}`] : []),
      'network:',
      `  allow:${list(networks)}`,
      ...(denies ? [`  deny:${list(networks)}`] : []),
      `environment: { allow:${list(keys.map((key) => `{ key: ${quoting(key)} }`))} }`,
    );
  }

  async function saidOf(policy: string): Promise<Said | null> {
    const snapshot = await Snapshot.fromJson(fileWithCode([{ id: 'probe', policy }]));
    try {
      const plan = await planImportState(snapshot, locations());
      return understood(
        plan.sentences.map(({ text }) => text),
        plan.lacks.directories,
      );
    } catch (error) {
      if (error instanceof StateError && error.code === 'POLICY_FORBIDDEN_GRANT') return null;
      throw error;
    }
  }

  async function envUnder(policy: string): Promise<Set<string> | null> {
    const order = async (tool: string, args: Record<string, unknown>) =>
      expect(await env.call(tool, args)).toMatchObject({ isError: false });
    await order('reset-permission', { component_id: 'probe' });
    writeFileSync(at('env/components/probe.policy.yaml'), policy);
    await order('load-component', { path: `file://${at('env/components/probe.wasm')}` });
    const seen = new Set<string>();
    for (const key of KEYS) {
      const { isError, text } = await env.call('get-env', { name: key });
      if (isError) return null;
      if (text !== 'null') seen.add(key);
    }
    return seen;
  }

  /** What the components could do; null where a call failed. */
  async function doneUnder(policy: string): Promise<Omit<Said, 'fails'> | null> {
    await files.under(policy);
    await net.under(policy);
    const read = await files.readFiles('marker');
    const written = await files.writeFiles('written', 'x');
    const listed = await files.listNames();
    const writes = new Set(directories().filter((directory) => existsSync(path.join(directory, 'written'))));
    for (const directory of writes) rmSync(path.join(directory, 'written'));
    const sees = await envUnder(policy);
    const looksUp = await net.mayLookUp('localhost');
    if (read === null || written === null || sees === null || looksUp === null) {
      expect([read, written, sees, looksUp]).toEqual([null, null, null, null]);
      return null;
    }
    const reaches = new Set<string>();
    for (const authority of AUTHORITIES) {
      for (const scheme of ['http', 'https'] as const) {
        const outcome = await net.fetch(scheme, authority);
        expect(['let through', 'denied']).toContain(outcome);
        if (outcome === 'let through') reaches.add(`${scheme}://${authority.replace(':9', '')}`);
      }
    }
    return {
      reads: new Set(read.flatMap(({ found }) => found ?? [])),
      writes,
      lists: new Set(
        listed!.flatMap(({ found = [] }) =>
          MARKED.map((name) => at(name)).filter((one) => found.includes(nameIn(one))),
        ),
      ),
      reaches,
      looksUp,
      sees,
    };
  }

  it('components can do what the sentences say, and nothing else', { timeout: 900_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(policies, async (made) => {
        const policy = policyFor(made);
        const said = await saidOf(policy);
        if (said === null) {
          counts.refused += 1;
          return;
        }
        const done = await doneUnder(policy);
        counts.compared += 1;
        expect(done === null, 'whether calls fail').toBe(said.fails);
        if (done === null) {
          counts.failing += 1;
          return;
        }
        expect(done.reads).toEqual(said.reads);
        expect(done.writes).toEqual(said.writes);
        expect(done.lists).toEqual(said.lists);
        expect([...done.reaches].sort()).toEqual(
          [...said.reaches]
            .filter((url) => AUTHORITIES.includes(`${url.replace(/^https?:\/\//, '')}:9`))
            .sort(),
        );
        expect(done.looksUp).toBe(said.looksUp);
        expect(done.sees).toEqual(new Set([...said.sees].filter((key) => key !== 'UNSET')));
        counts.read += done.reads.size;
        counts.written += done.writes.size;
        counts.reached += done.reaches.size;
        counts.seen += done.sees.size;
        counts.lookedUp += Number(done.looksUp);
      }),
      { seed, numRuns: POLICIES[version] },
    );
  });
});
