// The commands of the local store.
import type { Command } from 'commander';
import { wholeNumber } from '../options/values.ts';
import { commandIn } from './declaring.ts';

const STORE = 'in a bucket: s3://bucket/prefix, gs://… or azblob://…; the local store when left out';

export function declareStoreCommands(program: Command): void {
  const store = program
    .command('store')
    .description('The snapshots kept on this machine or in a bucket')
    .exitOverride();
  commandIn(store, 'list', 'List the snapshots in a store, newest first, or the tags of a repository')
    .argument('[store]', `${STORE}; or in a registry: oci://host/repository`)
    .option('--json', 'print JSON')
    .action(async (at, options) => (await import('../commands/store.ts')).runStoreList(at, options));
  commandIn(
    store,
    'remove',
    'Forget a name, or by its digest a snapshot with all its names; prune frees the space',
  )
    .argument(
      '<snapshot>',
      'a name, a digest or its first digits; or one in a bucket: s3://bucket/prefix:name',
    )
    .option('--json', 'print JSON')
    .action(async (snapshot, options) =>
      (await import('../commands/store.ts')).runStoreRemove(snapshot, options),
    );
  commandIn(store, 'prune', 'Remove unnamed snapshots and unneeded code older than a day')
    .argument('[store]', STORE)
    .option(
      '--keep-last <n>',
      'also keep the <n> snapshots written last, whether or not they have a name',
      wholeNumber,
    )
    .option(
      '--keep-daily <n>',
      'also keep the newest, and the newest without a name, of each of the last <n> days that have any',
      wholeNumber,
    )
    .option('--keep-weekly <n>', 'the same of weeks, which begin on Monday', wholeNumber)
    .option('--keep-monthly <n>', 'the same of months', wholeNumber)
    .option('--dry-run', 'show what would be removed')
    .option('--json', 'print JSON')
    .action(async (at, options) => (await import('../commands/store.ts')).runStorePrune(at, options));
}
