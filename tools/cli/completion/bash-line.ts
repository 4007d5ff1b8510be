// A command line as it stands in bash up to the cursor: taken apart as bash does, and nothing in it run. (What bash itself
// hands out is still quoted, and split at characters such as @ and =.)

export interface BashLine {
  /** Without quotes, and without where input and output go; the last is under the cursor, and may be empty. */
  words: readonly string[];
  /** The quote in which the cursor is. */
  quote: Quote;
  /** Whether the word under the cursor says where input or output goes. */
  isRedirection: boolean;
  /** Whether it holds what bash puts something else in place of, or the beginning of that. A variable is known by its value. */
  isReplaced: boolean;
}

type Quote = '' | "'" | '"' | "$'";

/** What is read at once, in quotes and outside. */
const PIECES: Record<Quote, RegExp> = {
  "'": /(?<end>')|[^']+/y,
  "$'": /(?<end>')|\\(?<escaped>.?)|./sy,
  '"': /(?<end>")|\\(?<escaped>[$`"\\]|$)|\$(?:[A-Za-z_]\w*(?=\W)|\{\w+\})|(?<replaced>`[^`]*`?|[$!])|./sy,
  '': /(?<space>\s+)|(?<begin>\$?['"])|(?<operator>&?[<>]+[&|]?)|\\(?<escaped>.?)|\$(?:[A-Za-z_]\w*(?=\W)|\{\w+\})|(?<replaced>`[^`]*`?|\$\([^)]*\)?|[$!])|./sy,
};

export function bashLine(text: string): BashLine {
  const words: string[] = [];
  let word: string | null = null;
  let quote: Quote = '';
  let isRedirection = false;
  let isReplaced = false;
  const endWord = () => {
    if (word !== null && !isRedirection) words.push(word);
    if (word !== null) isRedirection = false;
    word = null;
    isReplaced = false;
  };
  for (let at = 0; at < text.length; ) {
    const pieces = PIECES[quote];
    pieces.lastIndex = at;
    const [piece, groups] = nextOf(pieces, text);
    at += piece.length;
    if (groups.end !== undefined) quote = '';
    else if (groups.space !== undefined) endWord();
    else if (groups.operator !== undefined) {
      if (word !== null && /^\d+$/.test(word)) word = null; // as in 2>
      endWord();
      isRedirection = true;
    } else if (groups.begin !== undefined) {
      quote = groups.begin === '$"' ? '"' : (groups.begin as Quote);
      word ??= '';
    } else {
      isReplaced ||= groups.replaced !== undefined;
      word = `${word ?? ''}${groups.escaped ?? piece}`;
    }
  }
  return { words: [...words, word ?? ''], quote, isRedirection, isReplaced };
}

function nextOf(pieces: RegExp, text: string): [string, Record<string, string | undefined>] {
  const found = pieces.exec(text)!; // each takes any character
  return [found[0], found.groups ?? {}];
}

/**
 * Bash's word under the cursor with more of it; what was typed stays as it is. Null for what cannot be written there.
 * @param word from where bash will replace it, as it was typed @param more without quotes
 */
export function continued(word: string, { quote, isReplaced }: BashLine, more: string): string | null {
  if (isReplaced || quote === "$'") return null; // it would become part of what is run
  if (quote === "'") return more.includes("'") ? null : `${word}${more}`;
  const kept = /(?<!\\)(\\\\)*\\$/.test(word) ? word.slice(0, -1) : word;
  // Bash keeps a backslash before ! in double quotes, and closes no quotes behind a quote.
  if (quote === '"') return /!|"$/.test(more) ? null : `${kept}${more.replaceAll(/[$`"\\]/g, '\\$&')}`;
  return `${kept}${more.replaceAll(/[\s!"#$&'()*;<>?[\\\]^`{|}~]/g, '\\$&')}`;
}
