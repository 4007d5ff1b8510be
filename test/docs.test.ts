// The documents say what the code says. UPDATE=1 writes the generated parts anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../src/errors.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(ROOT + file, 'utf8');

test('the README lists every error code with its meaning', () => {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  const block = ['<!-- errors -->', '| code | meaning |', '| --- | --- |', ...rows, '<!-- /errors -->'].join(
    '\n',
  );
  const updated = read('README.md').replace(/<!-- errors -->[\s\S]*<!-- \/errors -->/, block);
  if (process.env.UPDATE) writeFileSync(`${ROOT}README.md`, updated);
  expect(read('README.md')).toBe(updated);
});

test('every error code is thrown somewhere', () => {
  const sources = ['src', 'tools']
    .flatMap((dir) =>
      readdirSync(ROOT + dir, { recursive: true, encoding: 'utf8' }).map((file) => `${dir}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && file !== 'src/errors.ts')
    .map(read)
    .join('\n');
  const errors = read('src/errors.ts').split('export type ErrorCode')[1]!;
  const unused = Object.keys(ERROR_CODES).filter(
    (code) => !sources.includes(`'${code}'`) && !errors.includes(`'${code}'`),
  );
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

test('files that the README points to exist', () => {
  const named = [
    ...read('README.md').matchAll(/\]\(([^)h][^)]*)\)|`((?:src|tools|examples)\/[\w./-]+)`/g),
  ].map((m) => m[1] ?? m[2]!);
  expect(named.length).toBeGreaterThan(10);
  for (const file of named) expect(() => readdirOrRead(file), file).not.toThrow();
});

function readdirOrRead(file: string): unknown {
  return /\.\w+$/.test(file) ? read(file) : readdirSync(ROOT + file);
}
