// The commands about whose signatures are accepted.
import type { Command } from 'commander';
import { TRUST_FLAGS } from '../commands/flags.ts';
import { list } from '../options/values.ts';
import { addFlags, commandIn } from './declaring.ts';

export function declareTrustCommands(program: Command): void {
  const trust = program.command('trust').description('Whose signatures are accepted here').exitOverride();
  const file = { 'allowed-signers': TRUST_FLAGS['allowed-signers']! };
  addFlags(commandIn(trust, 'list', 'List the signers accepted here'), file)
    .option('--json', 'print JSON')
    .action(async (options) => (await import('../commands/operator/trust.ts')).runTrustList(options));
  addFlags(commandIn(trust, 'add', 'Accept the signatures of a key, under a name for its owner'), file)
    .argument('<name>', 'who signs with it, such as alice@example.com')
    .argument('<key>', 'a file with the public key: PEM, or a line as in id_ed25519.pub')
    .option(
      '--for <what>',
      'what it may sign: snapshots (default), approvals in writing, or both: snapshots,approvals',
      list,
    )
    .option('--valid-after <time>', 'not before: YYYYMMDDZ or YYYYMMDDhhmm[ss]Z, in UTC')
    .option('--valid-before <time>', 'not after: the same')
    .option('--json', 'print JSON')
    .action(async (name, key, options) =>
      (await import('../commands/operator/trust.ts')).runTrustAdd(name, key, options),
    );
  addFlags(commandIn(trust, 'remove', 'Accept the signatures of a key no more'), file)
    .argument('<signer>', 'a name, for all keys with it, or the fingerprint of one: SHA256:…')
    .option('--json', 'print JSON')
    .action(async (signer, options) =>
      (await import('../commands/operator/trust.ts')).runTrustRemove(signer, options),
    );
}
