// What the word under the cursor is: an option, the value of one, a command, or an argument.
import type { Argument, Command, Option } from 'commander';

export interface Spot {
  command: Command;
  /** The word as far as it was typed. */
  typed: string;
  /** What stands before the part that is completed, such as `--format=`. */
  before: string;
  /** What the word is for; a `name` is an option or a command. */
  wanted: { name: true } | { value: Option } | { argument: Argument } | null;
}

/** @param words those after the name of the program; the last one is under the cursor, and may be empty */
export function spotOf(program: Command, words: readonly string[]): Spot {
  let command = program;
  let awaiting: Option | null = null;
  let given = 0;
  let isOperand = false;
  for (const word of words.slice(0, -1)) {
    if (awaiting !== null) awaiting = null;
    else if (!isOperand && word === '--') isOperand = true;
    else if (!isOperand && isFlag(word))
      awaiting = word.includes('=') ? null : optionWithValue(command, word);
    else {
      const inner = given === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (inner !== undefined) command = inner;
      else given++;
    }
  }
  const typed = words.at(-1) ?? '';
  if (awaiting !== null) return { command, typed, before: '', wanted: { value: awaiting } };
  const equals = typed.indexOf('=');
  if (!isOperand && isFlag(typed) && equals > 0) {
    const option = optionWithValue(command, typed.slice(0, equals));
    const wanted = option === null ? null : { value: option };
    return { command, typed: typed.slice(equals + 1), before: typed.slice(0, equals + 1), wanted };
  }
  return { command, typed, before: '', wanted: wantedOf(command, typed, given, isOperand) };
}

function wantedOf(command: Command, typed: string, given: number, isOperand: boolean): Spot['wanted'] {
  if (!isOperand && typed.startsWith('-')) return { name: true };
  if (command.commands.length > 0) return given === 0 ? { name: true } : null;
  const known = command.registeredArguments;
  const argument = known[given] ?? known.findLast((each) => each.variadic);
  return argument === undefined ? null : { argument };
}

function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function optionWithValue(command: Command, name: string): Option | null {
  return command.options.find((each) => each.required && (each.long === name || each.short === name)) ?? null;
}

/** Words as they were typed, of which bash made several at `=` and `:`, and how much of the last is no part of its own. */
export function joinedWords(pieces: readonly string[]): { words: string[]; before: number } {
  const words: string[] = [];
  let before = 0;
  for (const [i, piece] of pieces.entries()) {
    const continues = i > 0 && (isBreak(piece) || isBreak(pieces[i - 1]!));
    before = continues ? words.at(-1)!.length + (isBreak(piece) ? piece.length : 0) : 0;
    if (continues) words.push(`${words.pop()}${piece}`);
    else words.push(piece);
  }
  return { words, before };
}

function isBreak(piece: string): boolean {
  return /^[=:]+$/.test(piece);
}
