// `wassette-state trust list`, `trust add` and `trust remove`: whose signatures are accepted here.
import path from 'node:path';
import { safeText } from '../../../src/codec/safe-text.ts';
import { openSite } from '../../../src/site/site.ts';
import type { AllowedSigner } from '../../../src/trust/signer-line.ts';
import { acceptedIn, acceptSigner, dropSigner } from '../../../src/trust.ts';
import { commandLine } from '../../command-line.ts';
import { publicKeysIn } from '../signing-keys.ts';
import { print, printCommand, printJson, tell, wrapped } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

interface TrustCommandOptions extends LocationOptions {
  allowedSigners?: string;
}

interface AddOptions extends TrustCommandOptions {
  validAfter?: string;
  validBefore?: string;
}

async function fileOf(options: TrustCommandOptions): Promise<string> {
  return options.allowedSigners ?? (await openSite(locationsIn(options))).host.locations.signersFile;
}

export async function runTrustList(options: TrustCommandOptions): Promise<void> {
  const file = await fileOf(options);
  const signers = await acceptedIn(file);
  if (options.json) return printJson({ file, signers: (signers ?? []).map(shownSigner) });
  if (signers === null || signers.length === 0) {
    const elsewhere = options.allowedSigners === undefined ? [] : ['--allowed-signers', path.resolve(file)];
    const add = ['trust', 'add', 'alice@example.com', 'alice.pub', ...elsewhere];
    printCommand('Nobody is accepted as a signer here. To accept somebody:', commandLine(add, options));
    return;
  }
  for (const signer of signers) printSigner(signer);
  tell('');
  tell(wrapped('in  ', safeText(file, 4_096)));
}

export async function runTrustAdd(name: string, keyFile: string, options: AddOptions): Promise<void> {
  const file = await fileOf(options);
  const [key] = await publicKeysIn([keyFile]);
  const { validAfter, validBefore } = options;
  const changed = await acceptSigner(file, { name, key: key!, validAfter, validBefore });
  if (options.json) return printJson({ file, name, fingerprint: key!.fingerprint, changed });
  print(key!.fingerprint);
  tell(wrapped('', changed ? `Signatures of this key are accepted as ${name}.` : 'It was accepted already.'));
  tell(wrapped('in  ', safeText(file, 4_096)));
}

export async function runTrustRemove(signer: string, options: TrustCommandOptions): Promise<void> {
  const file = await fileOf(options);
  const gone = await dropSigner(file, signer);
  if (options.json) return printJson({ file, removed: gone.map(shownSigner) });
  tell('No longer accepted:');
  for (const each of gone) printSigner(each);
}

function printSigner({ names, key, namespaces, validAfter, validBefore }: AllowedSigner): void {
  print(`${key.fingerprint}  ${key.kind}`);
  print(wrapped('  as   ', names.map((name) => safeText(name, 255)).join(', ')));
  print(wrapped('  for  ', safeText(namespaces, 1_000)));
  if (validAfter !== null) print(`  from  ${validAfter.toISOString()}`);
  if (validBefore !== null) print(`  to    ${validBefore.toISOString()}`);
}

function shownSigner({ names, key, namespaces, validAfter, validBefore, line }: AllowedSigner): object {
  return {
    names,
    fingerprint: key.fingerprint,
    kind: key.kind,
    public_key: key.sshLine,
    namespaces,
    valid_after: validAfter?.toISOString() ?? null,
    valid_before: validBefore?.toISOString() ?? null,
    line,
  };
}
