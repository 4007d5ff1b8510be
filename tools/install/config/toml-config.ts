// Changes one table in TOML by its lines. Libraries that write TOML lose comments or lay the text out anew; the parser says
// afterwards whether anything else changed.
import { parse, stringify, TomlError } from 'smol-toml';
import { FormatError } from '../../../src/errors.ts';
import type { ConfigPlace, ConfigText } from './config-text.ts';
import { eolOf, MARK } from './text-layout.ts';

export function tomlConfig(whole: string, place: ConfigPlace): ConfigText {
  const mark = whole.startsWith(MARK) ? MARK : '';
  const text = whole.slice(mark.length);
  const content = parsed(text, place);
  const servers = serversIn(content, place);
  return {
    content,
    servers,
    entry: (name) => servers[name],
    hasComments(name) {
      const found = linesOf(text, [...place.keys, name]);
      const strings = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/g;
      return found !== null && text.slice(found.start, found.end).replace(strings, '').includes('#');
    },
    changed(name, value) {
      const eol = eolOf(text);
      const table =
        value === undefined ? null : tomlEntry([...place.keys, name], value).replaceAll('\n', eol);
      const found = linesOf(text, [...place.keys, name]);
      if (table === null) return mark + (found === null ? text : without(text, found));
      if (found === null) return mark + appended(text, table, eol);
      return mark + text.slice(0, found.start) + table + text.slice(found.end);
    },
  };
}

function parsed(text: string, { file }: ConfigPlace): Record<string, unknown> {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    // The parser quotes the lines around it, which may hold a token.
    const [problem = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new FormatError('FORMAT_INVALID_CONFIG', `${file}:${line}:${column}: ${problem}`, {
      hint: 'correct the file, and repeat this; it was not changed',
      details: { file, line, column },
    });
  }
}

function serversIn(content: Record<string, unknown>, { file, keys }: ConfigPlace): Record<string, unknown> {
  let at: unknown = content;
  for (const [depth, key] of keys.entries()) {
    const next: unknown = (at as Record<string, unknown>)[key] ?? {};
    if (typeof next !== 'object' || Array.isArray(next) || next instanceof Date) {
      throw new FormatError(
        'FORMAT_INVALID_CONFIG',
        `${file}: ${keys.slice(0, depth + 1).join('.')} is not a table`,
        { hint: 'correct the file, and repeat this; it was not changed', details: { file } },
      );
    }
    at = next;
  }
  return at as Record<string, unknown>;
}

/** As it is written into a file. */
export function tomlEntry(path: readonly string[], value: object): string {
  const nested = path.reduceRight<object>((inner, key) => ({ [key]: inner }), value);
  return stringify(nested).trim();
}

/** After a blank line; the text ends as it did before, with or without a line end. */
function appended(text: string, table: string, eol: string): string {
  if (text.trim() === '') return `${text}${table}${eol}`;
  const endsLine = /\n$/.test(text);
  return endsLine ? `${text}${eol}${table}${eol}` : `${text}${eol}${eol}${table}`;
}

/** The reverse: with the lines goes the blank line before them. */
function without(text: string, { start, end }: Lines): string {
  const lineEnd = /^\r?\n/.exec(text.slice(end))?.[0] ?? '';
  const blank = (lineEnd === '' ? /(?:\r?\n){0,2}$/ : /(?<=\n)\r?\n$|$/).exec(text.slice(0, start))![0];
  return text.slice(0, start - blank.length) + text.slice(end + lineEnd.length);
}

interface Lines {
  start: number;
  end: number;
}

/** Where the tables of `path` and below it are, one after the other; null where there is none, or not in one piece. */
function linesOf(text: string, path: readonly string[]): Lines | null {
  const lines = [...text.matchAll(/[^\n]*\n|[^\n]+$/g)];
  const isHeader = (line: string) => /^[ \t]*\[/.test(line);
  const isOurs = (line: string) => isHeader(line) && isBelow(keysOf(line), path);
  const first = lines.findIndex(([line]) => isOurs(line));
  if (first < 0) return null;
  let after = first + 1;
  while (after < lines.length && (!isHeader(lines[after]![0]) || isOurs(lines[after]![0]))) after++;
  // Blank lines and comments after them are about what follows.
  while (/^\s*(#.*)?\s*$/.test(lines[after - 1]![0])) after--;
  const { index } = lines[first]!;
  const last = lines[after - 1]!;
  const end = last.index + last[0].trimEnd().length;
  return { start: index, end };
}

function isBelow(keys: readonly string[], path: readonly string[]): boolean {
  return path.every((key, i) => keys[i] === key);
}

/** The keys in the header of a table: bare, or in either kind of quotes. */
function keysOf(header: string): string[] {
  const inside = /^[ \t]*\[([^[][^\n]*)\][ \t]*(?:#[^\n]*)?\r?\n?$/.exec(header)?.[1] ?? '';
  return [...inside.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare!,
  );
}
