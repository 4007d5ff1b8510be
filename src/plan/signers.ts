// Who signed what is imported, and whether that is who signed the last snapshot of this name (FORMAT.md, F-15).

/** Somebody whose signature of the snapshot holds. */
export interface PlanSigner {
  /** `SHA256:` and the hash of the key. */
  fingerprint: string;
  /** The names by which this host accepts the key; none where it does not. */
  names: readonly string[];
}

/** Who signed a snapshot, and who is remembered for its name. */
export interface SnapshotSigners {
  /** What it was opened by; null where that was a digest, which is another for each snapshot. */
  name: string | null;
  signers: readonly PlanSigner[];
  /** Fingerprints of those who had signed what was imported by this name; null where nobody had. */
  remembered: readonly string[] | null;
}

/** Whether somebody who is remembered for the name has not signed this snapshot. */
export function isOtherSigner({ signers, remembered }: SnapshotSigners): boolean {
  return missingOf({ signers, remembered }).length > 0;
}

/** Those who are remembered and have not signed. More signers than before are no change: anybody can add a signature. */
function missingOf({ signers, remembered }: Pick<SnapshotSigners, 'signers' | 'remembered'>): string[] {
  const present = new Set(signers.map(({ fingerprint }) => fingerprint));
  return (remembered ?? []).filter((fingerprint) => !present.has(fingerprint));
}

/**
 * Who is to be remembered once the snapshot is imported; null where that does not change. Those that this host accepts,
 * if any: whoever else has signed may have added the signature unasked.
 */
export function toRemember(of: SnapshotSigners): readonly string[] | null {
  const { name, signers, remembered } = of;
  if (name === null || (remembered !== null && !isOtherSigner(of))) return null;
  const accepted = signers.filter(({ names }) => names.length > 0);
  const chosen = (accepted.length > 0 ? accepted : signers).map(({ fingerprint }) => fingerprint);
  return chosen.length === 0 && remembered === null ? null : chosen;
}
