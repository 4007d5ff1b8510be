// The commands of an operator, who says what agents may bring here.
import { type Command, Option } from 'commander';
import { AFTER_APPROVE_HELP } from '../help.ts';
import { commandIn } from './declaring.ts';

export function declareOperatorCommands(program: Command): void {
  commandIn(
    program,
    'approve',
    'Review a plan that waits for the operator, and approve it when you agree: once',
  )
    .argument('[plan]', 'the digest of a plan, or its first 12 digits; the only one that waits when left out')
    .option('--component-dir <dir>', 'only plans for this component directory')
    .addOption(new Option('--list', 'list the plans that wait for the operator').conflicts('revoke'))
    .option('--revoke <digest>', 'take back the approval of a plan that was not applied yet')
    .option('--json', 'print JSON, with --list or --revoke')
    .addHelpText('after', AFTER_APPROVE_HELP)
    .action(async (plan, options) => (await import('../commands/approve.ts')).runApprove(plan, options));
}
