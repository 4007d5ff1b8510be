// What a caller of the library can name and read. UPDATE=1, or `npm run api`, writes docs/api.md anew.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  compile,
  makeDeclarations,
  ROOT,
  surfaceOfDeclarations,
  TYPES,
} from '../scripts/api/declarations.ts';
import { pageOf } from '../scripts/api/markdown.ts';
import type { Docstring, Entry, Surface } from '../scripts/api/surface.ts';
import { ERROR_CODES } from '../src/errors.ts';

let surface: Surface;
let entries: readonly Entry[];

beforeAll(() => {
  makeDeclarations();
  surface = surfaceOfDeclarations();
  entries = surface.entries;
}, 120_000);

/** A folder with the package installed as a user has it: the declarations that were built, Node's types, and no other. */
function consumer(programs: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-consumer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const modules = path.join(folder, 'node_modules');
  const installed = path.join(modules, 'wassette-state');
  cpSync(TYPES, path.join(installed, 'dist/types'), { recursive: true });
  mkdirSync(path.join(modules, '@types'));
  symlinkSync(path.join(ROOT, 'node_modules/@types/node'), path.join(modules, '@types/node'));
  writeFileSync(path.join(installed, 'package.json'), readFileSync(path.join(ROOT, 'package.json')));
  for (const [file, text] of Object.entries(programs)) writeFileSync(path.join(folder, file), text);
  const compilerOptions = {
    target: 'ES2023',
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const config = path.join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ compilerOptions, files: Object.keys(programs) }));
  return config;
}

describe('a program of somebody else', () => {
  it('can name every type that occurs in what is exported', () => {
    expect(surface.unnamed, 'export the type from src/index.ts, or narrow the signature').toEqual([]);
  });

  it('compiles with every exported name, all examples and values it writes itself, but not with mistakes', () => {
    const examples = entries.flatMap(({ name, doc }) =>
      doc.examples.map((text, number): [string, string] => [`${name}-${number}.ts`, text]),
    );
    const names = entries.map(({ name, kind }) => (kind === 'type' ? `type ${name}` : name));
    const config = consumer({
      'names.ts': `export { ${names.join(', ')} } from 'wassette-state';`,
      'host.ts': HOST,
      ...Object.fromEntries(examples),
    });
    expect(() => compile(config)).not.toThrow();
  });
});

const HOST = `import { importState, Snapshot } from 'wassette-state';
import type {
  Approval, ApplyOptions, CommonOptions, ImportResult, LiveComponent, Plan, RightsChange, LiveWassette, ToolAnswer,
} from 'wassette-state';

export const live: LiveWassette = {
  pid: null,
  program: null,
  version: async () => null,
  withoutChanges: (work) => work(),
  alone: (_changed: readonly LiveComponent[], work) => work(),
  callTool: async (): Promise<ToolAnswer> => ({ isError: false, text: '' }),
};
export const here: CommonOptions = { componentDir: './components', live };
export const agree = (plan: Plan): Approval => ({
  approve: plan.digest,
  accept: plan.sentences.map((sentence) => sentence.text),
});
export const options = (plan: Plan): ApplyOptions => ({
  ...here,
  approval: { ...agree(plan), nonce: plan.nonce },
  onProgress: ({ doing, fraction }) => console.log(doing, fraction),
});
export const limits = ({ applied }: ImportResult): number[] =>
  applied.flatMap((step) => step.gains).flatMap((gain: RightsChange) =>
    gain.kind === 'limit' && gain.to !== null ? [gain.to] : [],
  );
export const mistakes = () => [
  // @ts-expect-error a snapshot is opened or exported
  new Snapshot(),
  // @ts-expect-error without an approval nothing is applied
  (snapshot: Snapshot) => importState(snapshot, here),
];
`;

describe('every docstring', () => {
  const codes = (text: string) => text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
  const silent = (named: readonly (readonly [string, Docstring])[]) =>
    named.filter(([, doc]) => doc.text === '').map(([name]) => name);
  const methods = () =>
    entries.flatMap(({ name, kind, members }) =>
      kind === 'class' ? members.map((member) => [`${name}.${member.name}`, member.doc] as const) : [],
    );

  it('is there: for functions, classes and their members, constants, types, and options', () => {
    const options = entries.filter(({ name }) => /Options$|^(ExportDestination|Approval)$/.test(name));
    const members = options.flatMap(({ name, members }) =>
      members.map((member) => [`${name}.${member.name}`, member.doc] as const),
    );
    expect(silent([...entries.map(({ name, doc }) => [name, doc] as const), ...members])).toEqual([]);
    expect(silent(methods())).toEqual([]);
    expect(members.length).toBeGreaterThan(20);
  });

  it('has an example, for functions and classes', () => {
    const without = entries.filter(
      ({ kind, doc }) =>
        ['function', 'class'].includes(kind) && !doc.examples.some((text) => text.includes('console.log')),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('says what is thrown, by codes that exist', () => {
    const throwing = entries.filter(({ kind, name }) => kind === 'function' && name !== 'listSnapshot');
    expect(throwing.filter(({ doc }) => doc.throws.length === 0).map(({ name }) => name)).toEqual([]);
    const named = [...throwing.map(({ doc }) => doc), ...methods().map(([, doc]) => doc)];
    const unknown = named
      .flatMap(({ throws }) => throws.flatMap(codes))
      .filter((code) => !(code in ERROR_CODES));
    expect(unknown).toEqual([]);
  });

  it('names for each code the class that has it', () => {
    const prefix = (code: string) => code.split('_')[0]!;
    const classes: Record<string, string> = {
      UsageError: 'USAGE',
      FormatError: 'FORMAT',
      VerificationError: 'VERIFY',
      PolicyError: 'POLICY',
      ConflictError: 'CONFLICT',
      StoreError: 'STORE',
    };
    const lines = [...entries.map(({ doc }) => doc), ...methods().map(([, doc]) => doc)].flatMap(
      (doc) => doc.throws,
    );
    const wrong = lines.filter((line) =>
      codes(line).some((code) => prefix(code) !== classes[/^\w+/.exec(line)?.[0] ?? '']),
    );
    expect(wrong).toEqual([]);
  });
});

it('docs/api.md says what the docstrings say', () => {
  const file = path.join(ROOT, 'docs/api.md');
  const page = pageOf(surface);
  if (process.env.UPDATE) writeFileSync(file, page);
  expect(readFileSync(file, 'utf8'), 'run npm run api').toBe(page);
  expect(page).not.toMatch(/\/(home|root|tmp|Users)\//);
});
