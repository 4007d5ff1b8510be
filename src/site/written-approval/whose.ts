// Whose an approval in writing is, in words.
import { quotedWhole } from '../../codec/safe-text.ts';
import { timeText } from '../../plan/written-approval/time.ts';
import type { CountingApproval } from './found-approvals.ts';

/** `"alice@example.com" (SHA256:…, until 2026-12-31T00:00:00Z)`. */
export function whoseInWords({ names, signer, until, file }: CountingApproval): string {
  const who = names.map(quotedWhole).join(' or ');
  return `${who} (${signer.fingerprint}) in ${quotedWhole(file)}, until ${timeText(until)}`;
}

/** `"alice@example.com"`. */
export function namesOf(approvals: readonly CountingApproval[]): string {
  const names = new Set(approvals.map((approval) => approval.names.map(quotedWhole).join(' or ')));
  return [...names].join(' and ');
}
