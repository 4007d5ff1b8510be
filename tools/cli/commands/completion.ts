// `wassette-state completion`: prints the script for a shell. And what that script calls, `complete`: answers with what can
// stand at the cursor.
import type { Command } from 'commander';
import { bashLine, continued } from '../completion/bash-line.ts';
import { type Candidates, candidatesFor } from '../completion/candidates.ts';
import { pathsAt } from '../completion/paths.ts';
import { SCRIPTS, type Shell } from '../completion/scripts.ts';
import { print, printColumns } from '../terminal.ts';

export function runCompletion(shell: Shell): void {
  print(SCRIPTS[shell].trimEnd());
}

/**
 * Prints a value a line, and what it is behind a tab. Before them bash is told which paths are among them, and zsh, which lists
 * paths itself, which can stand there and what stands before them in the word.
 * @param given of bash the line up to the cursor, and from where it will replace that; of the others the words
 */
export async function runComplete(program: Command, shell: Shell, given: readonly string[]): Promise<void> {
  if (shell === 'bash') return completeInBash(program, given);
  const found = await candidatesFor(program, given);
  if (shell === 'zsh') printColumns(found.paths, found.before);
  for (const { value, says } of found.values) printColumns(value, says);
  if (shell === 'fish') for (const value of await pathsOf(found)) printColumns(value, '');
}

async function completeInBash(program: Command, [text = '', word = '']: readonly string[]): Promise<void> {
  const line = bashLine(text);
  const words = line.words.slice(1);
  const found = line.isRedirection
    ? ({ values: [], paths: 'files', before: '', typed: words.at(-1) ?? '' } as const)
    : await candidatesFor(program, words);
  const typed = `${found.before}${found.typed}`;
  const values = [...found.values.map(({ value }) => value), ...(await pathsOf(found))];
  const written = values.map((value) => continued(word, line, value.slice(typed.length)));
  print(found.paths);
  for (const each of written) if (each !== null) print(each);
}

async function pathsOf({ paths, before, typed }: Candidates): Promise<string[]> {
  if (paths === 'none') return [];
  return (await pathsAt(typed, paths)).map((each) => `${before}${each}`);
}
