// `wassette-state export`: writes a snapshot or manifest, and says what to do with it.

import { fewOf } from '../../../src/codec/enumeration.ts';
import { quoted, safeText } from '../../../src/codec/safe-text.ts';
import { UsageError } from '../../../src/errors.ts';
import { type ExportResult, exportStateTo } from '../../../src/export.ts';
import { assertTakesBundle } from '../../../src/places/bundle-file.ts';
import {
  alwaysKeepsCode,
  assertNotOurs,
  type ExportDestination,
  plainDestination,
} from '../../../src/site/places.ts';
import { openSite } from '../../../src/site/site.ts';
import type { Signer } from '../../../src/snapshot/signatures/signing.ts';
import { commandLine, sameCommand, shellQuoted } from '../../command-line.ts';
import { type Exported, exportedAs } from '../../export-summary.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import { passphraseGiven } from '../keys/passphrases.ts';
import { passphraseSource, recipientsNamed } from '../keys/sealing-keys.ts';
import { signingKeyIn } from '../keys/signing-keys.ts';
import { compressionIn } from '../options/compression.ts';
import { givenArguments } from '../options/given.ts';
import { refuseUnused } from '../options/unused.ts';
import { assertForSnapshotAlone, STANDARD, toStandardOutput } from '../standard-streams.ts';
import {
  bytes,
  interruptSignal,
  isQuiet,
  print,
  printJson,
  progressLine,
  styled,
  takeStdout,
  tell,
  tellCommand,
  warn,
  wrapped,
} from '../terminal.ts';
import { shownWritten, tellWritten } from '../written.ts';
import { type LocationOptions, locationsIn } from './locations.ts';
import { writeBundle } from './snapshots/sign.ts';

export interface ExportCommandOptions extends LocationOptions, HttpFlags {
  output?: string;
  includeBinaries?: boolean;
  compress?: string;
  allowEmpty?: boolean;
  components?: string[];
  description?: string;
  tag?: Record<string, string>;
  name?: string;
  source?: Record<string, string>;
  sign?: string;
  ssh?: boolean;
  bundle?: string;
  keyPassphraseFile?: string;
  includeSecrets?: boolean;
  recipient?: string[];
  passphraseFile?: string;
  allowFinding?: string[];
  ifChanged?: boolean;
}

export async function runExport(options: ExportCommandOptions): Promise<void> {
  const { output, name } = options;
  assertSigns(options);
  if (output === STANDARD) {
    refuseForStream(options);
    takeStdout();
    const written = await toStandardOutput(compressionIn(options.compress), (file) =>
      writeTo({ file, name }, options),
    );
    printExport(written, exportedAs(written, {}), options);
    return;
  }
  const destination = plainDestination({ file: output, name });
  if (options.includeBinaries === false && alwaysKeepsCode(destination))
    refuseUnused(options, ['includeBinaries'], 'where the code of each snapshot is kept');
  const written = await writeTo(destination, options);
  const exported = exportedAs(written, destination);
  if (options.json) printJson(shownWritten(written, exported));
  else printExport(written, exported, options);
}

/** What is sent somewhere is for another machine, and has the code unless somebody wants it without. */
async function writeTo(destination: ExportDestination, options: ExportCommandOptions): Promise<ExportResult> {
  const { output, includeBinaries = output === STANDARD, description, tag, json } = options;
  const signal = interruptSignal();
  const { bundle } = options;
  if (bundle !== undefined) {
    assertNotOurs(bundle, (await openSite(locationsIn(options))).host);
    await assertTakesBundle(bundle);
  }
  const signers = await signersIn(options, signal);
  const written = await exportStateTo(destination, {
    ...locationsIn(options),
    includeBinaries,
    compress: compressionIn(options.compress),
    allowEmpty: options.allowEmpty,
    live: await wassetteAt(options),
    componentFilter: options.components,
    sources: options.source,
    includeSecrets: options.includeSecrets,
    encryptionKey: await encryptionKeyOf(options),
    allowFindings: options.allowFinding,
    ifChanged: options.ifChanged,
    metadata: description === undefined && tag === undefined ? undefined : { description, tags: tag },
    signers,
    signal,
    onProgress: json ? undefined : progressLine(),
  });
  if (bundle !== undefined)
    await writeBundle(bundle, written.reference, signers[0]!.key.publicKey, {
      ...locationsIn(options),
      signal,
    });
  return written;
}

/** @throws UsageError USAGE_BAD_ARGUMENT for what belongs to a signature, without one */
function assertSigns({ sign, ssh, bundle, keyPassphraseFile }: ExportCommandOptions): void {
  const lone = ssh
    ? '--ssh'
    : bundle !== undefined
      ? '--bundle'
      : keyPassphraseFile && '--key-passphrase-file';
  if (sign !== undefined || !lone) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${lone} belongs to --sign`, {
    hint: 'name the key with --sign, or leave it out',
  });
}

async function signersIn(options: ExportCommandOptions, signal: AbortSignal): Promise<Signer[]> {
  const { sign, ssh } = options;
  return sign === undefined ? [] : [{ key: await signingKeyIn(sign, options, signal), ssh }];
}

/** @throws UsageError USAGE_BAD_ARGUMENT for two kinds of key; as `recipientsNamed` */
async function encryptionKeyOf({ recipient, includeSecrets, ...flags }: ExportCommandOptions) {
  if (recipient !== undefined && flags.passphraseFile !== undefined) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'secrets are sealed for recipients or with a passphrase, not both',
      {
        hint: 'leave out --recipient or --passphrase-file',
      },
    );
  }
  if (recipient !== undefined) return recipientsNamed(recipient);
  if (!includeSecrets && flags.passphraseFile === undefined) return undefined;
  return (await passphraseGiven(passphraseSource(flags))) ?? undefined;
}

/** @throws UsageError USAGE_BAD_ARGUMENT where standard output is not for a snapshot alone */
function refuseForStream({ json, ifChanged }: ExportCommandOptions): void {
  if (ifChanged) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'standard output has no earlier snapshot to compare with', {
      hint: 'leave --if-changed out, or write a file',
    });
  }
  assertForSnapshotAlone(json);
}

function printExport(written: ExportResult, exported: Exported, options: ExportCommandOptions): void {
  const isStream = options.output === STANDARD;
  if (exported.lacksCode) warnWithoutCode(exported);
  if (isQuiet() && !isStream) print(safeText(exported.reference, 4_096));
  tellWritten('Exported', written, exported, isStream);
  if (isStream) return;
  tell('');
  tellHandover(exported, written.isManifest, options);
}

/** Printed first: such a file looks like a backup, but the code it needs is only where it is installed. */
function warnWithoutCode({ componentIds, size }: Exported): void {
  const lacking = `another machine lacks ${bytes(size)} of code, for ${fewOf(componentIds.map(quoted))}`;
  const withCode = { withoutFlags: ['--no-include-binaries'], plus: ['--include-binaries'] };
  warn(styled(wrapped('', `The code is NOT in this file, so it is no backup: ${lacking}.`), 'yellow'));
  tellCommand('To include it:', sameCommand(givenArguments(), withCode));
  tell('');
}

function tellHandover(
  { reference, lacksCode }: Exported,
  isManifest: boolean,
  options: ExportCommandOptions,
): void {
  if (options.output === undefined) {
    const elsewhere = ['--output', 'tools.json', '--include-binaries'];
    tellCommand(
      'The local store is on this machine. For another machine:',
      sameCommand(givenArguments(), { without: ['--name'], plus: elsewhere }),
    );
  } else if (isManifest) {
    tellCommand('Serve it with:', `wassette serve --manifest ${shellQuoted(reference)}`);
  }
  const restore = lacksCode ? 'Restore it here, while the code is here, with:' : 'Restore it here with:';
  tellCommand(restore, commandLine(['import', reference], options));
}
