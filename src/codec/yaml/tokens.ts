// Which YAML tokens are allowed: those at which both parsers split a text alike.
import type { CST } from 'yaml';
import { assertCommentCharacters } from './characters.ts';
import { PLAINLY, YamlProblem } from './problem.ts';

/** libyaml gives up when the colon is more than 1,024 bytes after the start of its key; a character has up to 4. */
const MAX_KEY_LENGTH = 256;

/** Tokens that nobody needs and that parsers read differently, or that hide what is granted. */
const REFUSED: Partial<Record<CST.Token['type'], string>> = {
  alias: 'an alias (*name) is not allowed',
  anchor: 'an anchor (&name) is not allowed',
  tag: 'a tag (!name) is not allowed',
  directive: 'a directive (%NAME) is not allowed',
  'doc-end': 'a document end marker (...) is not allowed',
  'explicit-key-ind': 'a key marked with "?" is not allowed',
  error: 'this is not YAML',
  'flow-error-end': 'brackets are not closed, or the closing one is not indented',
};

/** Has only escapes that both parsers read alike; `\U` only for characters that exist. */
const DOUBLE_QUOTED =
  /^"(?:[^"\\]|\\(?:["\\/0abtnvfreN_LP]|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U000(?:0(?![dD][89a-fA-F])|[1-9a-fA-F])[0-9a-fA-F]{4}|U0010[0-9a-fA-F]{4}))*"$/;

type Part = CST.Token | CST.CollectionItem;

/**
 * Checks every token, in their order.
 * @throws YamlProblem
 */
export function checkTokens(
  tokens: readonly CST.Token[],
  text: string,
  lineAt: (offset: number) => number,
): void {
  const check = (part: Part, inFlow: boolean, isKey: boolean): void => {
    const isToken = 'type' in part;
    const message = isToken ? tokenProblem(part, text, inFlow, isKey) : colonProblem(part, text, inFlow);
    if (message !== null) {
      throw new YamlProblem(lineAt(isToken ? part.offset : part.sep![0]!.offset), message, PLAINLY);
    }
    if (isToken && part.type === 'comment') assertCommentCharacters(part.source, lineAt(part.offset));
    const childrenInFlow = inFlow || (isToken && part.type === 'flow-collection');
    for (const child of childrenOf(part)) check(child, childrenInFlow, !isToken && child === part.key);
  };
  for (const token of tokens) check(token, false, false);
}

function* childrenOf(part: Part): Generator<Part> {
  if ('start' in part) yield* Array.isArray(part.start) ? part.start : [part.start];
  if ('props' in part) yield* part.props;
  if ('items' in part) yield* part.items;
  if ('key' in part && part.key) yield part.key;
  if ('sep' in part && part.sep) yield* part.sep;
  if ('value' in part && part.value) yield part.value;
  if ('end' in part && part.end) yield* part.end;
}

/** In brackets libyaml requires a space after the colon of a plain key, and everywhere the colon on the key's line. */
function colonProblem({ key, sep = [] }: CST.CollectionItem, text: string, inFlow: boolean): string | null {
  const at = sep.findIndex((token) => token.type === 'map-value-ind');
  const colon = sep[at];
  if (colon === undefined) return null;
  const onKeysLine = sep.slice(0, at).every((token) => token.type === 'space');
  if (!onKeysLine) return 'a key and its colon are on different lines';
  if (key && colon.offset - key.offset > MAX_KEY_LENGTH) return 'a key is too long';
  const blankFollows = /[ \r\n]/.test(text.charAt(colon.offset + 1));
  const blankNeeded = inFlow && key?.type === 'scalar';
  return blankNeeded && !blankFollows ? 'there is no space after the colon of a key' : null;
}

function tokenProblem(token: CST.Token, text: string, inFlow: boolean, isKey: boolean): string | null {
  switch (token.type) {
    case 'space':
      return token.source.includes('\t') ? 'a tab is used for spacing' : null;
    case 'doc-start':
      return lineEndsAfterMarker(text, token.offset) ? null : 'there is something on the line of "---"';
    case 'block-scalar-header':
      return /^(?:[|>][-+]?|\|2[-+]?)$/.test(token.source)
        ? null
        : 'a block scalar has an indentation number';
    case 'block-scalar':
      return blockProblem(token.source);
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
    case 'scalar':
      return scalarProblem(token.type, token.source, inFlow || isKey, inFlow);
    default:
      return REFUSED[token.type] ?? null;
  }
}

/** When the text does not end with a line end, one parser adds that to the value. */
function blockProblem(source: string): string | null {
  if (source.includes('\t')) return 'a block scalar contains a tab';
  return source === '' || source.endsWith('\n') ? null : 'the last line has no line end';
}

function lineEndsAfterMarker(text: string, offset: number): boolean {
  const line = /--- *(?:#|\r?\n|$)/y;
  line.lastIndex = offset;
  return line.test(text);
}

/** Matches whole tokens, because the lexer takes `"\"` at the end of a line for a closed string. */
function scalarProblem(
  type: CST.FlowScalar['type'],
  source: string,
  isStrict: boolean,
  inFlow: boolean,
): string | null {
  if (/[\n\t]/.test(source)) return 'a value extends over several lines or contains a tab';
  if (type === 'single-quoted-scalar') {
    return /^'(?:[^']|'')*'$/.test(source) ? null : 'a quote is not closed';
  }
  if (type === 'double-quoted-scalar') {
    return DOUBLE_QUOTED.test(source)
      ? null
      : 'a quote is not closed, or an escape sequence is not one of YAML';
  }
  const splitsAlike = !(isStrict && /^[:?]/.test(source)) && !(inFlow && /:(?:[?,[\]{}]|$)/.test(source));
  return splitsAlike ? null : 'a value has a colon or question mark where it must be quoted';
}
