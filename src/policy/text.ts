// Reads a policy's text as YAML, although line separators (U+2028, U+2029) in it are ambiguous: Wassette writes them raw
// inside a scalar, with the indentation of the next line after them. To libyaml they end a line, to other parsers not.
import { mapping } from '../codec/yaml/fields.ts';
import { readYaml, type YamlMap } from '../codec/yaml/reader.ts';

const SEPARATOR = /[\u2028\u2029]/;
/** A line of a policy as Wassette writes it: a key with its value, or an access mode. */
const LINE = /^(?<opening> *(?:- )?)[a-z_]+:(?: (?<value>[^ ].*))?$/u;
const ITEM = /^ *- (?:read|write)$/;
const BLOCK = /^\|2?(?<chomping>[-+]?)$/;
const CLOSED = /^'(?:[^']|'')*'$/;
const QUOTE_OPEN = /^'(?:[^']|'')*$/;

/** @throws YamlProblem */
export function readPolicyText(text: string): YamlMap {
  return mapping(readYaml(withSeparatorsEscaped(text)), 'the policy');
}

/** A text with what `readPolicyText` makes of it: read once and passed on. */
export interface PolicyTree {
  readonly text: string;
  readonly tree: YamlMap;
}

/** @throws YamlProblem */
export function policyTree(text: string): PolicyTree {
  return { text, tree: readPolicyText(text) };
}

/** The same tree with places that are those in the text. @throws YamlProblem where that has line separators in it */
export function placedTree({ text, tree }: PolicyTree): YamlMap {
  return SEPARATOR.test(text) ? mapping(readYaml(text), 'the policy') : tree;
}

/** A line as libyaml sees it, with what ends it. */
interface Line {
  text: string;
  end: string;
}

/**
 * The same policy with such scalars in double quotes and their separators escaped. `text` is unchanged when it has no
 * separators, or any line is not as Wassette writes it; a separator that stays is refused later.
 */
function withSeparatorsEscaped(text: string): string {
  if (!SEPARATOR.test(text)) return text;
  const all = linesOf(text);
  const lines = [...all];
  const written: string[] = [];
  const write = (key: string, value: string, first: number) => {
    const taken = all.slice(first, all.length - lines.length).filter(({ end }) => end === '\n');
    // With as many lines as before: errors name them.
    written.push(`${key}${quoted(value)}${'\n'.repeat(taken.length)}`);
  };
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const { opening = '', value = '' } = LINE.exec(line.text)?.groups ?? {};
    const block = BLOCK.exec(value)?.groups;
    const key = line.text.slice(0, line.text.length - value.length);
    const first = all.length - lines.length - 1;
    if (block !== undefined && line.end === '\n')
      write(key, blockValue(lines, opening.length + 2, block.chomping!), first);
    else if (QUOTE_OPEN.test(value)) {
      const source = quotedSource({ text: value, end: line.end }, lines);
      if (source === null) return text;
      write(key, foldedValue(source), first);
    } else if (
      SEPARATOR.test(line.end) ||
      !(LINE.test(line.text) || ITEM.test(line.text) || line.text === '')
    )
      return text;
    else written.push(line.text + line.end);
  }
  return written.join('');
}

function linesOf(text: string): Line[] {
  return [...text.matchAll(/([^\n\u2028\u2029]*)(\n|\u2028|\u2029|$)/g)]
    .map(([, line, end]) => ({ text: line!, end: end! }))
    .filter(({ text: line, end }) => line !== '' || end !== '');
}

/** Takes the lines of a literal block, which are indented by `indent` spaces. */
function blockValue(lines: Line[], indent: number, chomping: string): string {
  const margin = ' '.repeat(indent);
  let value = '';
  while (lines.length > 0 && (lines[0]!.text === '' || lines[0]!.text.startsWith(margin))) {
    const { text, end } = lines.shift()!;
    value += text.slice(indent) + end;
  }
  if (chomping === '+') return value;
  const content = value.replace(/[\n\u2028\u2029]+$/, '');
  return chomping === '-' ? content : content + value.charAt(content.length);
}

/** The text from one quote to the other, over as many lines as it takes; null when it is not closed. */
function quotedSource(first: Line, lines: Line[]): string | null {
  let source = first.text + first.end;
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    source += line.text;
    if (CLOSED.test(source)) return line.end === '\n' ? source : null;
    source += line.end;
  }
  return null;
}

/** A single-quoted value as libyaml folds it: blanks around a line end are removed, and a single line end becomes a space. */
function foldedValue(source: string): string {
  return source
    .slice(1, -1)
    .replaceAll("''", "'")
    .replace(/ *([\n\u2028\u2029])((?: *[\n\u2028\u2029])*) */g, (_, first: string, more: string) => {
      const rest = more.replaceAll(' ', '');
      if (first !== '\n') return first + rest;
      return rest === '' ? ' ' : rest;
    });
}

function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16)}`,
  );
}
