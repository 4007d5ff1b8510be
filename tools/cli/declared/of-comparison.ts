// The commands that are about several states: what differs between them, and what they are together.
import { type Command, Option } from 'commander';
import { answer } from '../answer.ts';
import { HTTP_FLAGS, OVERLAY_FLAGS } from '../commands/flags.ts';
import { list } from '../options/values.ts';
import { addFlags, COMPRESSION, commandIn, SNAPSHOT } from './declaring.ts';

export function declareComparingCommands(program: Command): void {
  addFlags(commandIn(program, 'diff', 'Compare two states: exit code 0 when they are equal, 1 when not'), {
    ...OVERLAY_FLAGS,
    ...HTTP_FLAGS,
  })
    .argument('<from>', `${SNAPSHOT}; the options about directories and entries are about it`)
    .argument('[to]', 'the same; this host when left out')
    .addOption(
      new Option(
        '--format <format>',
        'text when left out; markdown is for a pull request, sarif for code scanning, html a page',
      )
        .choices(['text', 'markdown', 'json', 'sarif', 'html'])
        .conflicts(['json', 'quiet']),
    )
    .option('--json', 'print the difference as JSON: --format json')
    .action(async (from: string, to: string | undefined, options) => {
      answer(!(await (await import('../commands/snapshots/diff.ts')).runDiff(from, to, options)));
    });

  commandIn(program, 'merge', 'Join what two snapshots changed: exit code 1 where they are in conflict')
    .argument(
      '<snapshots...>',
      'BASE OURS THEIRS, or OURS THEIRS where they were not made from one: digests, names, files, or where they are on another machine',
    )
    .requiredOption(
      '-o, --output <place>',
      'where the result goes: a .json file, a name for the local store, or a place on another machine',
    )
    .option('--ours <ids>', 'settle conflicts about these components: as ours has them', list)
    .option('--theirs <ids>', 'as theirs has them', list)
    .option('--narrower <ids>', 'with what both allow', list)
    .option('--include-binaries', 'put the code into a file although ours has none')
    .option('--no-include-binaries', 'leave the code out of a file')
    .option(...COMPRESSION)
    .option('--json', 'print the result, or the conflicts, as JSON')
    .action(async (references: string[], options) => {
      answer(!(await (await import('../commands/snapshots/merge.ts')).runMerge(references, options)));
    });
}
