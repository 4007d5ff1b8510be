// The approvals in writing in a file or folder, and which of them count for a snapshot here and now.
import { quoted } from '../../codec/safe-text.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { readSmallFile } from '../../disk/durable-file.ts';
import { jsonFilesAt } from '../../disk/json-files.ts';
import { StateError, UsageError } from '../../errors.ts';
import type { OperatorPolicy } from '../../plan/operator-policy/rules.ts';
import { labelsIn } from '../../plan/written-approval/label.ts';
import { assertCounts } from '../../plan/written-approval/standing.ts';
import { readApproval, type WrittenApproval } from '../../plan/written-approval/statement.ts';
import { approvalTimes } from '../../state/approval-times.ts';
import type { Host } from '../../wassette/host.ts';
import { allowedSignersOf, type TrustOptions } from '../signers.ts';

/** Which approvals in writing count. */
export interface WritingOptions extends TrustOptions {
  /** A file with an approval in writing, or a directory whose `.json` files are such. */
  approvals?: string | undefined;
  /** What this host is: an approval counts where it has one of these. */
  labels?: readonly string[] | undefined;
  /** Caps both, and says the labels where none are given. */
  policy?: OperatorPolicy | null | undefined;
}

/** An approval that counts. */
export interface CountingApproval extends WrittenApproval {
  file: string;
  /** By which its signer is accepted. */
  names: readonly string[];
}

/** Why an approval does not count. */
export interface Objection {
  file: string;
  error: StateError;
}

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 1_000;

/** @throws UsageError USAGE_BAD_ARGUMENT where labels and approvals do not come together */
export function assertWriting({
  approvals,
  labels = [],
  policy,
}: Pick<WritingOptions, 'approvals' | 'labels' | 'policy'>): void {
  const here = labelsHere({ labels, policy });
  if (approvals === undefined && labels.length > 0)
    throw new UsageError('USAGE_BAD_ARGUMENT', 'this host was given a label, and no approvals in writing', {
      hint: 'labels are for approvals in writing: give both, or none',
    });
  if (approvals !== undefined && here.length === 0)
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'approvals in writing are for hosts with a label, and this one has none',
      {
        hint: 'say what this host is with a label, such as production',
      },
    );
}

/** @throws UsageError USAGE_BAD_ARGUMENT for a label that the operator's policy does not have */
function labelsHere({ labels = [], policy }: Pick<WritingOptions, 'labels' | 'policy'>): readonly string[] {
  const given = labelsIn(labels);
  if (!policy || policy.labels.entries === 'any') return given;
  const { entries, line } = policy.labels;
  const known = entries.map(({ value }) => value);
  const beyond = given.find((label) => !known.includes(label));
  if (beyond === undefined) return given.length > 0 ? given : known;
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${quoted(beyond)} is none of the labels in the operator's policy, line ${line}`,
    { hint: 'give one that is, or none for all of them' },
  );
}

export async function approvalsOf(
  snapshot: string,
  host: Host,
  options: WritingOptions & { approvals: string },
): Promise<{ counting: CountingApproval[]; objections: Objection[] }> {
  assertWriting(options);
  const now = nowSeconds();
  const allowed = await allowedSignersOf(host, options);
  const times = await approvalTimes(host.state, snapshot, now);
  const here = {
    snapshot,
    labels: labelsHere(options),
    approvers: options.policy?.approvers.entries ?? 'any',
    allowed,
    now,
    ...times,
  };
  const { files, isFolder } = await jsonFilesAt(options.approvals, MOST_FILES);
  const counting: CountingApproval[] = [];
  const objections: Objection[] = [];
  for (const file of files) {
    try {
      const approval = readApproval(await readSmallFile(file, MOST_BYTES), allowed.keys);
      counting.push({ ...approval, file, names: assertCounts(approval, here) });
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const isOther = error.code === 'VERIFY_OTHER_SUBJECT';
      if (!(isFolder && isOther)) objections.push({ file, error });
    }
  }
  return { counting, objections };
}
