// What other tools need to check the signatures of a snapshot, as files, and the commands that do it.
import path from 'node:path';
import { NAMESPACE } from '../../src/codec/ssh/signature.ts';
import { makeDirectoryDurably, writeDurably } from '../../src/disk/durable-file.ts';
import { StoreError } from '../../src/errors.ts';
import { manifestFor } from '../../src/snapshot/oci-manifest.ts';
import { type CarriedSignature, signatureFile } from '../../src/snapshot/signatures/signature.ts';
import type { CheckedSignature } from '../../src/snapshot/signatures/verification.ts';
import { isPlainName } from '../../src/trust/signer-name.ts';
import type { Verification } from '../../src/verify.ts';
import { shellQuoted } from '../command-line.ts';

const SIGNED: Record<NonNullable<CheckedSignature['over']>, string> = {
  document: 'snapshot.json',
  manifest: 'manifest.json',
};
const ENDINGS: Record<CheckedSignature['kind'], string> = { sigstore: 'sigstore.json', ssh: 'sshsig' };

/**
 * Writes the canonical document, the OCI manifest, each signature, and the key of each that holds.
 * @throws StoreError STORE_EXISTS for a file that is there; STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
 */
export async function writeEvidence(
  directory: string,
  { snapshot, signatures }: Verification,
): Promise<void> {
  await makeDirectoryDurably(path.resolve(directory), 0o755);
  const { content } = snapshot;
  const files = new Map<string, Uint8Array>([
    [SIGNED.document, content.bytes],
    [SIGNED.manifest, manifestFor(content).bytes],
  ]);
  for (const [index, { kind, signer, problem, signature }] of signatures.entries()) {
    files.set(`${index + 1}.${ENDINGS[kind]}`, signatureFile(signature as CarriedSignature).bytes);
    if (problem === null && signer !== null) files.set(`${index + 1}.pub.pem`, Buffer.from(signer.pem));
  }
  for (const [name, bytes] of files) await writeNew(path.join(directory, name), bytes);
}

async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  if ((await writeDurably(file, [bytes], { replace: false, mode: 0o644 })) !== null) return;
  throw new StoreError('STORE_EXISTS', `${file} is there already`, {
    hint: 'name a directory that is new or empty',
  });
}

/** For each signature that holds, the command that says so without this program. */
export function commandsFor(
  directory: string,
  { signatures, signers }: Verification,
  allowedSigners: string,
): { says: string; command: string }[] {
  return signatures.flatMap(({ kind, over, signer, predicateType, problem }, index) => {
    if (problem !== null || over === null) return [];
    const at = (name: string) => shellQuoted(path.join(directory, name));
    const number = index + 1;
    const signature = at(`${number}.${ENDINGS[kind]}`);
    const signed = at(SIGNED[over]);
    const says = `${number}, with ${kind === 'ssh' ? 'OpenSSH' : 'cosign'}:`;
    const command =
      kind === 'ssh'
        ? `ssh-keygen -Y ${verifying(signer, signers, allowedSigners)} -n ${NAMESPACE} -s ${signature} < ${signed}`
        : [
            `cosign verify-blob-attestation --key ${at(`${number}.pub.pem`)} --bundle ${signature}`,
            `--type ${shellQuoted(predicateType!)} --insecure-ignore-tlog ${signed}`,
          ].join(' ');
    return [{ says, command }];
  });
}

/** With the list of accepted signers where that has a name for this one. */
function verifying(
  signer: CheckedSignature['signer'],
  signers: Verification['signers'],
  allowedSigners: string,
): string {
  const known = signers.find(({ key }) => key.fingerprint === signer?.fingerprint);
  const name = known?.by.flatMap(({ names }) => names).find(isPlainName);
  if (name === undefined) return 'check-novalidate';
  return `verify -f ${shellQuoted(allowedSigners)} -I ${shellQuoted(name)}`;
}
