// `wassette-state verify`: who signed a snapshot, whether each signature holds, and how other tools check the same.

import { quotedWhole, safeText } from '../../../../src/codec/safe-text.ts';
import { readKeyFile } from '../../../../src/disk/operator-files/key-file.ts';
import { assertNotOurs } from '../../../../src/site/places.ts';
import { openSite } from '../../../../src/site/site.ts';
import type { CheckedSignature } from '../../../../src/snapshot/signatures/verification.ts';
import { type Verification, verifySnapshot } from '../../../../src/verify.ts';
import { sameCommand } from '../../../command-line.ts';
import { commandsFor, writeEvidence } from '../../evidence.ts';
import { FailedAnswer } from '../../failed-answer.ts';
import { publicKeysIn } from '../../keys/signing-keys.ts';
import { givenArguments } from '../../options/given.ts';
import { refuseUnused } from '../../options/unused.ts';
import { withSnapshotAt } from '../../standard-streams.ts';
import {
  bytes,
  interruptSignal,
  print,
  printJson,
  styled,
  tell,
  tellCommand,
  warn,
  wrapped,
} from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

interface VerifyCommandOptions extends LocationOptions {
  key?: string[];
  bundle?: string[];
  evidence?: string;
  allowedSigners?: string;
}

const KINDS: Record<CheckedSignature['kind'], string> = {
  sigstore: 'Sigstore bundle',
  ssh: 'SSH signature',
};
const THINGS: Record<NonNullable<CheckedSignature['over']>, string> = {
  document: 'the snapshot',
  manifest: 'its OCI manifest',
};
/** Where the commands for other tools look, unless a directory was named. */
const EVIDENCE = 'evidence';

export async function runVerify(reference: string, options: VerifyCommandOptions): Promise<void> {
  const signal = interruptSignal();
  const { evidence } = options;
  if (evidence === undefined) refuseUnused(options, ['secretsDir'], 'where no --evidence is written');
  else assertNotOurs(evidence, (await openSite(locationsIn(options))).host);
  const keys = await publicKeysIn(options.key ?? []);
  const signatures = await Promise.all((options.bundle ?? []).map((file) => readKeyFile(file, 'public')));
  const { allowedSigners } = options;
  const found = await withSnapshotAt(reference, signal, (at) =>
    verifySnapshot(at, { ...locationsIn(options), keys, allowedSigners, signatures, signal }),
  );
  if (evidence !== undefined) await writeEvidence(evidence, found);
  if (options.json) return printShown(found);
  const { host } = await openSite(locationsIn(options));
  printVerification(found, { ...options, allowedSigners: allowedSigners ?? host.locations.signersFile });
}

/** @throws FailedAnswer where it does not count as signed */
function printShown(found: Verification): void {
  const { snapshot, manifestDigest, verifiedBytes, signatures, signers, problem } = found;
  const answer = {
    snapshot_digest: snapshot.digest,
    state_digest: snapshot.stateDigest,
    manifest_digest: manifestDigest,
    verified_bytes: verifiedBytes,
    signatures: signatures.map((signature) => shownSignature(signature, signers)),
    accepted: signers.some(({ by }) => by.length > 0),
  };
  if (problem !== null) throw new FailedAnswer(answer, problem);
  printJson(answer);
}

function shownSignature(
  { kind, over, signer, predicateType, problem }: CheckedSignature,
  signers: Verification['signers'],
): object {
  return {
    kind,
    over,
    signer: signer && { fingerprint: signer.fingerprint, kind: signer.kind, public_key: signer.pem },
    predicate_type: predicateType,
    holds: problem === null,
    accepted_as: problem === null ? namesOf(standingOf(signer, signers)) : null,
    ...(problem === null ? {} : { problem: problem.toJSON() }),
  };
}

/** @throws StateError where it does not count as signed */
function printVerification(found: Verification, options: VerifyCommandOptions): void {
  const { snapshot, verifiedBytes, signatures, signers, problem } = found;
  tell(wrapped('digest  ', snapshot.digest));
  tell(wrapped('state   ', snapshot.stateDigest));
  const code =
    verifiedBytes === null ? 'not here, or not all of it' : `${bytes(verifiedBytes)}, every byte verified`;
  tell(wrapped('code    ', code));
  for (const note of snapshot.notes) warn(wrapped('note: ', note));
  tell('');
  for (const [index, signature] of signatures.entries()) printSignature(index + 1, signature);
  if (signatures.some(({ problem }) => problem === null)) {
    tell('');
    printStandings(signers);
    tellOtherTools(found, options);
  }
  if (problem !== null) throw problem;
}

/** Whose word counts here, which is another question than whether a signature holds. */
function printStandings(signers: Verification['signers']): void {
  for (const signer of signers) {
    const { key, refused } = signer;
    const names = namesOf(signer);
    const standing = names === null ? refused : `is accepted here as ${names.map(quotedWhole).join(', ')}`;
    print(styled(wrapped('', `${key.fingerprint} ${standing}`), names === null ? 'yellow' : 'green'));
  }
  if (signers.some(({ by }) => by.length > 0)) return;
  tell(
    wrapped(
      '',
      'To accept a signer: wassette-state trust add. First ask them for the fingerprint, by a way you trust.',
    ),
  );
}

function standingOf(signer: CheckedSignature['signer'], signers: Verification['signers']) {
  return signers.find(({ key }) => key.fingerprint === signer?.fingerprint);
}

/** The names by which a signer is accepted; null for one who is not. */
function namesOf(signer: Verification['signers'][number] | undefined): string[] | null {
  if (signer === undefined || signer.by.length === 0) return null;
  return [...new Set(signer.by.flatMap(({ names }) => names))];
}

function printSignature(number: number, { kind, over, signer, problem }: CheckedSignature): void {
  const by = signer === null ? '' : `, by ${signer.fingerprint}`;
  if (problem === null) {
    print(wrapped(`${number}  holds  `, `${KINDS[kind]} over ${THINGS[over!]}${by}`));
    return;
  }
  const claimed = signer === null ? '' : `, said to be by ${signer.fingerprint}`;
  const verdict = problem.code === 'VERIFY_UNKNOWN_KEY' ? 'open ' : 'WRONG';
  const text = `${KINDS[kind]}${claimed}: ${safeText(problem.message, 400)} [${problem.code}]`;
  print(styled(wrapped(`${number}  ${verdict}  `, text), 'yellow'));
}

function tellOtherTools(found: Verification, options: VerifyCommandOptions): void {
  const { evidence = EVIDENCE } = options;
  tell('');
  if (options.evidence === undefined) {
    tellCommand(
      'To check the same without this program, write what that needs:',
      sameCommand(givenArguments(), { plus: ['--evidence', evidence] }),
    );
  }
  for (const { says, command } of commandsFor(evidence, found, options.allowedSigners!))
    tellCommand(says, command);
}
