// `wassette-state completion`: prints the script for a shell. And what that script calls, `complete`: answers with what can
// stand at the cursor.
import type { Command } from 'commander';
import { type Candidates, candidatesFor } from '../completion/candidates.ts';
import { SCRIPTS, type Shell } from '../completion/scripts.ts';
import { joinedWords } from '../completion/spot.ts';
import { print, printColumns } from '../terminal.ts';

export function runCompletion(shell: Shell): void {
  print(SCRIPTS[shell].trimEnd());
}

/** Prints on the first line which paths can stand there, then a value a line, and what it is behind a tab. */
export async function runComplete(program: Command, shell: Shell, pieces: readonly string[]): Promise<void> {
  const { words, before } = shell === 'bash' ? joinedWords(pieces) : { words: pieces, before: 0 };
  const { values, paths } = await candidatesFor(program, words).catch(() => NOTHING_KNOWN);
  print(paths);
  for (const { value, says } of values) printColumns(value.slice(before), says);
}

/** Where something cannot be read: nobody can be told at the cursor. */
const NOTHING_KNOWN: Candidates = { values: [], paths: 'files' };
