// Changes one entry in JSON, or in JSON with comments. Formatting libraries lay out what stands beside a change, too, so the
// text is cut here, at the positions the parser gives.
import {
  createScanner,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
  visit,
} from 'jsonc-parser';
import { FormatError } from '../../../src/errors.ts';
import type { ConfigPlace, ConfigText } from './config-text.ts';
import { eolOf, MARK, positionIn } from './text-layout.ts';

/** The parser goes as deep as the text does, until there is no memory for it; no configuration is near this. */
const MAX_DEPTH = 500;
/** White space and comments. */
const TRIVIA = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
/** A comment that ends its line. */
const REST_OF_LINE = /[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/)?[ \t]*(?=\r?\n)/y;

export function jsonConfig(whole: string, place: ConfigPlace): ConfigText {
  const mark = whole.startsWith(MARK) ? MARK : '';
  const text = whole.slice(mark.length).trim() === '' ? `{}${eolOf(whole)}` : whole.slice(mark.length);
  assertNotTooDeep(text, place);
  const errors: ParseError[] = [];
  const options = { disallowComments: place.format === 'json', allowTrailingComma: place.format === 'jsonc' };
  const root = parseTree(text, errors, options);
  const [error] = errors;
  if (error !== undefined) throw broken(place, text, error.offset, wordsOf(error));
  if (root === undefined) throw broken(place, text, 0, 'there is no value');
  const path = pathTo(root, text, place);
  const servers = path.length > place.keys.length ? path.at(-1)! : undefined;
  return {
    content: parse(text, [], options),
    servers: servers === undefined ? {} : (valueAt(text, servers) as Record<string, unknown>),
    entry(name) {
      const property = servers === undefined ? undefined : propertyOf(servers, name, text, place);
      return property === undefined ? undefined : valueAt(text, property.children![1]!);
    },
    hasComments(name) {
      const property = servers === undefined ? undefined : propertyOf(servers, name, text, place);
      return property !== undefined && commentsIn(text).some((comment) => isInside(comment, property));
    },
    changed(name, value) {
      const edit = new JsonEdit(text);
      if (servers === undefined) {
        if (value !== undefined)
          edit.insert(path.at(-1)!, ...nested(place.keys.slice(path.length - 1), name, value));
        return mark + edit.text;
      }
      const property = propertyOf(servers, name, text, place);
      if (property === undefined) {
        if (value !== undefined) edit.insert(servers, name, value);
      } else if (value === undefined) edit.remove(servers, property);
      else edit.replace(property.children![1]!, value);
      return mark + edit.text;
    },
  };
}

/** As the parser of TOML has it. @throws FormatError FORMAT_INVALID_CONFIG */
function assertNotTooDeep(text: string, place: ConfigPlace): void {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const first = text[scanner.getTokenOffset()]!;
    if (first === '{' || first === '[') depth++;
    else if (first === '}' || first === ']') depth--;
    if (depth > MAX_DEPTH) throw broken(place, text, scanner.getTokenOffset(), 'it is nested too deep');
  }
}

/** The objects from the root to the entries, as far as they are there. */
function pathTo(root: Node, text: string, place: ConfigPlace): Node[] {
  const path: Node[] = [root];
  for (const [depth, key] of [...place.keys, null].entries()) {
    const at = path[depth]!;
    if (at.type !== 'object') {
      const what = depth === 0 ? 'the whole' : place.keys.slice(0, depth).join('.');
      throw broken(place, text, at.offset, `${what} is not an object`);
    }
    const next = key === null ? undefined : propertyOf(at, key, text, place)?.children?.[1];
    if (next === undefined) break;
    path.push(next);
  }
  return path;
}

function propertyOf(object: Node, key: string, text: string, place: ConfigPlace): Node | undefined {
  const [first, second] = (object.children ?? []).filter((property) => property.children![0]!.value === key);
  if (second !== undefined) throw broken(place, text, second.offset, `"${key}" is there twice`);
  return first;
}

function valueAt(text: string, { offset, length }: Node): unknown {
  return parse(text.slice(offset, offset + length), [], { allowTrailingComma: true });
}

function nested(
  [key, ...keys]: readonly string[],
  name: string,
  value: object,
): [name: string, value: object] {
  return key === undefined ? [name, value] : [key, Object.fromEntries([nested(keys, name, value)])];
}

class JsonEdit {
  readonly #eol: string;
  /** One step of indentation; null in a text of one line. */
  readonly #step: string | null;

  constructor(public text: string) {
    this.#eol = eolOf(text);
    const isOneLine = !text.trim().includes('\n') && text.trim() !== '{}';
    this.#step = isOneLine ? null : (/\n([ \t]+)["/]/.exec(text)?.[1] ?? '  ');
  }

  /** As the first property, so that no comment changes its neighbour. */
  insert(object: Node, name: string, value: object): void {
    const start = object.offset + 1;
    const isEmpty = object.children!.length === 0;
    const inside = this.text.slice(start, object.offset + object.length - 1);
    const outer = this.#indentAt(object.offset);
    const indent = this.#step === null ? '' : outer + this.#step;
    const property = this.#rendered(`${JSON.stringify(name)}:`, value, indent);
    const before = this.#step === null ? '' : this.#eol + indent;
    const after = isEmpty ? (inside.includes('\n') || this.#step === null ? '' : this.#eol + outer) : ',';
    const at = start + (matchAt(REST_OF_LINE, this.text, start)?.length ?? 0);
    this.#splice(at, at, before + property + after);
  }

  replace(node: Node, value: object): void {
    const rendered = this.#rendered('', value, this.#indentAt(node.offset));
    this.#splice(node.offset, node.offset + node.length, rendered.trimStart());
  }

  remove(object: Node, property: Node): void {
    const end = property.offset + property.length;
    const comma = this.#commaAfter(end);
    const previous = object.children![object.children!.indexOf(property) - 1];
    const start = this.#lineBreakBefore(property.offset, comma ?? end);
    this.#splice(start, comma === null ? end : comma + 1, '');
    const commaBefore =
      previous && comma === null ? this.#commaAfter(previous.offset + previous.length) : null;
    if (commaBefore !== null) this.#splice(commaBefore, commaBefore + 1, '');
    if (object.children!.length > 1) return;
    const empty = /^\{\s*\}/.exec(this.text.slice(object.offset))?.[0];
    if (empty !== undefined) this.#splice(object.offset, object.offset + empty.length, '{}');
  }

  #commaAfter(end: number): number | null {
    const at = end + matchAt(TRIVIA, this.text, end)!.length;
    return this.text[at] === ',' ? at : null;
  }

  /** The start of the line break before a property, where it can go with it, or of the property itself. */
  #lineBreakBefore(offset: number, end: number): number {
    const lineBreak = /\r?\n[ \t]*$/.exec(this.text.slice(0, offset));
    if (lineBreak === null) return offset;
    const { index } = lineBreak;
    const endsLine = /^,?[ \t]*(?:\r?\n|$)/.test(this.text.slice(end));
    // A comment that ends with its line would swallow what follows on ours.
    return endsLine || !this.#endsLineComment(index) ? index : offset;
  }

  #endsLineComment(end: number): boolean {
    return commentsIn(this.text).some(
      ({ offset, length }) => offset + length === end && this.text.startsWith('//', offset),
    );
  }

  #rendered(key: string, value: object, indent: string): string {
    if (this.#step === null) return key + JSON.stringify(value);
    const lines = JSON.stringify(value, null, this.#step).split('\n');
    return `${key} ${lines.join(this.#eol + indent)}`;
  }

  #indentAt(offset: number): string {
    const line = this.text.slice(this.text.lastIndexOf('\n', offset - 1) + 1);
    return /^[ \t]*/.exec(line)![0];
  }

  #splice(start: number, end: number, inserted: string): void {
    this.text = this.text.slice(0, start) + inserted + this.text.slice(end);
  }
}

type Span = Pick<Node, 'offset' | 'length'>;

function commentsIn(text: string): Span[] {
  const found: Span[] = [];
  visit(text, { onComment: (offset, length) => found.push({ offset, length }) });
  return found;
}

function isInside(inner: Span, outer: Span): boolean {
  return inner.offset >= outer.offset && inner.offset + inner.length <= outer.offset + outer.length;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function wordsOf({ error }: ParseError): string {
  const code = printParseErrorCode(error);
  if (code === 'InvalidCommentToken') return 'this client reads no comments';
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

function broken({ file }: ConfigPlace, text: string, offset: number, problem: string): FormatError {
  const { line, column } = positionIn(text, offset);
  return new FormatError('FORMAT_INVALID_CONFIG', `${file}:${line}:${column}: ${problem}`, {
    hint: 'correct the file, and repeat this; it was not changed',
    details: { file, line, column },
  });
}
