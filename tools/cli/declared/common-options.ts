// The options that every command has: about directories those at which it looks, and about its output.
import type { Command } from 'commander';
import { locationFlagsOf } from '../commands/flags.ts';
import { addFlags } from './declaring.ts';

/** Without the name of the program. */
function wordsOf(command: Command): string[] {
  return command.parent === null ? [] : [...wordsOf(command.parent), command.name()];
}

/** Last, so that what a command alone has stands first in its help. */
export function addCommonOptions(to: Command): void {
  for (const inner of to.commands) addCommonOptions(inner);
  if (to.commands.length > 0) return;
  const own = new Set(to.options.map(({ long }) => long));
  const others = Object.entries(locationFlagsOf(wordsOf(to))).filter(([name]) => !own.has(`--${name}`));
  addFlags(to, Object.fromEntries(others));
  to.option('-q, --quiet', 'print only the answer, what has to be decided, and warnings');
  to.option('--no-color', 'no colours, as with NO_COLOR');
}
