// Approvers whom the operator's policy names, and whose approvals in writing cannot count here.
import { quoted } from '../../src/codec/safe-text.ts';
import { nowSeconds } from '../../src/disk/clock.ts';
import type { OperatorPolicy } from '../../src/plan/operator-policy/rules.ts';
import { APPROVAL_NAMESPACE } from '../../src/plan/written-approval/statement.ts';
import { allowedSignersOf } from '../../src/site/signers.ts';
import type { AllowedSigners } from '../../src/trust/allowed-signers.ts';
import type { Host } from '../../src/wassette/host.ts';

/** One sentence for each. @throws as `allowedSignersOf` */
export async function notesOnApprovers(host: Host, policy: OperatorPolicy | null): Promise<string[]> {
  if (policy === null || policy.approvers.entries === 'any') return [];
  const allowed = await allowedSignersOf(host, {});
  return policy.approvers.entries.flatMap(({ value, line }) => {
    const why = whyNot(value, allowed);
    const named = `${quoted(value)}, an approver in line ${line} of the operator's policy,`;
    return why === null ? [] : [`${named} ${why}: no approval in writing by them counts here`];
  });
}

/** Null where approvals by somebody of that name count now. */
function whyNot(name: string, allowed: AllowedSigners): string | null {
  const lines = allowed.lines.filter(({ names }) => names.includes(name));
  if (lines.length === 0) return 'is not in the list of accepted signers';
  const now = new Date(nowSeconds() * 1_000);
  const found = lines.map(({ key }) => allowed.acceptance(key, now, APPROVAL_NAMESPACE));
  if (found.some(({ by }) => by.some(({ names }) => names.includes(name)))) return null;
  return found[0]!.refused ?? 'is accepted by another name only';
}
