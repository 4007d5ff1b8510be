// The commands that are about one snapshot, wherever it is: look into it, sign it, verify it, exchange its secrets.
import { type Command, Option } from 'commander';
import { COPY_FLAGS, TRUST_FLAGS } from '../commands/flags.ts';
import { collected, list } from '../options/values.ts';
import {
  addFlags,
  addSigningOptions,
  allowFinding,
  COMPRESSION,
  commandIn,
  DOCUMENT_PLACE,
  SNAPSHOT,
} from './declaring.ts';

/** Without what holds neither signatures nor secrets, and what is there only once. */
const KEPT = 'a digest or its first digits, a name, a .json file, or where it is on another machine';

export function declareSnapshotCommands(program: Command): void {
  commandIn(program, 'inspect', 'Verify every byte of a snapshot and show what it holds')
    .argument('<snapshot>', SNAPSHOT)
    .option('--components <ids>', 'only these components, comma-separated, and their policies', list)
    .addOption(
      new Option('--canonical', 'print the bytes that are digested and signed, and nothing else').conflicts([
        'components',
        'secrets',
        'identity',
        'json',
      ]),
    )
    .addOption(
      new Option('--secrets', 'print the sealed secrets alone, for sops').conflicts([
        'components',
        'identity',
        'json',
      ]),
    )
    .addOption(
      new Option('--identity', 'print the sealed identity that opens them alone, for age').conflicts([
        'components',
        'json',
      ]),
    )
    .option('--json', 'print JSON')
    .action(async (snapshot, options) =>
      (await import('../commands/snapshots/inspect.ts')).runInspect(snapshot, options),
    );

  addSigningOptions(
    commandIn(program, 'sign', 'Sign a snapshot where it is')
      .argument('<snapshot>', `${KEPT}: oci://, s3://, gs:// or azblob://`)
      .requiredOption('--key <file>', 'a private key: Ed25519 or P-256 as PKCS#8 PEM, or ssh-ed25519'),
  )
    .option('--json', 'print the result as JSON')
    .action(async (snapshot, options) =>
      (await import('../commands/snapshots/sign.ts')).runSign(snapshot, options),
    );

  addFlags(commandIn(program, 'verify', 'Verify every byte of a snapshot and each of its signatures'), {
    'allowed-signers': TRUST_FLAGS['allowed-signers']!,
  })
    .argument('<snapshot>', SNAPSHOT)
    .option(
      '--key <file>',
      'the public key of a signer, who must have signed: PEM, or a line as in id_ed25519.pub; repeatable',
      collected,
    )
    .option('--bundle <file>', 'a signature that is kept in a file of its own; repeatable', collected)
    .option('--evidence <dir>', 'write what cosign and ssh-keygen need to check the same')
    .option('--json', 'print JSON')
    .action(async (snapshot, options) =>
      (await import('../commands/snapshots/verify.ts')).runVerify(snapshot, options),
    );

  addFlags(commandIn(program, 'copy', 'Copy a snapshot with its signatures to another place'), COPY_FLAGS)
    .argument('<from>', SNAPSHOT)
    .argument('<to>', DOCUMENT_PLACE)
    .option('--include-binaries', 'put the code into a file although the snapshot that is copied has none')
    .option('--no-include-binaries', 'leave the code out of a file')
    .option(...COMPRESSION)
    .option('--json', 'print the result as JSON')
    .action(async (from, to, options) =>
      (await import('../commands/snapshots/copy.ts')).runCopy(from, to, options),
    );

  commandIn(program, 'reseal', 'Put secrets that sops has changed back into a snapshot, as another one')
    .argument('<snapshot>', `${KEPT}: oci://, s3://, gs://, azblob:// or https://`)
    .requiredOption('--secrets <file>', 'the SOPS document, which inspect --secrets printed')
    .option(
      '-o, --output <place>',
      'write to another place than the local store: a .json file, or oci://, s3://, gs:// or azblob://',
    )
    .option('--name <name>', 'a name for the snapshot in the local store')
    .addOption(allowFinding())
    .option('--json', 'print the result as JSON')
    .action(async (snapshot, options) =>
      (await import('../commands/snapshots/reseal.ts')).runReseal(snapshot, options),
    );
}
