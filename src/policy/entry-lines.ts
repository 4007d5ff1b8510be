// Where the entries of a policy stand in its text, line by line. What cannot be told by whole lines is refused.
import { YamlProblem } from '../codec/yaml/problem.ts';
import type { YamlList, YamlMap, YamlNode, YamlRange } from '../codec/yaml/reader.ts';
import { isNull } from '../codec/yaml/scalars.ts';

const ONE_A_LINE = 'write each entry on lines of its own: "- uri: ...", and below it "access: [read]"';

/** Text from one offset to another that becomes something else. */
export interface Splice {
  range: YamlRange;
  text: string;
}

/** Between two lines, where entries may be put. */
interface Gap {
  offset: number;
  /** How far what comes there is indented. */
  indent: number;
  /** The keys that have to come first, outermost first. */
  missing: readonly string[];
  /** What has to go: `[]`, `{}` or `null`. */
  emptied: YamlRange | null;
}

/** The lines of a policy. Offsets and nodes are those of the reader. */
export class EntryLines {
  constructor(
    private readonly text: string,
    private readonly policy: YamlMap,
  ) {}

  /**
   * The lines of an entry, with their ends, the comments on them and those directly above; those above the first may be
   * about all of them.
   * @throws YamlProblem
   */
  ofEntry(list: YamlList, index: number): YamlRange {
    const item = list.items[index]!;
    this.#assertBlock(list);
    this.#assertNoBlockScalar(item);
    const column = this.#dashColumn(item);
    const line = this.#lineStart(item.range[0]);
    const start = index === 0 ? line : startWithComments(this.text, line, column);
    return [start, this.#afterLinesOf(item)];
  }

  /** The same as text that fits into any list: with LF, and the dash at the margin. @throws YamlProblem */
  entryText(list: YamlList, index: number): string {
    const lines = this.text.slice(...this.ofEntry(list, index)).trimEnd();
    const margin = this.#dashColumn(list.items[index]!);
    return lines
      .split(/\r?\n/)
      .map((line) => `${outdented(line, margin)}\n`)
      .join('');
  }

  /**
   * Entries, as `entryText` gives them, in place of one. The comments above a first one stay, without those of what comes.
   * @throws YamlProblem
   */
  replacedEntry(list: YamlList, index: number, entries: string, areCommentsKept: boolean): Splice {
    const item = list.items[index]!;
    const [withComments, after] = this.ofEntry(list, index);
    const isKept = areCommentsKept || index === 0;
    const end = this.#lineEndBefore(after);
    const now = isKept ? entries.replace(/^(?:#.*\n)+/, '') : entries;
    const lines = indented(now, this.#dashColumn(item)).replaceAll('\n', end);
    return {
      range: [isKept ? this.#lineStart(item.range[0]) : withComments, after],
      text: this.text[after - 1] === '\n' ? lines : lines.slice(0, -end.length),
    };
  }

  /** What a value of one line becomes, in the quotes that it had. @throws YamlProblem */
  replaced(value: YamlNode, text: string): Splice {
    this.#assertNoBlockScalar(value);
    const first = this.text.charAt(value.range[0]);
    return { range: value.range, text: written(text, first === '"' || first === "'" ? first : null) };
  }

  /** `[]` behind the key of a list that loses all its entries. */
  emptied(parent: YamlMap, key: string): Splice {
    const after = this.#afterColon(parent, key);
    return { range: [after, after], text: ' []' };
  }

  /** Entries, as `entryText` gives them, at the end of the list at `path`. @throws YamlProblem */
  added(path: readonly string[], entries: string): Splice[] {
    const { offset, indent, missing, emptied } = this.#gapAt(path);
    const keys = missing.map((key, depth) => `${' '.repeat(indent + depth * this.#step())}${key}:\n`);
    const inside = missing.length === 0 ? 0 : (missing.length - 1) * this.#step() + this.#dashStep();
    const lines = indented(entries, indent + inside);
    const end = this.#lineEndBefore(offset);
    const added = `${keys.join('')}${lines}`.replaceAll('\n', end);
    const isUnended = this.text[offset - 1] !== '\n';
    const text = isUnended ? `${end}${added.slice(0, -end.length)}` : added;
    return [...(emptied === null ? [] : [{ range: emptied, text: '' }]), { range: [offset, offset], text }];
  }

  #gapAt(path: readonly string[]): Gap {
    let map = this.policy;
    for (const [depth, key] of path.entries()) {
      this.#assertBlock(map);
      const node = map.entries.get(key);
      const missing = path.slice(depth);
      if (node === undefined)
        return { offset: this.#afterLinesOf(map), indent: this.#column(map), missing, emptied: null };
      if (isEmpty(node)) return this.#gapBelow(map, key, node, missing.slice(1));
      if (node.kind === 'map') map = node;
      else if (node.kind === 'list' && missing.length === 1) return this.#gapAtEndOf(node);
    }
    throw new YamlProblem(map.line, 'a list is missing where entries belong', ONE_A_LINE);
  }

  #gapAtEndOf(list: YamlList): Gap {
    this.#assertBlock(list);
    const indent = this.#dashColumn(list.items.at(-1)!);
    return { offset: this.#afterLinesOf(list), indent, missing: [], emptied: null };
  }

  /** Below the line of a key that has nothing: `allow: []`, `storage: {}`, `network: null` or `network:`. */
  #gapBelow(map: YamlMap, key: string, node: YamlNode, missing: readonly string[]): Gap {
    const after = this.#afterColon(map, key);
    const isWritten = node.range[1] > node.range[0];
    const end = isWritten ? node.range[1] : after;
    const step = missing.length === 0 ? this.#dashStep() : this.#step();
    return {
      offset: this.#afterLine(end, node.line),
      indent: this.#column(map) + step,
      missing,
      emptied: isWritten ? [after, end] : null,
    };
  }

  /** By how much this policy indents its sections. */
  #step(): number {
    const permissions = this.policy.entries.get('permissions');
    if (permissions?.kind !== 'map' || this.#isFlow(permissions)) return 2;
    return this.#column(permissions) - this.#column(this.policy);
  }

  /** By how much it indents a dash below the key of its list: not at all in what Wassette writes. */
  #dashStep(): number {
    return this.#dashStepIn(this.policy) ?? this.#step();
  }

  #dashStepIn(map: YamlMap): number | null {
    for (const node of map.entries.values()) {
      if (node.kind === 'scalar' || this.#isFlow(node)) continue;
      const step = node.kind === 'list' ? this.#column(node) - this.#column(map) : this.#dashStepIn(node);
      if (step !== null) return step;
    }
    return null;
  }

  #afterColon(map: YamlMap, key: string): number {
    return this.text.indexOf(':', map.keyRanges.get(key)![1]) + 1;
  }

  #isFlow(node: YamlNode): boolean {
    return node.kind !== 'scalar' && /[[{]/.test(this.text.charAt(node.range[0]));
  }

  #assertBlock(node: YamlNode): void {
    if (this.#isFlow(node)) throw new YamlProblem(node.line, 'entries stand in brackets', ONE_A_LINE);
  }

  #assertNoBlockScalar(node: YamlNode): void {
    if (node.kind !== 'scalar') for (const child of childrenOf(node)) this.#assertNoBlockScalar(child);
    else if (/[|>]/.test(this.text.charAt(node.range[0])) && node.range[1] > node.range[0])
      throw new YamlProblem(node.line, 'a text of several lines stands in or above an entry', ONE_A_LINE);
  }

  /** @throws YamlProblem when the dash does not stand before the first key, and alone there */
  #dashColumn(item: YamlNode): number {
    const before = this.text.slice(this.#lineStart(item.range[0]), item.range[0]);
    if (/^ *- +$/.test(before)) return before.indexOf('-');
    throw new YamlProblem(item.line, 'an entry does not begin on the line of its dash', ONE_A_LINE);
  }

  /** The offset behind the last line of what a node says; comments below it are not its own. @throws YamlProblem */
  #afterLinesOf(node: YamlNode): number {
    if (node.kind === 'scalar' || this.#isFlow(node)) {
      this.#assertNoBlockScalar(node);
      return this.#afterLine(node.range[1], node.line);
    }
    const last = childrenOf(node).at(-1)!;
    if (node.kind === 'list' || last.range[1] > last.range[0]) return this.#afterLinesOf(last);
    return this.#afterLine(this.#afterColon(node, [...node.entries.keys()].at(-1)!), last.line);
  }

  #afterLine(end: number, line: number): number {
    const rest = /(?: +#[^\n]*| *\r?)(?:\n|$)/y;
    rest.lastIndex = end;
    if (rest.test(this.text)) return rest.lastIndex;
    throw new YamlProblem(line, 'something else stands on the line of an entry', ONE_A_LINE);
  }

  #lineStart(offset: number): number {
    return this.text.slice(0, offset).lastIndexOf('\n') + 1;
  }

  #column({ range: [start] }: YamlNode): number {
    return start - this.#lineStart(start);
  }

  /** How the line before `offset` ends, or else any line. */
  #lineEndBefore(offset: number): string {
    const before = this.text.slice(0, offset);
    return (before.endsWith('\n') ? before : this.text).includes('\r\n') ? '\r\n' : '\n';
  }
}

/** Text that every reader takes as it stands, outside of brackets and inside. */
const PLAIN = /^[A-Za-z][\w/.+@=~%-]*(?::[\w/.+@=~%-]+)*$/;

function written(text: string, quote: '"' | "'" | null): string {
  if (quote === '"') return JSON.stringify(text);
  return quote === null && PLAIN.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

/** A comment may stand further out than what it is in. */
export function outdented(line: string, margin: number): string {
  return line.slice(0, margin).trim() === '' ? line.slice(margin) : line.trimStart();
}

/**
 * Where a line begins with the comment lines directly above it that begin in its own column: they are about it. No value
 * that is read has such lines in it.
 */
export function startWithComments(text: string, line: number, column: number): number {
  const opening = `${' '.repeat(column)}#`;
  let start = line;
  while (start > 0) {
    const above = text.lastIndexOf('\n', start - 2) + 1;
    if (above === start || !text.startsWith(opening, above)) break;
    start = above;
  }
  return start;
}

function childrenOf(node: YamlList | YamlMap): YamlNode[] {
  return node.kind === 'list' ? [...node.items] : [...node.entries.values()];
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === 'scalar' ? isNull(node) : childrenOf(node).length === 0;
}
