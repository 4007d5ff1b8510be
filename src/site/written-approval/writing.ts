// What approvals in writing cover of a plan on this host, and by whom they are.
import { counted } from '../../codec/enumeration.ts';
import { quotedWhole } from '../../codec/safe-text.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { PolicyError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { WritingView } from '../../plan/view.ts';
import type { Directories } from '../../plan/words/changes.ts';
import { type Coverage, coverageOf } from '../../plan/written-approval/coverage.ts';
import { timeText } from '../../plan/written-approval/time.ts';
import type { Host } from '../../wassette/host.ts';
import {
  approvalsOf,
  type CountingApproval,
  type Objection,
  type WritingOptions,
} from './found-approvals.ts';
import { whoseInWords } from './whose.ts';

/** What approvals in writing have to say of a plan. */
export class Writing implements WritingView {
  private constructor(
    private readonly coverage: Coverage<CountingApproval>,
    /** Approvals that do not count; in a folder those of other snapshots are passed over. */
    readonly objections: readonly Objection[],
  ) {}

  /**
   * Reads the approvals, and holds the plan against those that count.
   * @param directories where the plan's paths lead on this host
   * @throws StoreError STORE_NOT_FOUND, STORE_DENIED, STORE_DAMAGED; UsageError USAGE_BAD_ARGUMENT; as `allowedSignersOf`
   */
  static async on(
    plan: Plan,
    directories: Directories,
    host: Host,
    options: WritingOptions & { approvals: string },
  ): Promise<Writing> {
    const { counting, objections } = await approvalsOf(plan.source, host, options);
    return new Writing(coverageOf(plan, directories, counting), objections);
  }

  /** Whether nothing is left to be approved in another way. */
  get isWhole(): boolean {
    return this.coverage.isWhole;
  }

  /** Whose approvals cover something. */
  get by(): readonly CountingApproval[] {
    return this.coverage.by;
  }

  get left() {
    return this.coverage.left;
  }

  get losses() {
    return this.coverage.losses;
  }

  get lines(): readonly string[] {
    const { by, covered, isWhole } = this.coverage;
    if (by.length === 0) return [];
    const what = isWhole ? 'all of it' : counted(covered, 'thing');
    return [`${what}, by ${by.map(whoseInWords).join('; ')}`];
  }

  get warnings(): readonly string[] {
    return this.objections.map(
      ({ file, error }) =>
        `the approval in ${quotedWhole(file)} does not count (${error.code}): ${error.message}`,
    );
  }

  /** That what counted when the plan was shown still counts. @throws PolicyError POLICY_APPROVAL_EXPIRED */
  assertStanding(): void {
    const over = this.coverage.by.find(({ until }) => nowSeconds() >= until);
    if (over === undefined) return;
    throw new PolicyError(
      'POLICY_APPROVAL_EXPIRED',
      `the approval in ${over.file} ended ${timeText(over.until)}`,
      {
        hint: 'get a new one; nothing was changed',
      },
    );
  }
}
