// What the word under the cursor is: an option, the value of one, a command, or an argument.
import type { Argument, Command, Option } from 'commander';

export interface Spot {
  command: Command;
  /** The arguments before it. */
  given: readonly string[];
  /** The word as far as it was typed. */
  typed: string;
  /** What stands before the part that is completed, such as `--format=`. */
  before: string;
  /** What the word is for; a `name` is an option or a command. */
  wanted: { name: true } | { value: Option } | { argument: Argument } | null;
}

/** Options whose value is a pair of paths, or ends with one. */
const PATH_PAIRS = /<(?:from=to|uri=path)>$/;

/** @param words those after the name of the program; the last one is under the cursor, and may be empty */
export function spotOf(program: Command, words: readonly string[]): Spot {
  let command = program;
  let awaiting: Option | null = null;
  const given: string[] = [];
  let isOperand = false;
  for (const word of words.slice(0, -1)) {
    if (awaiting !== null) awaiting = null;
    else if (!isOperand && word === '--') isOperand = true;
    else if (!isOperand && isFlag(word))
      awaiting = word.includes('=') ? null : optionWithValue(command, word);
    else {
      const inner = given.length === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (inner !== undefined) command = inner;
      else given.push(word);
    }
  }
  const typed = words.at(-1) ?? '';
  if (awaiting !== null) return { command, given, ...valueAt(awaiting, typed, '') };
  const equals = typed.indexOf('=');
  if (!isOperand && isFlag(typed) && equals > 0) {
    const option = optionWithValue(command, typed.slice(0, equals));
    return { command, given, ...valueAt(option, typed.slice(equals + 1), typed.slice(0, equals + 1)) };
  }
  return { command, given, typed, before: '', wanted: wantedOf(command, typed, given.length, isOperand) };
}

function wantedOf(command: Command, typed: string, given: number, isOperand: boolean): Spot['wanted'] {
  if (!isOperand && typed.startsWith('-')) return { name: true };
  if (command.commands.length > 0) return given === 0 ? { name: true } : null;
  const known = command.registeredArguments;
  const argument = known[given] ?? known.findLast((each) => each.variadic);
  return argument === undefined ? null : { argument };
}

/** Of a pair such as `from=to` it is the second part that is on this machine. */
function valueAt(option: Option | null, typed: string, before: string): Omit<Spot, 'command' | 'given'> {
  const wanted = option === null ? null : { value: option };
  const isPair = option !== null && PATH_PAIRS.test(option.flags);
  const begin = isPair ? typed.indexOf('=') + 1 : 0;
  return { typed: typed.slice(begin), before: `${before}${typed.slice(0, begin)}`, wanted };
}

function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function optionWithValue(command: Command, name: string): Option | null {
  return command.options.find((each) => each.required && (each.long === name || each.short === name)) ?? null;
}
