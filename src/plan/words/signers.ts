// Puts into words who signed a snapshot, and that it is somebody else than before.
import { quotedWhole } from '../../codec/safe-text.ts';
import { isOtherSigner, type PlanSigner, type SnapshotSigners, toRemember } from '../signers.ts';
import type { Sentence } from './sentences.ts';

/** `"alice@example.com" (SHA256:…), accepted here`, to follow "signed by"; null where nobody has signed, and nobody had. */
export function signersInWords({ signers, remembered }: SnapshotSigners): string | null {
  if (signers.length === 0) return remembered === null ? null : 'nobody';
  return signers.map(inWords).join('; ');
}

function inWords({ fingerprint, names }: PlanSigner): string {
  if (names.length === 0) return `${fingerprint}, whom nobody has accepted here`;
  return `${names.map(quotedWhole).join(' or ')} (${fingerprint}), accepted here`;
}

/** What has to be approved where the signer is another one than before. One sentence for each snapshot, of no component. */
export function describeSigners(of: SnapshotSigners | null): Sentence[] {
  if (of === null || of.name === null || !isOtherSigner(of)) return [];
  const before = (of.remembered ?? []).map(quotedWhole).join(' and ');
  const now = of.signers.length === 0 ? 'NOBODY' : of.signers.map(named).join(' and ');
  const text = `the snapshot ${quotedWhole(of.name)}, until now signed by ${before}, is signed by ${now}`;
  return [{ kind: 'signer', component_ids: [], text }];
}

function named({ fingerprint, names }: PlanSigner): string {
  const known = names.length === 0 ? '' : ` (${names.map(quotedWhole).join(' or ')})`;
  return `${quotedWhole(fingerprint)}${known}`;
}

/** What a reviewer should know where the signer is remembered from this import on. */
export function warnOfRemembering(of: SnapshotSigners | null): string[] {
  const remembered = of === null ? null : toRemember(of);
  if (of === null || remembered === null) return [];
  if (remembered.length === 0)
    return [`nobody is remembered any more as the signer of ${quotedWhole(of.name!)}`];
  const who = remembered.map(quotedWhole).join(' and ');
  const first = of.remembered === null ? 'the first signed import by this name: ' : '';
  return [
    `${first}${who} will be remembered as the signer of ${quotedWhole(of.name!)}; another one, or none, has to be approved`,
  ];
}
