// The operator's choice of approvals in writing: which count, and what this host is for them.
import path from 'node:path';
import { UsageError } from '../../src/errors.ts';
import type { OperatorPolicy } from '../../src/plan/operator-policy/rules.ts';
import { listsIn } from '../text-list.ts';
import type { ServerOptions } from './server-options.ts';

export interface WritingFlags {
  approval?: string | undefined;
  approvals?: string | undefined;
  label?: readonly string[] | undefined;
}

/** @param policy the operator's, which may say the labels @throws UsageError USAGE_BAD_ARGUMENT for one of these flags without the others that it needs */
export async function chosenWriting(
  { approval, approvals, label = [] }: WritingFlags,
  policy: OperatorPolicy | null,
): Promise<ServerOptions['writing']> {
  if (approval === 'signed' && approvals === undefined) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'with --approval signed, only --approvals can approve anything',
      { hint: 'say where approvals in writing are, and with --label what this host is' },
    );
  }
  if (approvals === undefined && label.length === 0) return undefined;
  // Only then: what reads approvals takes long to load.
  const { assertWriting } = await import('../../src/site/written-approval/found-approvals.ts');
  const labels = listsIn(label);
  assertWriting({ approvals, labels, policy });
  return { approvals: path.resolve(approvals!), labels };
}
