// Whether an approval in writing counts: by whom, here, now, and for this snapshot.
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { PolicyError, VerificationError } from '../../errors.ts';
import type { AllowedSigners } from '../../trust/allowed-signers.ts';
import type { OperatorPolicy } from '../operator-policy/rules.ts';
import { APPROVAL_NAMESPACE, type ApprovedThings, type WrittenApproval } from './statement.ts';
import { timeText } from './time.ts';

/** The clocks of two machines may differ so far. */
const TOLERANCE_SECONDS = 60;

/** Where, when and for what an approval is to count. */
export interface Standing {
  /** The digest of the snapshot. */
  snapshot: string;
  /** Of this host. */
  labels: readonly string[];
  /** Whose signatures count here. */
  allowed: AllowedSigners;
  /** Those of them whose approvals count, by name. */
  approvers: OperatorPolicy['approvers']['entries'];
  now: number;
  /** The latest time that was seen here, whatever the clock says now. */
  latest: number;
  /** When the snapshot was last taken back here; null where that did not happen. */
  takenBackAt: number | null;
}

/**
 * The names by which its signer is accepted. All times are in seconds since 1970.
 * @throws VerificationError VERIFY_OTHER_SUBJECT; PolicyError POLICY_APPROVER_NOT_ACCEPTED, POLICY_APPROVAL_OTHER_HOST,
 * POLICY_APPROVAL_NOT_YET, POLICY_APPROVAL_EXPIRED, POLICY_APPROVAL_TAKEN_BACK where it does not count
 */
export function assertCounts(approval: WrittenApproval, here: Standing): readonly string[] {
  assertSubject(approval, here);
  const names = acceptedNames(approval, here);
  assertLabel(approval, here);
  assertTime(approval, here);
  return names;
}

function assertSubject({ snapshot }: ApprovedThings, here: Standing): void {
  if (snapshot === here.snapshot) return;
  throw new VerificationError('VERIFY_OTHER_SUBJECT', `it is about another snapshot, ${snapshot}`, {
    hint: 'a snapshot that was changed needs an approval of its own',
    details: { subject: snapshot },
  });
}

/** Who is accepted now is asked, not who was when it was made: nobody else says when that was. */
function acceptedNames(
  { signer }: WrittenApproval,
  { allowed, approvers, ...here }: Standing,
): readonly string[] {
  const at = new Date(latestOf(here) * 1_000);
  const { by, refused } = allowed.acceptance(signer, at, APPROVAL_NAMESPACE);
  const names = [...new Set(by.flatMap((line) => line.names))];
  const isNamed = approvers === 'any' || approvers.some(({ value }) => names.includes(value));
  if (refused === null && isNamed) return names;
  if (refused === null) {
    throw new PolicyError(
      'POLICY_APPROVER_NOT_ACCEPTED',
      `its signer, ${fewOf(names.map(quoted))}, is none of the approvers in the operator's policy`,
      { hint: 'only the operator can name another', details: { signer: signer.fingerprint } },
    );
  }
  throw new PolicyError('POLICY_APPROVER_NOT_ACCEPTED', `its signer, ${signer.fingerprint}, ${refused}`, {
    hint: `accept the key for ${APPROVAL_NAMESPACE}, if you trust whoever holds it with that`,
    details: { signer: signer.fingerprint },
  });
}

function assertLabel({ labels }: ApprovedThings, here: Standing): void {
  if (labels.some((label) => here.labels.includes(label))) return;
  const own = here.labels.length === 0 ? 'has none' : `is ${fewOf(here.labels.map(quoted))}`;
  throw new PolicyError(
    'POLICY_APPROVAL_OTHER_HOST',
    `it is for hosts labelled ${fewOf(labels.map(quoted))}, and this one ${own}`,
    { hint: 'get one for this host; its labels are the choice of its operator' },
  );
}

function assertTime({ issuedAt, until }: ApprovedThings, here: Standing): void {
  const { now, takenBackAt } = here;
  if (now + TOLERANCE_SECONDS < issuedAt) {
    throw new PolicyError(
      'POLICY_APPROVAL_NOT_YET',
      `it was made ${timeText(issuedAt)}, and here it is ${timeText(now)}`,
      { hint: 'a clock is wrong: that of this host, or that of whoever made it' },
    );
  }
  if (latestOf(here) >= until) {
    const setBack = now < until ? `: the clock was set back from ${timeText(here.latest)}` : '';
    throw new PolicyError('POLICY_APPROVAL_EXPIRED', `it ended ${timeText(until)}${setBack}`, {
      hint: 'get a new one',
    });
  }
  if (takenBackAt !== null && issuedAt <= takenBackAt) {
    throw new PolicyError(
      'POLICY_APPROVAL_TAKEN_BACK',
      `the snapshot was taken back here ${timeText(takenBackAt)}, after it was made`,
      { hint: 'whoever wants it back here gets a new one, or approves it in another way' },
    );
  }
}

function latestOf({ now, latest }: Pick<Standing, 'now' | 'latest'>): number {
  return Math.max(now, latest);
}
