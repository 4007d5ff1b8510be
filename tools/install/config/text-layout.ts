// How a text is laid out: its line ends, and where an offset is.

/** The byte-order mark that some editors put first. */
export const MARK = '\ufeff';

/** The line end that the text uses. */
export function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Counted from 1, as editors do. */
export function positionIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
