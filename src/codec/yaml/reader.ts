// Reads the subset of YAML that the `yaml` package and Wassette's parser (libyaml, serde_yaml 0.9) read alike; the rest is
// refused.
import {
  Composer,
  type CST,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { assertCharacters } from './characters.ts';
import { PLAINLY, YamlProblem, YamlTooLarge } from './problem.ts';
import { isText } from './scalars.ts';
import { checkTokens } from './tokens.ts';

/** Where a value stands in the text: from its first character to behind its last. */
export type YamlRange = readonly [start: number, end: number];
/** A value with its line. Scalars keep their text, because its meaning depends on the field. */
export type YamlNode = YamlScalar | YamlList | YamlMap;
export interface YamlScalar {
  kind: 'scalar';
  text: string;
  plain: boolean;
  line: number;
  range: YamlRange;
}
export interface YamlList {
  kind: 'list';
  items: readonly YamlNode[];
  line: number;
  range: YamlRange;
}
export interface YamlMap {
  kind: 'map';
  entries: ReadonlyMap<string, YamlNode>;
  /** The line of each key, which is not always that of its value. */
  keyLines: ReadonlyMap<string, number>;
  keyRanges: ReadonlyMap<string, YamlRange>;
  line: number;
  range: YamlRange;
}

const MAX_DEPTH = 32;
const MAX_LEXEMES = 100_000;

/** Our words for the parser's error codes: its own messages quote the text. */
const PARSER_ERRORS: Record<string, string> = {
  BAD_INDENT: 'the indentation is wrong',
  TAB_AS_INDENT: 'a tab is used for indentation',
  MULTIPLE_DOCS: 'there is more than one document',
  MISSING_CHAR: 'a character is missing: a colon, comma, quote, bracket, or the space before a comment',
  BAD_SCALAR_START: 'a value starts with a character that must be quoted',
  BAD_DQ_ESCAPE: 'an escape sequence is not valid',
  MULTILINE_IMPLICIT_KEY: 'a key extends over several lines',
  BLOCK_AS_IMPLICIT_KEY: 'a nested mapping stands on the line of its key',
  BLOCK_IN_FLOW: 'a block collection stands inside brackets',
  UNEXPECTED_TOKEN: 'something unexpected is here',
};

/**
 * Reads the one document in `text`; `maxLexemes` bounds the YAML tokens in it.
 * @throws YamlProblem
 */
export function readYaml(text: string, maxLexemes = MAX_LEXEMES): YamlNode {
  assertCharacters(text);
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const tokens = tokensOf(text, lines, maxLexemes);
  checkTokens(tokens, text, lineAt);
  // Duplicate keys are found below: the composer compares each key with each other one.
  const composer = new Composer({ schema: 'failsafe', prettyErrors: false, uniqueKeys: false, strict: true });
  const [document, second] = [...composer.compose(tokens)];
  if (document === undefined || document.contents === null) {
    throw new YamlProblem(1, 'it is empty', 'delete the file, or write its content');
  }
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    // What is missing at the end is missing on the last line that has something.
    const at = Math.min(problem.pos[0], Math.max(0, text.trimEnd().length - 1));
    throw new YamlProblem(lineAt(at), inOurWords(problem), PLAINLY);
  }
  if (second !== undefined) {
    throw new YamlProblem(lineAt(second.range[0]), PARSER_ERRORS.MULTIPLE_DOCS!, 'keep one document only');
  }
  return nodeFrom(document.contents as Node, lineAt);
}

function inOurWords({ code, message }: Pick<YAMLError, 'code' | 'message'>): string {
  // The parser has one code for both.
  if (code === 'BAD_INDENT' && message.startsWith('Flow '))
    return 'a bracket is not closed, or what it holds is not indented';
  return PARSER_ERRORS[code] ?? 'this is not YAML that can be read safely';
}

/** How many YAML tokens there are in `text`, not counted beyond `most`. Costs a tenth of reading it. */
export function countLexemes(text: string, most: number): number {
  let count = 0;
  for (const _lexeme of new Lexer().lex(text)) if (++count > most) break;
  return count;
}

/** Fed piece by piece: endless rows of signs end early, and the parser never recurses into deep nesting. */
function tokensOf(text: string, lines: LineCounter, maxLexemes: number): CST.Token[] {
  const tokens: CST.Token[] = [];
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    count += 1;
    if (count > maxLexemes) throw beyond(lines, `it has more than ${maxLexemes} YAML tokens`);
    if (parser.stack.length > MAX_DEPTH) {
      throw beyond(lines, `it is nested deeper than ${MAX_DEPTH} levels`);
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

function beyond(lines: LineCounter, message: string): YamlTooLarge {
  return new YamlTooLarge(
    lines.lineStarts.length,
    message,
    'shorten it; an ordinary one has ten levels at most',
  );
}

function nodeFrom(node: Node | null, lineAt: (offset: number) => number): YamlNode {
  const range = rangeOf(node);
  const line = lineAt(range[0]);
  if (isScalar(node)) return scalarFrom(node as Scalar<string>, line);
  if (isSeq<Node>(node)) {
    return { kind: 'list', items: node.items.map((item) => nodeFrom(item, lineAt)), line, range };
  }
  if (!isMap<Node, Node | null>(node)) throw new YamlProblem(line, 'this is not YAML', PLAINLY);
  const entries = new Map<string, YamlNode>();
  const keyLines = new Map<string, number>();
  const keyRanges = new Map<string, YamlRange>();
  for (const { key, value } of node.items) {
    const keyRange = rangeOf(key);
    const keyLine = lineAt(keyRange[0]);
    const name = isScalar(key) ? scalarFrom(key as Scalar<string>, keyLine) : null;
    if (name === null || !isText(name) || name.text === '<<' || name.text === '__proto__') {
      throw new YamlProblem(keyLine, 'a key is not a plain word', 'quote the key, or remove the line');
    }
    if (entries.has(name.text)) {
      throw new YamlProblem(keyLine, 'a key occurs twice in one mapping', 'remove one of them');
    }
    const end = keyRange[1];
    const empty: YamlScalar = { kind: 'scalar', text: '', plain: true, line: keyLine, range: [end, end] };
    entries.set(name.text, value === null ? empty : nodeFrom(value, lineAt));
    keyLines.set(name.text, keyLine);
    keyRanges.set(name.text, keyRange);
  }
  return { kind: 'map', entries, keyLines, keyRanges, line, range };
}

function rangeOf(node: Node | null): YamlRange {
  const [start, end] = node?.range ?? [0, 0];
  return [start, end];
}

function scalarFrom(node: Scalar<string>, line: number): YamlScalar {
  return {
    kind: 'scalar',
    text: node.value ?? '',
    plain: node.type === 'PLAIN' || node.type === undefined,
    line,
    range: rangeOf(node),
  };
}
