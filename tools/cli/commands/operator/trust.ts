// `wassette-state trust list`, `trust add` and `trust remove`: whose signatures are accepted here.
import path from 'node:path';
import { quoted, safeText } from '../../../../src/codec/safe-text.ts';
import { NAMESPACE } from '../../../../src/codec/ssh/signature.ts';
import { UsageError } from '../../../../src/errors.ts';
import { APPROVAL_NAMESPACE } from '../../../../src/plan/written-approval/statement.ts';
import { openSite, type Site } from '../../../../src/site/site.ts';
import type { AllowedSigner } from '../../../../src/trust/signer-line.ts';
import { acceptedIn, acceptSigner, dropSigner } from '../../../../src/trust.ts';
import { commandLine } from '../../../command-line.ts';
import { publicKeysIn } from '../../keys/signing-keys.ts';
import { print, printCommand, printJson, tell, wrapped } from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

interface TrustCommandOptions extends LocationOptions {
  allowedSigners?: string;
}

interface AddOptions extends TrustCommandOptions {
  for?: string[];
  validAfter?: string;
  validBefore?: string;
}

/** What a key can be accepted for. */
const PURPOSES: Record<string, string> = { snapshots: NAMESPACE, approvals: APPROVAL_NAMESPACE };

async function listOf(options: TrustCommandOptions): Promise<{ file: string; site: Site }> {
  const site = await openSite(locationsIn(options));
  return { file: options.allowedSigners ?? site.host.locations.signersFile, site };
}

export async function runTrustList(options: TrustCommandOptions): Promise<void> {
  const { file } = await listOf(options);
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
  const { file, site } = await listOf(options);
  const [key] = await publicKeysIn([keyFile]);
  const { validAfter, validBefore } = options;
  const namespaces = namespacesFor(options.for ?? ['snapshots']);
  const changed = await acceptSigner(file, { name, key: key!, namespaces, validAfter, validBefore }, site);
  if (options.json) return printJson({ file, name, fingerprint: key!.fingerprint, changed });
  print(key!.fingerprint);
  tell(wrapped('', changed ? `Signatures of this key are accepted as ${name}.` : 'It was accepted already.'));
  tell(wrapped('in  ', safeText(file, 4_096)));
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
function namespacesFor(purposes: readonly string[]): string[] {
  const unknown = purposes.find((purpose) => !Object.hasOwn(PURPOSES, purpose));
  if (unknown === undefined) return [...new Set(purposes.map((purpose) => PURPOSES[purpose]!))];
  throw new UsageError('USAGE_BAD_ARGUMENT', `nothing is signed that is called ${quoted(unknown)}`, {
    hint: `a key is accepted for ${Object.keys(PURPOSES).join(', for ')}, or for both`,
  });
}

export async function runTrustRemove(signer: string, options: TrustCommandOptions): Promise<void> {
  const { file, site } = await listOf(options);
  const gone = await dropSigner(file, signer, site);
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
