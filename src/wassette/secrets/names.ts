// Reads the names in a secrets file as Wassette does: a YAML map of text to text, read by serde_yaml. Values are skipped.
// When the text could be read differently the answer is "unknown", never a guess: if one quote is misread, part of a value
// would become a name.
import { utf8Text } from '../../codec/utf8.ts';
import { pastBlock, pastDoubleQuoted, pastLines, pastPlain, pastSingleQuoted } from './values.ts';

/** Characters that YAML does not allow; Wassette refuses a file that has one anywhere. */
const NOT_YAML = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** More nobody could read. */
const MOST_NAMES = 10_000;
const LINE_BREAKS = /\r\n?|[\x85\u2028\u2029]/g;

const BLANK_LINE = / *(?:#.*)?\n/y;
const DOCUMENT_START = /--- *(?:#.*)?\n/y;
const DOCUMENT_MARK = /(?:---|\.\.\.)(?=[ \t\n])/y;
const LIST_ITEM = /-(?=[ \t\n])/y;
const INDENTATION = / */y;
/** A key with its colon. The parser accepts no key of more than 1,024 bytes; a character has up to four. */
const KEY =
  /(?:(?<plain>[^\s\-?:,[\]{}#&*!|>'"%@`][^\n\t:#]{0,250}?)|"(?<double>[^"\\\n]{0,250})"|'(?<single>(?:[^'\n]|''){0,250})') *:(?=[ \t\n])/y;
const SPACING = /[ \t]*/y;
const LINE_END = /[ \t]*\n|[ \t]+#.*\n/y;
const LINE_END_AFTER_QUOTE = /[ \t]*(?:#.*)?\n/y;

/** Empty when Wassette reads no secret from this; null when it is unknown what it reads. */
export function secretNamesIn(bytes: Uint8Array): readonly string[] | null {
  const text = utf8Text(bytes);
  if (text === undefined || NOT_YAML.test(text)) return [];
  // A byte-order mark counts as a column, and so may or may not spoil what follows.
  if (text.includes('\ufeff')) return null;
  const lines = text.replace(LINE_BREAKS, '\n');
  const names = new SecretsText(lines.endsWith('\n') ? lines : `${lines}\n`).names();
  return names === 'unknown' ? null : names === 'refused' ? [] : [...new Set(names)].sort();
}

class SecretsText {
  #at = 0;

  constructor(private readonly text: string) {}

  names(): readonly string[] | 'refused' | 'unknown' {
    const names: string[] = [];
    this.#skipBlankLines();
    this.#take(DOCUMENT_START);
    let indent: number | null = null;
    for (;;) {
      this.#skipBlankLines();
      if (this.#at === this.text.length) return names;
      const mark = this.#take(DOCUMENT_MARK);
      // A second document is refused.
      if (mark !== null) return mark[0] === '---' ? 'refused' : this.#isOver() ? names : 'unknown';
      const column: number = this.#take(INDENTATION)![0].length;
      if (this.#take(LIST_ITEM) !== null || (indent === null && /[[@`]/.test(this.text[this.#at]!)))
        return 'refused';
      indent ??= column;
      const key = column === indent ? this.#take(KEY)?.groups : undefined;
      if (key === undefined || names.length === MOST_NAMES) return 'unknown';
      names.push(key.plain?.trimEnd() ?? key.double ?? key.single!.replaceAll("''", "'"));
      const end = this.#pastValue(indent);
      if (typeof end === 'string') return end;
      this.#at = end;
    }
  }

  /** The start of the line after a value, which belongs to a key in column `indent`. */
  #pastValue(indent: number): number | 'refused' | 'unknown' {
    if (this.#take(LINE_END) !== null) {
      // The value is further down, or there is none.
      const line = this.#at;
      this.#skipBlankLines();
      if (this.#take(INDENTATION)![0].length <= indent || this.#at === this.text.length) return line;
    } else this.#take(SPACING);
    const { text } = this;
    const first = text[this.#at]!;
    if (first === '|' || first === '>') return pastBlock(text, this.#at, indent);
    if (first === '"' || first === "'") {
      const end = first === '"' ? pastDoubleQuoted(text, this.#at) : pastSingleQuoted(text, this.#at);
      if (typeof end === 'string') return end;
      this.#at = end;
      return this.#take(LINE_END_AFTER_QUOTE) === null ? 'unknown' : this.#at;
    }
    // A collection, a character that must be quoted, or something that is not YAML.
    if (/[[\]{},@`%]/.test(first) || this.#take(LIST_ITEM) !== null) return 'refused';
    return /^[&*!]|^[?:][ \t\n]/.test(text.slice(this.#at, this.#at + 2))
      ? 'unknown'
      : pastPlain(text, this.#at, indent);
  }

  #isOver(): boolean {
    if (this.#take(LINE_END) === null) return false;
    this.#skipBlankLines();
    return this.#at === this.text.length;
  }

  #skipBlankLines(): void {
    this.#at = pastLines(this.text, this.#at, BLANK_LINE);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }
}
