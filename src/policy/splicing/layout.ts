// How the lines of a policy stand: what is refused here cannot be told by whole lines.
import { YamlProblem } from '../../codec/yaml/problem.ts';
import type { YamlList, YamlMap, YamlNode } from '../../codec/yaml/reader.ts';

export const ONE_A_LINE = 'write each entry on lines of its own: "- uri: ...", and below it "access: [read]"';

/** The lines of a policy. Offsets and nodes are those of the reader. */
export class PolicyLayout {
  constructor(private readonly text: string) {}

  afterColon(map: YamlMap, key: string): number {
    return this.text.indexOf(':', map.keyRanges.get(key)![1]) + 1;
  }

  isFlow(node: YamlNode): boolean {
    return node.kind !== 'scalar' && /[[{]/.test(this.text.charAt(node.range[0]));
  }

  assertBlock(node: YamlNode): void {
    if (this.isFlow(node)) throw new YamlProblem(node.line, 'entries stand in brackets', ONE_A_LINE);
  }

  assertNoBlockScalar(node: YamlNode): void {
    if (node.kind !== 'scalar') for (const child of childrenOf(node)) this.assertNoBlockScalar(child);
    else if (/[|>]/.test(this.text.charAt(node.range[0])) && node.range[1] > node.range[0])
      throw new YamlProblem(node.line, 'a text of several lines stands in or above an entry', ONE_A_LINE);
  }

  /** @throws YamlProblem when the dash does not stand before the first key, and alone there */
  dashColumn(item: YamlNode): number {
    const before = this.text.slice(this.lineStart(item.range[0]), item.range[0]);
    if (/^ *- +$/.test(before)) return before.indexOf('-');
    throw new YamlProblem(item.line, 'an entry does not begin on the line of its dash', ONE_A_LINE);
  }

  /** The offset behind the last line of what a node says; comments below it are not its own. @throws YamlProblem */
  afterLinesOf(node: YamlNode): number {
    if (node.kind === 'scalar' || this.isFlow(node)) {
      this.assertNoBlockScalar(node);
      return this.afterLine(node.range[1], node.line);
    }
    const last = childrenOf(node).at(-1)!;
    if (node.kind === 'list' || last.range[1] > last.range[0]) return this.afterLinesOf(last);
    return this.afterLine(this.afterColon(node, [...node.entries.keys()].at(-1)!), last.line);
  }

  afterLine(end: number, line: number): number {
    const rest = /(?: +#[^\n]*| *\r?)(?:\n|$)/y;
    rest.lastIndex = end;
    if (rest.test(this.text)) return rest.lastIndex;
    throw new YamlProblem(line, 'something else stands on the line of an entry', ONE_A_LINE);
  }

  lineStart(offset: number): number {
    return this.text.slice(0, offset).lastIndexOf('\n') + 1;
  }

  column({ range: [start] }: YamlNode): number {
    return start - this.lineStart(start);
  }

  /** How the line before `offset` ends, or else any line. */
  lineEndBefore(offset: number): string {
    return lineEndIn(this.text[offset - 1] === '\n' ? this.text.slice(offset - 2, offset) : this.text);
  }
}

export function lineEndIn(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function indented(text: string, by: number): string {
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

export function childrenOf(node: YamlList | YamlMap): YamlNode[] {
  return node.kind === 'list' ? [...node.items] : [...node.entries.values()];
}
