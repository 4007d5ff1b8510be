// The documents say what the code says. UPDATE=1 writes the generated parts anew.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../src/errors.ts';
import { CLIENT_IDS, type ClientId } from '../tools/install/client-ids.ts';
import { CLIENTS, newFileOf } from '../tools/install/clients.ts';
import { OWN_TOOLS } from '../tools/wrap/own-tools.ts';
import { CLIENT_VERSIONS } from './fixtures/clients/packages.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(ROOT + file, 'utf8');

/** Expects what stands between the marks `name` in a document to be a table of these rows. */
function expectTable(file: string, name: string, head: readonly string[], rows: readonly string[][]): void {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const block = [`<!-- ${name} -->`, ...lines, `<!-- /${name} -->`].join('\n');
  const updated = read(file).replace(new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`), () => block);
  if (process.env.UPDATE) writeFileSync(ROOT + file, updated);
  expect(read(file)).toBe(updated);
  expect(updated).toContain(block);
}

test('docs/errors.md lists every error code with its meaning', () => {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]);
  expectTable('docs/errors.md', 'errors', ['code', 'meaning'], rows);
});

test("SECURITY lists Wassette's own tools and what each flag does to them", () => {
  const held = (isHeld: boolean) => (isHeld ? 'held back' : 'passes');
  const rows = OWN_TOOLS.map(({ name, widens, changes, reason }) => [
    `\`${name}\``,
    held(widens),
    held(changes),
    `it ${reason}`,
  ]);
  expectTable('SECURITY.md', 'own-tools', ['tool', '`--never-widen`', '`--read-only`', 'because'], rows);
});

test('docs/clients.md lists the clients that install knows, and which version of each was tried', () => {
  const versions: Partial<Record<ClientId, string>> = CLIENT_VERSIONS;
  const rows = CLIENTS.map((client) => [
    client.name,
    `\`${client.id}\``,
    `\`${newFileOf(client, { platform: 'linux', home: '~', env: {} })}\``,
    `\`${client.keys.join('.')}\``,
    versions[client.id] ?? (client.id === 'zed' ? 'by its documentation' : 'by schema'),
  ]);
  expectTable('docs/clients.md', 'clients', ['client', 'name', 'file', 'servers below', 'tried'], rows);
});

test('every error code is thrown somewhere', () => {
  const sources = ['src', 'tools']
    .flatMap((dir) =>
      readdirSync(ROOT + dir, { recursive: true, encoding: 'utf8' }).map((file) => `${dir}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && file !== 'src/errors/codes.ts')
    .map(read)
    .join('\n');
  const unused = Object.keys(ERROR_CODES).filter((code) => !sources.includes(`'${code}'`));
  expect(unused).toEqual([]);
});

test('every clause that code or tests cite is in FORMAT.md', () => {
  const format = read('FORMAT.md');
  const clauses = new Set(
    [...format.matchAll(/\*\*(F-\d+\.\d+)\*\*|^## (F-\d+) /gm)].map((match) => match[1] ?? match[2]),
  );
  const files = ['src', 'tools', 'test']
    .flatMap((dir) =>
      readdirSync(ROOT + dir, { recursive: true, encoding: 'utf8' }).map((file) => `${dir}/${file}`),
    )
    .filter((file) => /\.(ts|json)$/.test(file) && file !== 'test/docs.test.ts');
  const cited = files.flatMap((file) =>
    [...read(file).matchAll(/\bF-\d+(?:\.\d+)?\b/g)].map(([clause]) => ({ file, clause })),
  );
  expect(cited.filter(({ clause }) => !clauses.has(clause))).toEqual([]);
  expect(cited.length).toBeGreaterThan(10);
});

test('files that the documents point to exist', () => {
  const decisions = readdirSync(`${ROOT}docs/decisions`).map((file) => `docs/decisions/${file}`);
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'FORMAT.md', ...docs(), ...decisions];
  const named = pages.flatMap((page) =>
    [
      ...read(page).matchAll(
        /\]\(([^)#:]+)(?:#[^)]*)?\)|`((?:src|tools(?!\/(?:list|call)`)|examples|scripts)\/[\w./-]+)`/g,
      ),
    ].map(([, link, file]) => (link === undefined ? file! : path.join(path.dirname(page), link))),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((file) => !existsSync(ROOT + file))).toEqual([]);
});

test('no page or script has a name fetched that is not ours: the package is not published, and anyone could take it', () => {
  const scripts = readdirSync(`${ROOT}examples`).map((file) => `examples/${file}`);
  const fetching = /\b(npx|npm (exec|i|install)|pnpm dlx|yarn dlx|bunx)\b[^\n`]*wassette-state/;
  const pages = ['README.md', 'SECURITY.md', 'FORMAT.md', 'CONTRIBUTING.md', ...docs(), ...scripts];
  expect(pages.filter((file) => fetching.test(read(file)))).toEqual([]);
});

test('the README leads to every page below docs', () => {
  const readme = read('README.md');
  expect(docs().filter((page) => !readme.includes(`](${page})`))).toEqual([]);
});

test('the README names every client that can be set up', () => {
  const readme = read('README.md');
  expect(CLIENT_IDS.filter((id) => !readme.includes(`\`${id}\``))).toEqual([]);
});

function docs(): string[] {
  return readdirSync(`${ROOT}docs`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`);
}
