// What the parser of the command line refuses, as an error like any other: with a code and a hint.
import type { CommanderError } from 'commander';
import { safeText } from '../../src/codec/safe-text.ts';
import { nearest } from '../../src/codec/suggestion.ts';
import { UsageError } from '../../src/errors.ts';
import { commandWords } from './declared/names.ts';

/** It ends with what is right, or with a guess at what was meant. */
const INVALID = /^(.*? is invalid(?: for argument '[^']*')?)\. (.*)$/s;
const GUESS = /\n\((Did you mean .*\?)\)$/;

/** @param args those of the program */
export function usageErrorOf(error: CommanderError, args: readonly string[]): UsageError {
  const words = commandWords(args);
  if (error.code === 'commander.help') return withoutCommand(words);
  const message = error.message.replace(/^error: /, '').replace(/^command-argument value/, 'argument');
  const [, problem = message.replace(GUESS, ''), right] = INVALID.exec(message) ?? [];
  const guess = GUESS.exec(message)?.[1] ?? guessOf(problem);
  const known = error.code === 'commander.unknownCommand' ? words.slice(0, -1) : words;
  const help = `${['wassette-state', ...known].join(' ')} --help says what there is`;
  const hint = right ?? guess ?? adviceOn(error, args) ?? help;
  return new UsageError('USAGE_BAD_ARGUMENT', problem, { hint: sentence(hint) });
}

/** The parser has printed the help of the command then. */
function withoutCommand(words: readonly string[]): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', `a command is missing after ${words.join(' ')}`, {
    hint: 'which there are stands above',
  });
}

/** @param args from the command on */
export function behindOptions(args: readonly string[], option: string): UsageError {
  const words = commandWords(args).join(' ');
  return new UsageError('USAGE_BAD_ARGUMENT', `${words} is a command, and options stand behind it`, {
    hint: `write it as in: wassette-state ${words} ${safeText(option.split('=', 1)[0]!, 100)} …`,
  });
}

/** An option without a command before it is one of `serve`, beside which the parser does not know those of the program. */
function guessOf(problem: string): string | null {
  const [, option] = /^unknown option '(--[^'=]*)/.exec(problem) ?? [];
  const near = option === undefined ? null : nearest(option, ['--version', '--help']);
  return near === null ? null : `did you mean ${near}?`;
}

/** Lists were once written with spaces, `--components a b`. */
function adviceOn({ code }: CommanderError, args: readonly string[]): string | null {
  if (code !== 'commander.excessArguments' || !args.includes('--components')) return null;
  return 'several ids are one value, with commas: --components a,b';
}

/** As our hints are written: without a capital, and without a full stop. */
function sentence(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}
