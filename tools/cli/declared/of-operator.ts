// The commands of an operator, who says what agents may bring here.
import { type Command, Option } from 'commander';
import { AFTER_APPROVE_HELP } from '../help.ts';
import { collected, list, pairs } from '../options/values.ts';
import { commandIn } from './declaring.ts';

export function declareOperatorCommands(program: Command): void {
  commandIn(
    program,
    'approve',
    'Review a plan that waits for the operator, and approve it when you agree: once; or, with --key, approve the import of a snapshot in writing',
  )
    .argument(
      '[plan]',
      'the digest of a plan, or its first 12 digits; the only one that waits when left out; with --key a snapshot',
    )
    .option(
      '--component-dir <dir>',
      'only plans for this component directory; with --key, the host that it is for',
    )
    .addOption(new Option('--list', 'list the plans that wait for the operator').conflicts('revoke'))
    .option('--revoke <digest>', 'take back the approval of a plan that was not applied yet')
    .addOption(
      new Option('--key <file>', 'sign an approval in writing with this private key').conflicts([
        'list',
        'revoke',
      ]),
    )
    .option('--key-passphrase-file <file>', 'the passphrase of the key is in this file')
    .option('--for <labels>', 'with --key: hosts with one of these labels, comma-separated', list)
    .option('--until <time>', 'with --key: when it ends, such as 2027-01-31, 90m, 12h or 30d')
    .option('-o, --output <file>', 'with --key: where to write it, such as team.approval.json')
    .addOption(
      new Option('--target <snapshot>', 'with --key: for a host as in this snapshot, not this one').conflicts(
        'empty',
      ),
    )
    .option('--empty', 'with --key: for an empty host, not this one')
    .option(
      '--directory <uri=path>',
      'with --target or --empty: where a path of a policy leads there; repeatable',
      pairs('uri=path'),
    )
    .option(
      '--allow-remote <prefix>',
      'with --key: fetch code that the snapshot does not carry also from sources in your own network that begin so; repeatable',
      collected,
    )
    .option('--components <ids>', 'with --key: only these components, as for import', list)
    .option('--skip-existing', 'with --key: as for import')
    .option('--remove-extra', 'with --key: as for import')
    .option('--map-dir <from=to>', 'with --key: as for import; repeatable', collected)
    .option('--without <id:entry>', 'with --key: as for import; repeatable', collected)
    .option('--overlay <file>', 'with --key: as for import')
    .option('--include-secrets', 'with --key: the secrets that the snapshot carries, too')
    .option('--identity <file>', 'with --key: opens them, for this host; repeatable', collected)
    .option('--passphrase-file <file>', 'with --key: the passphrase of --identity')
    .option('-y, --yes', 'with --key: sign without asking')
    .option('--json', 'print JSON, with --list, --revoke or --key')
    .addHelpText('after', AFTER_APPROVE_HELP)
    .action(async (plan, options) => {
      if (options.key === undefined)
        await (await import('../commands/operator/approve.ts')).runApprove(plan, options);
      else
        await (await import('../commands/operator/approve-in-writing.ts')).runApproveInWriting(plan, options);
    });
}
