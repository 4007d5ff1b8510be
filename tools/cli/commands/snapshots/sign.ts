// `wassette-state sign`: signs a snapshot where it is.
import { counted } from '../../../../src/codec/enumeration.ts';
import type { PublicKey } from '../../../../src/codec/keys/public-key.ts';
import { safeText } from '../../../../src/codec/safe-text.ts';
import { openSnapshot } from '../../../../src/open.ts';
import { assertTakesBundle, writeBundleFile } from '../../../../src/places/bundle-file.ts';
import { fileOf, referenceTo } from '../../../../src/places/reference.ts';
import { signSnapshot } from '../../../../src/sign.ts';
import { assertNotOurs } from '../../../../src/site/places.ts';
import { openSite } from '../../../../src/site/site.ts';
import { documentBundleOf } from '../../../../src/snapshot/signatures/signing.ts';
import { commandLine } from '../../../command-line.ts';
import { type SigningKeyFlags, signingKeyIn } from '../../keys/signing-keys.ts';
import { refuseUnused } from '../../options/unused.ts';
import {
  interruptSignal,
  isQuiet,
  print,
  printJson,
  progressLine,
  tell,
  tellCommand,
  wrapped,
} from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

interface SignOptions extends LocationOptions, SigningKeyFlags {
  key: string;
  ssh?: boolean;
  bundle?: string;
}

export async function runSign(reference: string, options: SignOptions): Promise<void> {
  const { ssh, bundle, json } = options;
  if (bundle === undefined && !isInFile(reference))
    refuseUnused(options, ['componentDir', 'secretsDir'], 'where no file is written');
  const signal = interruptSignal();
  if (bundle !== undefined) {
    assertNotOurs(bundle, (await openSite(locationsIn(options))).host);
    await assertTakesBundle(bundle);
  }
  const key = await signingKeyIn(options.key, options, signal);
  const onProgress = json ? undefined : progressLine();
  const opening = { ...locationsIn(options), signal, onProgress };
  const { digest, changed, signatures } = await signSnapshot(reference, [{ key, ssh }], opening);
  if (bundle !== undefined) await writeBundle(bundle, reference, key.publicKey, opening);
  const { fingerprint } = key.publicKey;
  if (json) {
    printJson({ snapshot_digest: digest, signer: fingerprint, changed, signatures: signatures.length });
    return;
  }
  if (isQuiet()) print(fingerprint);
  tell(changed ? 'Signed' : 'Unchanged: it was signed with this key already');
  tell(wrapped('digest  ', digest));
  tell(wrapped('signer  ', fingerprint));
  tell(wrapped('holds   ', counted(signatures.length, 'signature')));
  if (bundle !== undefined) tell(wrapped('bundle  ', safeText(bundle, 4_096)));
  tell('');
  const { componentDir, stateDir } = options;
  tellCommand('Verify it with:', commandLine(['verify', reference], { componentDir, stateDir }));
}

/** Writes what this key signed of the snapshot that is at `reference` now. */
export async function writeBundle(
  file: string,
  reference: string,
  key: PublicKey,
  options: Parameters<typeof openSnapshot>[1],
): Promise<void> {
  const { content, signatures } = await openSnapshot(reference, options);
  const bundle = documentBundleOf(key, content, signatures);
  if (bundle !== null) await writeBundleFile(file, bundle);
}

function isInFile(reference: string): boolean {
  return fileOf(referenceTo(reference)) !== null;
}
