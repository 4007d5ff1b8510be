// The approval of a plan, whoever decides: it is found if it was kept, planned again, judged, asked about, claimed and
// applied.
import { nowSeconds } from '../disk/clock.ts';
import { ConflictError, PolicyError } from '../errors.ts';
import { type Approval, assertApproved, assertStillCurrent } from '../plan/approval.ts';
import type { Plan } from '../plan/plan.ts';
import { findPlan, keepPlan } from '../state/kept-plans.ts';
import { applyDesired, type ImportResult } from './applying.ts';
import type { CodeFindings } from './code-check.ts';
import type { Desired } from './desired.ts';
import { outcomeOf, type PlanOutcome, whileNobodyApplies } from './plan-outcome.ts';
import { type ImportOptions, newNonce, Planning } from './planning.ts';
import type { Site } from './site.ts';

const INTERRUPTED =
  'an import into this directory was interrupted: it is finished before another begins, and this plan is void if that changes what the plan is about';

/** `cannot-ask` when there is nobody to be asked. */
export type Answer = 'approved' | 'declined' | 'cannot-ask';

/** Who decides about a plan, and by which rules. */
export interface Approver {
  /** Throws for a plan that is refused without asking. */
  judge(plan: Plan): void;
  ask(plan: Plan): Promise<Answer>;
  /** What to do after the answer was no. */
  readonly hintWhenDeclined: string;
}

export interface Settled extends ImportResult {
  became: 'applied';
  answer: Answer;
}

/** A plan that somebody can decide about. */
export class Proposal {
  constructor(
    /** The reviewed plan: it is about the code itself, not about what a snapshot says of it. */
    readonly plan: Plan,
    private readonly desired: Desired,
    private readonly site: Site,
    private readonly options: ImportOptions,
    private readonly findings: CodeFindings,
  ) {}

  /** Keeps the plan for an approval by a later call: once, within an hour. */
  async keep(): Promise<void> {
    await keepPlan(this.site.host.state, this.plan, this.findings, nowSeconds());
  }

  /** @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH */
  assertCoveredBy(approval: Approval): void {
    assertApproved(this.plan, approval);
  }

  /**
   * Has the approver decide about the plan, and applies exactly that plan.
   * @throws PolicyError POLICY_DECLINED; whatever the approver throws; as `applyDesired`
   */
  async settle(approver: Approver): Promise<Settled> {
    const answer = await this.askedOf(approver);
    return { ...(await this.apply(null)), answer };
  }

  /** @throws as `settle`, except for what `apply` throws */
  async askedOf(approver: Approver): Promise<Answer> {
    const { plan } = this;
    approver.judge(plan);
    // Nobody is asked about what cannot be applied.
    if (!this.options.force) await this.site.host.components.assertIdle();
    const answer = await approver.ask(plan);
    if (answer === 'declined') {
      throw new PolicyError('POLICY_DECLINED', 'not approved; nothing was changed', {
        hint: approver.hintWhenDeclined,
      });
    }
    return answer;
  }

  /** @param keptPlan digest of the kept plan that is used up by it @throws as `applyDesired` */
  async apply(keptPlan: string | null): Promise<Omit<Settled, 'answer'>> {
    const { plan } = this;
    const accept = plan.sentences.map((sentence) => sentence.text);
    const approval = { approve: plan.digest, accept, nonce: plan.nonce };
    const options = { ...this.options, approval };
    const result = await applyDesired(this.desired, this.site, options, this.findings, keptPlan);
    return { became: 'applied', ...result, plan };
  }
}

/** A plan that was kept for this decision, which another call may make as well. */
export class KeptProposal {
  readonly became = 'waiting';

  constructor(
    private readonly proposal: Proposal,
    private readonly site: Site,
    private readonly signal: AbortSignal | undefined,
  ) {}

  get plan(): Plan {
    return this.proposal.plan;
  }

  /** @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH */
  assertCoveredBy(approval: Approval): void {
    this.proposal.assertCoveredBy(approval);
  }

  /** As `Proposal.settle`; where another call was first, what became of the plan. */
  async settle(approver: Approver): Promise<Settled | UsedPlan> {
    const { digest } = this.plan;
    const answer = await this.proposal.askedOf(approver);
    return whileNobodyApplies(digest, this.site, this.signal, async (outcome) =>
      outcome.became === 'waiting' ? { ...(await this.proposal.apply(digest)), answer } : outcome,
    );
  }
}

/** What became of a plan that waits no more. */
export type UsedPlan = Exclude<PlanOutcome, { became: 'waiting' }>;

/**
 * A new plan, for which all incoming code is read.
 * @throws StoreError STORE_OTHER_HOST when the running Wassette works on another directory
 * @throws VerificationError VERIFY_PART_MISSING; as `Planning`
 */
export async function propose(desired: Desired, site: Site, options: ImportOptions): Promise<Proposal> {
  const remarks = await remarksOn(site, options.signal);
  const planning = await Planning.survey(desired, site, options);
  const findings = await planning.readCode(options);
  const plan = planning.plan(newNonce(), findings);
  await planning.assertAllThere(plan);
  return new Proposal(withRemarks(plan, remarks), desired, site, options, findings);
}

/**
 * The kept plan `digest`, made again with what was found in its code: no code is read. What became of it, where another
 * call was first.
 * @throws ConflictError CONFLICT_STALE_PLAN when there is none any more; as `propose`
 */
export async function recall(
  digest: string,
  desired: Desired,
  site: Site,
  options: ImportOptions,
): Promise<KeptProposal | UsedPlan> {
  try {
    return await remade(digest, desired, site, options);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Another call may have changed the host meanwhile, by this very approval.
    const outcome = await outcomeOf(digest, site, options.signal);
    if (outcome.became === 'waiting') throw error;
    return outcome;
  }
}

async function remade(
  digest: string,
  desired: Desired,
  site: Site,
  options: ImportOptions,
): Promise<KeptProposal> {
  const { nonce, findings } = await findPlan(site.host.state, digest, nowSeconds());
  const remarks = await remarksOn(site, options.signal);
  const planning = await Planning.survey(desired, site, options);
  const plan = planning.plan(nonce, findings);
  assertStillCurrent(plan, digest);
  await planning.assertAllThere(plan);
  const proposal = new Proposal(withRemarks(plan, remarks), desired, site, options, findings);
  return new KeptProposal(proposal, site, options.signal);
}

/** What is uncertain about this directory. */
async function remarksOn({ host }: Site, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const remarks = await host.components.remarks(signal);
  return (await host.components.isUnfinished()) ? [...remarks, INTERRUPTED] : remarks;
}

function withRemarks(plan: Plan, remarks: readonly string[]): Plan {
  return { ...plan, warnings: [...plan.warnings, ...remarks] };
}
