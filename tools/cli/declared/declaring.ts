// How commands are declared, and what several of them say alike.
import { type Command, Option } from 'commander';
import type { Flag } from '../commands/flags.ts';
import { collected, list } from '../options/values.ts';

export const SNAPSHOT =
  'a digest or its first digits, a name, a .json file, a .yaml manifest, - for standard input, or where it is on another machine: oci://, s3://, gs://, azblob:// or https://';
/** Where what a host runs is written. */
export const PLACE =
  'a .json file, a .yaml manifest, a name for the local store, - for standard output, or where it goes on another machine: oci://, s3://, gs:// or azblob://';

/** Where a snapshot that there is already is written. */
export const DOCUMENT_PLACE = PLACE.replace(' a .yaml manifest,', '');

export const COMPRESSION = [
  '--compress <codec>',
  'gzip or zstd, perhaps with a level as in zstd:19; by default the ending of a file decides',
] as const;

export function commandIn(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).exitOverride();
}

export function addFlags(to: Command, flags: Record<string, Flag>): Command {
  for (const [name, { value, repeatable, description }] of Object.entries(flags)) {
    const option = new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, description);
    to.addOption(repeatable ? option.argParser(collected) : option);
  }
  return to;
}

export function allowFinding(): Option {
  const option = new Option(
    '--allow-finding <ids>',
    'write this although it looks like a credential: ids from the error that named it, comma-separated',
  );
  return option.argParser(list);
}

export function addSigningOptions(to: Command): Command {
  return to
    .option('--ssh', 'make an SSH signature, too, which ssh-keygen verifies')
    .option('--bundle <file>', 'also write the Sigstore bundle to this file')
    .option('--key-passphrase-file <file>', 'the passphrase of the key is in this file');
}
