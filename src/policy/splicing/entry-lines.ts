// Where the entries of a policy stand in its text, line by line. What cannot be told by whole lines is refused.
import type { YamlList, YamlMap, YamlNode, YamlRange } from '../../codec/yaml/reader.ts';
import { indented, outdented, PolicyLayout, startWithComments } from './layout.ts';

/** Text from one offset to another that becomes something else. */
export interface Splice {
  range: YamlRange;
  text: string;
}

/** Comments with their `#`, or all of them where nobody can tell. */
export type ListComments = ReadonlySet<string> | 'all';

/** The lines of a policy. Offsets and nodes are those of the reader. */
export class EntryLines {
  readonly #layout: PolicyLayout;

  /** @param ofLists comments that are about the whole list when they stand above its first entry */
  constructor(
    private readonly text: string,
    private readonly ofLists: ListComments,
  ) {
    this.#layout = new PolicyLayout(text);
  }

  /**
   * The lines of an entry, with their ends, the comments on them and those directly above that are about it.
   * @throws YamlProblem
   */
  ofEntry(list: YamlList, index: number): YamlRange {
    const item = list.items[index]!;
    this.#layout.assertBlock(list);
    this.#layout.assertNoBlockScalar(item);
    const line = this.#layout.lineStart(item.range[0]);
    const above = startWithComments(this.text, line, this.#layout.dashColumn(item));
    return [index === 0 ? this.#behindThoseOfTheList(above, line) : above, this.#layout.afterLinesOf(item)];
  }

  /** The last of the comments that are about a list ends what is about it; lines without a word go with those above. */
  #behindThoseOfTheList(above: number, line: number): number {
    let start = line;
    let at = line;
    for (const comment of this.text
      .slice(above, line)
      .split(/(?<=\n)/)
      .reverse()) {
      at -= comment.length;
      const words = comment.trim();
      if (words === '#') continue;
      if (this.ofLists === 'all' || this.ofLists.has(words)) return start;
      start = at;
    }
    return start;
  }

  /** The same as text that fits into any list: with LF, and the dash at the margin. @throws YamlProblem */
  entryText(list: YamlList, index: number): string {
    const lines = this.text.slice(...this.ofEntry(list, index)).trimEnd();
    const margin = this.#layout.dashColumn(list.items[index]!);
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
    const end = this.#layout.lineEndBefore(after);
    const now = isKept ? entries.replace(/^(?:#.*\n)+/, '') : entries;
    const lines = indented(now, this.#layout.dashColumn(item)).replaceAll('\n', end);
    return {
      range: [isKept ? this.#layout.lineStart(item.range[0]) : withComments, after],
      text: this.text[after - 1] === '\n' ? lines : lines.slice(0, -end.length),
    };
  }

  /** What a value of one line becomes, in the quotes that it had. @throws YamlProblem */
  replaced(value: YamlNode, text: string): Splice {
    this.#layout.assertNoBlockScalar(value);
    const first = this.text.charAt(value.range[0]);
    return { range: value.range, text: written(text, first === '"' || first === "'" ? first : null) };
  }

  /** `[]` behind the key of a list that loses all its entries. */
  emptied(parent: YamlMap, key: string): Splice {
    const after = this.#layout.afterColon(parent, key);
    return { range: [after, after], text: ' []' };
  }
}

/** Text that every reader takes as it stands, outside of brackets and inside. */
const PLAIN = /^[A-Za-z][\w/.+@=~%-]*(?::[\w/.+@=~%-]+)*$/;

function written(text: string, quote: '"' | "'" | null): string {
  if (quote === '"') return JSON.stringify(text);
  return quote === null && PLAIN.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
