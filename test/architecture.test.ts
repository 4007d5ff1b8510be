// The direction of the rooms, and what may be used in which. Each rule prints its reason when it is broken.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PURE_ROOMS } from './fixtures/pure-rooms.ts';

const root = path.join(import.meta.dirname, '..');
const files = ['src', 'tools'].flatMap(filesBelow).sort();

/** From what all stand on to what stands on all; rooms on one level do not know each other. */
const LEVELS: Record<string, number> = {
  errors: 0,
  codec: 1,
  component: 2,
  policy: 2,
  credentials: 2,
  snapshot: 3,
  trust: 4,
  deployment: 5,
  plan: 5,
  disk: 6,
  state: 7,
  net: 7,
  places: 8,
  wassette: 9,
  site: 10,
  verbs: 11,
  tools: 12,
};

function roomOf(file: string): string {
  if (file === 'src/errors.ts') return 'errors';
  const [top, second, third] = file.split('/');
  if (top === 'tools') return 'tools';
  return third === undefined ? 'verbs' : second!;
}

interface Import {
  from: string;
  to: string;
  /** Types leave no trace at run time. */
  isType: boolean;
  /** Loaded when it is needed. */
  isLazy: boolean;
}

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

/** A file without comments: what is said about a thing is not a use of it. */
function codeOf(file: string): string {
  const text = readFileSync(path.join(root, file), 'utf8');
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/ .*$/gm, '$1');
}

const STATEMENT =
  /(?:^|\n)(?:import|export)\s([^;'"]*?)\sfrom\s+'([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'/g;

function importsOf(file: string): Import[] {
  return [...codeOf(file).matchAll(STATEMENT)].map(([, names, from, dynamic, bare]) => ({
    from: file,
    to: resolve(file, (from ?? dynamic ?? bare)!),
    isType: names !== undefined && takesTypesOnly(names),
    isLazy: dynamic !== undefined,
  }));
}

/** `type { A }`, or `{ type A, type B }`. */
function takesTypesOnly(names: string): boolean {
  if (names.startsWith('type ')) return true;
  const list = /^\{([\s\S]*)\}$/.exec(names)?.[1]?.split(',') ?? [''];
  return list.every((name) => /^\s*(type\s|$)/.test(name)) && list.join('').trim() !== '';
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith('.') ? path.normalize(path.join(path.dirname(file), specifier)) : specifier;
}

const imports = files.flatMap(importsOf);

function expectNone(found: readonly string[], reason: string): void {
  expect(found, `${reason}\n  ${found.join('\n  ')}\n`).toEqual([]);
}

/** Files in which `pattern` occurs, but for those that may. */
function usesOf(pattern: RegExp, where: (file: string) => boolean): string[] {
  return files.filter((file) => where(file) && pattern.test(codeOf(file)));
}

it('the rules see the sources and their imports', () => {
  expect(files).toContain('src/import.ts');
  expect(files.length).toBeGreaterThan(70);
  expect(imports.length).toBeGreaterThan(files.length);
  expect(takesTypesOnly('type { A }') && takesTypesOnly('{ type A, type B }')).toBe(true);
  expect(takesTypesOnly('{ type A, b }') || takesTypesOnly('a') || takesTypesOnly('{ a }')).toBe(false);
  for (const { to } of imports.filter(({ to }) => /^(src|tools)\//.test(to))) expect(files).toContain(to);
});

describe('the direction of imports', () => {
  const between = imports.filter(({ to }) => /^(src|tools)\//.test(to));

  it('a file imports its own room and rooms below', () => {
    const upward = between.filter(({ from, to }) => LEVELS[roomOf(to)]! > LEVELS[roomOf(from)]!);
    expectNone(
      upward.map(({ from, to }) => `${from} -> ${to}`),
      'What lies below must be testable and readable without what stands on it.',
    );
  });

  it('rooms on one level do not know each other', () => {
    const sideways = between.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && LEVELS[roomOf(from)] === LEVELS[roomOf(to)],
    );
    expectNone(
      sideways.map(({ from, to }) => `${from} -> ${to}`),
      'What code says of itself, what policies say, what manifests are and what plans are is told apart.',
    );
  });

  it('there is no cycle of imports', () => {
    expectNone(
      cycles(between.filter(({ isType }) => !isType)),
      'In a cycle no file can be understood, or loaded, before the other.',
    );
  });

  it('every room is known', () => {
    expectNone(
      files.filter((file) => LEVELS[roomOf(file)] === undefined),
      'A new folder needs its place in the direction (LEVELS).',
    );
  });
});

function cycles(edges: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]) => {
    if (trail.includes(file)) {
      found.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

it('the search for cycles finds one', () => {
  const edge = (from: string, to: string) => ({ from, to, isType: false, isLazy: false });
  const [a, b, c] = files as [string, string, string];
  expect(cycles([edge(a, b), edge(b, c), edge(c, b)])).toEqual([`${b} -> ${c} -> ${b}`]);
  expect(cycles([edge(a, b), edge(a, c), edge(b, c)])).toEqual([]);
});

describe('who may do what', () => {
  const isRoom =
    (...rooms: string[]) =>
    (file: string) =>
      rooms.includes(roomOf(file));

  it('the file system is for disk, state, places and wassette, and three named files above them', () => {
    // The fence has to look where a path leads; the person behind a piped input is asked at /dev/tty;
    // whoever types a path is offered those that there are.
    const above = ['tools/mcp/server-options.ts', 'tools/cli/question.ts', 'tools/cli/completion/paths.ts'];
    const outside = imports.filter(
      ({ from, to, isType }) =>
        /^(node:)?fs(\/promises)?$/.test(to) &&
        !isType &&
        !isRoom('disk', 'state', 'places', 'wassette')(from) &&
        !above.includes(from),
    );
    expectNone(
      outside.map(({ from }) => from),
      'Who touches the disk must be found by looking at a path, not by reading everything.',
    );
  });

  it('the pure rooms have no clock, no randomness, no environment', () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.(env|cwd|pid|hrtime|platform)\b|\brandom(Bytes|UUID|Int)\b|\bperformance\b|\bsetTimeout\b|\bfetch\(/;
    expectNone(
      usesOf(impure, isRoom(...PURE_ROOMS)),
      'The same values must give the same plan and digest; clock, nonce and locations are parameters.',
    );
  });

  it('the environment is read where locations are resolved, where the terminal is, and for clients of buckets', () => {
    const may = [
      'src/wassette/command-locations.ts',
      'src/wassette/locations.ts',
      'src/places/oci/bucket-place.ts', // what the vendors' own tools are told by
      'tools/cli/terminal.ts',
      'tools/cli/completion/paths.ts', // in the words of a line, as its shell does
      'tools/install/machine.ts',
    ];
    expectNone(
      usesOf(/\bprocess\.env\b/, (file) => !may.includes(file)),
      'A setting that is read anywhere is documented nowhere.',
    );
  });

  it('only the table of places asks what kind a reference is', () => {
    expectNone(
      usesOf(
        /\breference\.kind\b|\bkind === '(store|file|deployment)'/,
        (file) => file !== 'src/site/places.ts',
      ),
      'A new place must be one file and one row, and not a branch in each verb.',
    );
  });

  it('one file imports the server of the MCP SDK, and one its client', () => {
    const users = new Set(
      imports.filter(({ to }) => to.startsWith('@modelcontextprotocol/')).map(({ from }) => from),
    );
    expect([...users].sort(), 'The SDK changes: few files have to follow it.').toEqual([
      'tools/install/health-check.ts',
      'tools/mcp/server.ts',
    ]);
  });

  it('the age library is loaded when something is sealed or opened, and not before', () => {
    const users = imports.filter(({ to, isType }) => to === 'age-encryption' && !isType);
    expectNone(
      users
        .filter(({ from, isLazy }) => from !== 'src/codec/age/library.ts' || !isLazy)
        .map(({ from }) => from),
      'It is large, and most runs need none of it.',
    );
  });

  it('undici is loaded with the first request, by one file', () => {
    const users = imports.filter(({ to, isType }) => to === 'undici' && !isType);
    expectNone(
      users
        .filter(({ from, isLazy }) => from !== 'src/net/connections.ts' || !isLazy)
        .map(({ from }) => from),
      'It is large, most runs need none of it, and it would take the place of what `fetch` stands on.',
    );
  });

  it('zstd in WebAssembly is loaded when something is compressed or inflated with it, and not before', () => {
    const users = imports.filter(({ to, isType }) => to === '@bokuweb/zstd-wasm' && !isType);
    expectNone(
      users
        .filter(({ from, isLazy }) => from !== 'src/codec/compression/zstd-engine.ts' || !isLazy)
        .map(({ from }) => from),
      'A Node that has zstd never needs it.',
    );
  });

  it('the library does not need the command line, nor the command line the SDK', () => {
    const users = imports.filter(({ to }) => to === 'commander').map(({ from }) => from);
    expectNone(
      users.filter((file) => !file.startsWith('tools/')),
      'src is usable as a library.',
    );
  });

  it('stdout is for the protocol: only the terminal prints, the server listens for its end', () => {
    // stdio-guard turns console.log away from stdout.
    const may = [
      'tools/cli/terminal.ts',
      'tools/mcp/alone/serve.ts',
      'tools/mcp/thread/stdio-guard.ts',
      'tools/wrap/serve-wrapped.ts',
    ];
    expectNone(
      usesOf(/\bprocess\.stdout\b|\bconsole\.(log|info|table|dir)\b/, (file) => !may.includes(file)),
      'One stray line on stdout breaks every MCP client.',
    );
    expectNone(
      usesOf(/\bprocess\.stdout\.write\b/, (file) => file !== 'tools/cli/terminal.ts'),
      'What is printed goes through one place.',
    );
  });

  it('only the command line ends the process', () => {
    expectNone(
      usesOf(/\bprocess\.(exit|exitCode|abort)\b/, (file) => file.startsWith('src/')),
      'A library that exits takes its caller with it.',
    );
  });
});

function loadedWith(...first: string[]): Set<string> {
  const loaded = new Set(first);
  const begun = imports.filter(({ isType, isLazy }) => !isType && !isLazy);
  for (const file of loaded) for (const { from, to } of begun) if (from === file) loaded.add(to);
  return loaded;
}

it('a server that starts loads the SDK and little else', () => {
  const loaded = loadedWith('tools/cli.ts', 'tools/cli/commands/serve.ts');
  const isSlow = (to: string) =>
    /^node:(crypto|child_process|worker_threads|readline|http)|^src\/(policy|snapshot|site|wassette\/directory)\//.test(
      to,
    ) ||
    (/^[a-z@]/.test(to) && !/^(node:|src\/|tools\/|package\.json|@modelcontextprotocol\/)/.test(to));
  expect([...loaded]).toContain('src/places/reference.ts');
  expectNone(
    [...loaded].filter(isSlow),
    'Clients start every server they know and wait for all: what a tool needs is loaded with its first call.',
  );
});

it('an import loads nothing of what it is not asked for', () => {
  const loaded = loadedWith('tools/cli.ts', 'tools/cli/program.ts', 'tools/cli/commands/import.ts');
  const isAskedFor = (to: string) =>
    /^node:(child_process|net|http|https|zlib|tty|readline|worker_threads|dns|tls)|^(age-encryption|undici)$/.test(
      to,
    ) ||
    /^src\/(codec\/age\/identities|disk\/operator-files|net\/(?!remote-fence)|places\/(https|registry)|trust\/(?!accepted-signers))/.test(
      to,
    ) ||
    /^src\/(plan\/operator-policy\/(reading|verdicts)|plan\/written-approval\/(statement|coverage)|site\/(operator-policy\/caps|written-approval\/(?!whose)))/.test(
      to,
    ) ||
    /^tools\/cli\/keys\//.test(to);
  expect([...loaded]).toContain('src/site/operator-policy/file.ts');
  expectNone(
    [...loaded].filter(isAskedFor),
    'Signers, policies, approvals in writing, keys and other machines are loaded where one of them is named or found.',
  );
});

it('a server that lists its tools loads no parser', () => {
  const loaded = loadedWith('tools/mcp/index.ts');
  expect([...loaded]).toContain('src/plan/view.ts');
  expectNone(
    [...loaded].filter((to) =>
      /^(yaml|canonicalize|commander|smol-toml)$|^src\/(codec\/yaml|policy\/text)/.test(to),
    ),
    'Every client lists the tools at its start, and most sessions call none of them.',
  );
});

describe('the shape of files', () => {
  it('no file is over 300 lines', () => {
    const lines = (file: string) => readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n').length;
    expectNone(
      files.filter((file) => lines(file) > 300).map((file) => `${file}: ${lines(file)}`),
      'A file that long holds two things.',
    );
  });

  it('no folder has over 15 files, but for the verbs', () => {
    const folders = [...new Set(files.map((file) => path.dirname(file)))].filter(
      (folder) => folder !== 'src',
    );
    const within = (folder: string) => files.filter((file) => path.dirname(file) === folder).length;
    expectNone(
      folders.filter((folder) => within(folder) > 15).map((folder) => `${folder}: ${within(folder)}`),
      'A folder that wide holds two things.',
    );
  });

  it('every file begins by saying what it is for', () => {
    const silent = files.filter(
      (file) => !/^(#!.*\n)?\/\/ /.test(readFileSync(path.join(root, file), 'utf8')),
    );
    expectNone(silent, 'A newcomer reads first lines.');
  });

  it('names are exported by name, and only the index gathers them', () => {
    expectNone(
      usesOf(/\bexport default\b/, () => true),
      'A default export has another name in every file.',
    );
    expectNone(
      usesOf(/\bexport \*/, () => true),
      'A barrel hides where a name comes from.',
    );
  });
});
