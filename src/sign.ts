// The story of a signature: open the snapshot, sign its digest and that of its manifest, and put both beside it.
import { UsageError } from './errors.ts';
import type { WrittenSnapshot } from './places/place.ts';
import { type Reference, referenceTo, shownReference } from './places/reference.ts';
import { placeToSign } from './site/places.ts';
import { type OpenOptions, openSite } from './site/site.ts';
import type { Signer } from './snapshot/signatures/signing.ts';

/**
 * Signs a snapshot where it is: a Sigstore bundle of its digest and one of its OCI manifest, and perhaps an SSH signature.
 * Signatures of others stay; what a signer has signed already is not signed again.
 * @param reference as for `openSnapshot`, but no manifest
 * @throws UsageError USAGE_BAD_ARGUMENT for a manifest or no signer, USAGE_UNSUPPORTED_URI
 * @throws StoreError STORE_NOT_FOUND, STORE_CHANGING, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE, STORE_DAMAGED
 * @throws FormatError any of its codes; FORMAT_INVALID_KEY for an SSH signature of another key than Ed25519
 * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
 * @throws PolicyError POLICY_OUTSIDE_FENCE for a file that is not below `allowDirs`
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import { SigningKey, signSnapshot } from 'wassette-state';
 *
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const key = SigningKey.parse(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
 * const { signatures } = await signSnapshot('tools.json', [{ key, ssh: true }]);
 * console.log(signatures.length); // 3
 * ```
 */
export async function signSnapshot(
  reference: string | Reference,
  signers: readonly Signer[],
  options: OpenOptions = {},
): Promise<WrittenSnapshot> {
  if (signers.length === 0)
    throw new UsageError('USAGE_BAD_ARGUMENT', 'there is no key to sign with', { hint: 'give at least one' });
  const { signal, onProgress } = options;
  const place = await placeToSign(reference, await openSite(options), options);
  if (place.sign === undefined) throw holdsNone(referenceTo(reference));
  return place.sign({ signers, signal, onProgress });
}

function holdsNone(reference: Reference): UsageError {
  return new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${shownReference(reference)} is a manifest, which holds no signatures`,
    {
      hint: 'export to a .json file or the local store, and sign that',
    },
  );
}
