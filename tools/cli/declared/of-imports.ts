// The commands that plan an import here: one applies it, the other shows it.
import { type Command, Option } from 'commander';
import { IMPORT_FLAGS } from '../commands/flags.ts';
import { collected, list, pairList } from '../options/values.ts';
import { addFlags, commandIn, SNAPSHOT } from './declaring.ts';

export function declareImportCommands(program: Command): void {
  const importing = commandIn(program, 'import', 'Review a snapshot, and restore it when you agree');
  planning(importing)
    .option('--dry-run', 'show the plan and its digest, and change nothing')
    .option(
      '--approve <digest>',
      'apply exactly the plan with this digest, or its first 12 digits (from --dry-run), without asking',
    )
    .option('-y, --yes', 'apply without asking, whatever it allows');
  checking(importing).action(async (snapshot, options) =>
    (await import('../commands/import.ts')).runImport(snapshot, options),
  );

  const reviewing = commandIn(
    program,
    'review',
    'Show what an import would do here as a page, and change nothing',
  );
  planning(reviewing)
    .option('--html <file>', 'where the page goes, - for standard output (default: a new temporary file)')
    .option('--open', 'open it in the browser');
  checking(reviewing).action(async (snapshot, options) =>
    (await import('../commands/import.ts')).runReview(snapshot, options),
  );
}

/** What is imported, and how. */
function planning(command: Command): Command {
  return addFlags(command, IMPORT_FLAGS)
    .argument('<snapshot>', SNAPSHOT)
    .option('--components <ids>', 'only these components: ids, comma-separated', list)
    .option('--skip-existing', 'do not touch components that this host already has')
    .option('--remove-extra', 'remove components that only this host has')
    .option(
      '--allow-grant <id=uri>',
      'accept this storage grant or network host, which imports otherwise refuse; more after commas, or repeatable',
      pairList('id=uri'),
    )
    .option('--include-secrets', 'import the secrets that the snapshot carries, too')
    .option('--identity <file>', 'an age identity that opens them; repeatable', collected)
    .option('--passphrase-file <file>', 'the passphrase of the identity, or with which they were sealed');
}

function checking(command: Command): Command {
  return command
    .option('--verify', 'check every byte before the review, not only before the first change')
    .addOption(new Option('--no-verify').hideHelp())
    .option('--force', 'continue even though a Wassette is running on the directory')
    .option('--json', 'print the plan or result as JSON');
}
