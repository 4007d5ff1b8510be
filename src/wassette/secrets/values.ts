// Finds where the value of a secret ends, without interpreting it. Each function returns the position after it, or 'refused'
// when Wassette would refuse the file, or 'unknown'. Every text ends with a line end, and all line ends are LF.

export type End = number | 'refused' | 'unknown';

const EMPTY_LINE = / *\n/y;
const MARK_INSIDE = /\n(?:---|\.\.\.)[ \t\n]/;
const ESCAPE =
  /\\(?:[0abt\tnvfre "/\\N_LP\n]|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})/iy;
const BLOCK_HEADER = /[|>](?:[-+]?([1-9])|([1-9])[-+]|[-+])?[ \t]*(?:[ \t]#.*)?\n/y;

/** The start of the first line that is not as `line`, a sticky pattern with its line end. One by one: there may be millions. */
export function pastLines(text: string, start: number, line: RegExp): number {
  let at = start;
  for (line.lastIndex = at; line.test(text); line.lastIndex = at) at = line.lastIndex;
  return at;
}

/** From the opening quote to behind the closing one. */
export function pastDoubleQuoted(text: string, start: number): End {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === 0x22) return pastQuoted(text, start, at + 1);
    if (sign !== 0x5c) continue;
    ESCAPE.lastIndex = at;
    const found = ESCAPE.exec(text);
    if (found === null) return 'unknown';
    at += found[0].length - 1;
  }
  return 'refused';
}

/** From the opening quote to behind the closing one; two quotes in a row are one of the text. */
export function pastSingleQuoted(text: string, start: number): End {
  for (let at = text.indexOf("'", start + 1); at >= 0; at = text.indexOf("'", at + 2))
    if (text[at + 1] !== "'") return pastQuoted(text, start, at + 1);
  return 'refused';
}

/** Lines of a quoted text need no indentation, but none may look like the mark of a document. */
function pastQuoted(text: string, start: number, end: number): End {
  return MARK_INSIDE.test(text.slice(start, end)) ? 'refused' : end;
}

/** From the first character to the start of the next line. */
export function pastPlain(text: string, start: number, indent: number): End {
  for (let at = start; ; ) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end);
    const comment = line.search(/[ \t]#/);
    // A nested key, or a key where none is allowed.
    if (/:(?:[ \t]|$)/.test(comment < 0 ? line : line.slice(0, comment))) return 'refused';
    const next = pastLines(text, end + 1, EMPTY_LINE);
    const column = columnAt(text, next);
    if (comment >= 0 || next === text.length || column <= indent) return end + 1;
    at = next + column;
    if (text[at] === '#') return end + 1;
    if (text[at] === '\t') return 'unknown';
  }
}

/** From `|` or `>` to the start of the line after the block. */
export function pastBlock(text: string, start: number, parentIndent: number): End {
  BLOCK_HEADER.lastIndex = start;
  const header = BLOCK_HEADER.exec(text);
  if (header === null) return 'unknown';
  const given = header[1] ?? header[2];
  let indent = given === undefined ? null : parentIndent + Number(given);
  let widest = parentIndent + 1;
  let at = BLOCK_HEADER.lastIndex;
  while (at < text.length) {
    const column = columnAt(text, at);
    const isBlank = text[at + column] === '\n';
    if (isBlank) widest = Math.max(widest, column);
    else indent ??= Math.max(widest, column);
    if (!isBlank && column < indent!) return text[at + column] === '\t' ? 'unknown' : at;
    at = text.indexOf('\n', at) + 1;
  }
  return at;
}

function columnAt(text: string, lineStart: number): number {
  let at = lineStart;
  while (text[at] === ' ') at++;
  return at - lineStart;
}
