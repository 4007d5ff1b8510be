// Which characters a YAML text may have: none that only some parsers treat as a line end, and none that are invisible.
import { YamlProblem } from './problem.ts';

/**
 * The first character that is not allowed, or a carriage return that is not part of CR LF.
 * Line separators end a comment in libyaml only; other controls and most noncharacters make it give up.
 */
const NOT_ALLOWED =
  /\r(?!\n)|[^\t\r\n\x20-\x7e\xa0-\u{10ffff}]|[\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/** In values these are escaped when shown; in a comment they could make it look like something else. */
const ONLY_IN_VALUES = /\p{Bidi_Control}|\p{Noncharacter_Code_Point}/u;

/** Characters that cannot be seen: no name that is granted may contain one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

/** @throws YamlProblem */
export function assertCharacters(text: string): void {
  const found = NOT_ALLOWED.exec(text);
  if (found !== null) throw notAllowed(found[0], lineOf(text, found.index));
}

/** @throws YamlProblem for a character that may be in a value, but not in a comment @param line where `text` begins */
export function assertCommentCharacters(text: string, line: number): void {
  const found = ONLY_IN_VALUES.exec(text);
  if (found !== null) throw notAllowed(found[0], line);
}

function notAllowed(character: string, line: number): YamlProblem {
  return new YamlProblem(
    line,
    `the character U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} is not allowed`,
    'save the file as UTF-8 without a byte-order mark, with LF or CR LF line ends, and remove control characters',
  );
}

/** Whether `text` has a character that a reader cannot see. */
export function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
