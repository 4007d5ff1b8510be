// The commands of the local store.
import type { Command } from 'commander';
import { commandIn } from './declaring.ts';

export function declareStoreCommands(program: Command): void {
  const store = program.command('store').description('The snapshots kept on this machine').exitOverride();
  commandIn(store, 'list', 'List the snapshots in the local store, newest first')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('../commands/store.ts')).runStoreList(options));
  commandIn(
    store,
    'remove',
    'Forget a name, or by its digest a snapshot with all its names; prune frees the space',
  )
    .argument('<snapshot>', 'a name, a digest or its first digits')
    .option('--json', 'print JSON')
    .action(async (snapshot, options) =>
      (await import('../commands/store.ts')).runStoreRemove(snapshot, options),
    );
  commandIn(store, 'prune', 'Remove unnamed snapshots and unneeded code older than a day')
    .option('--dry-run', 'show what would be removed')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('../commands/store.ts')).runStorePrune(options));
}
