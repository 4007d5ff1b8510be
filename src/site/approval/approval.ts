// The approval of a plan, whoever decides: it is found if it was kept, planned again, judged, asked about, claimed and
// applied. Who can decide is listed at `ApproverKind`.
import { thisMoment } from '../../disk/moment.ts';
import { ConflictError, PolicyError } from '../../errors.ts';
import { type Approval, assertApproved, assertNotWidening, assertStillCurrent } from '../../plan/approval.ts';
import type { BoundState } from '../../plan/digest.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Directories } from '../../plan/words/changes.ts';
import type { Sentence } from '../../plan/words/sentences.ts';
import { findPlan, keepPlan } from '../../state/kept-plans.ts';
import type { Review } from '../../state/review.ts';
import { fetchAbsentCode } from '../code/fetching.ts';
import { applyDesired, type ImportResult } from '../import/applying.ts';
import type { CodeFindings } from '../import/code-check.ts';
import type { Desired } from '../import/desired.ts';
import { type ImportOptions, newNonce, Planning } from '../import/planning.ts';
import { noteDecline, notePlan, recordApproval } from '../recording.ts';
import type { Site } from '../site.ts';
import type { CountingApproval, WritingOptions } from '../written-approval/found-approvals.ts';
import type { Writing } from '../written-approval/writing.ts';
import { type Answer, type Approver, type ApproverKind, refusalOf } from './approver.ts';
import { sameWaiting } from './operator-approver.ts';
import { outcomeOf, type PlanOutcome, whileNobodyApplies } from './plan-outcome.ts';

const INTERRUPTED =
  'an import into this directory was interrupted: it is finished before another begins, and this plan is void if that changes what the plan is about';

/** What everything in a plan can be covered by, so that nobody is asked. */
type Covered = 'in-writing';

export interface Settled extends ImportResult {
  became: 'applied';
  answer: Answer | Covered;
  /** Who decided; `signed` where nothing was left for others to decide. */
  by: ApproverKind;
  /** Whose approvals in writing cover some of it, or all. */
  inWriting: readonly CountingApproval[];
}

/** What is imported and how, and which approvals in writing count. */
export type ProposalOptions = ImportOptions & WritingOptions;

/** A plan that somebody can decide about. */
export class Proposal {
  constructor(
    /** The reviewed plan: it is about the code itself, not about what a snapshot says of it. */
    readonly plan: Plan,
    private readonly desired: Desired,
    private readonly site: Site,
    private readonly options: ProposalOptions,
    private readonly findings: CodeFindings,
    private readonly state: BoundState,
    /** Where the storage URIs lead here. */
    readonly directories: Directories,
    /** What approvals in writing say of it; null where none are regarded. */
    readonly writing: Writing | null,
  ) {}

  /** What has to be approved in another way than in writing. */
  get left(): readonly Sentence[] {
    return this.writing?.left ?? this.plan.sentences;
  }

  /** Keeps the plan for an approval by a later call: once, within an hour. */
  async keep(): Promise<void> {
    await keepPlan(this.site.host.state, this.plan, this.findings, thisMoment());
  }

  /**
   * Keeps all of the plan, to be read and approved by the operator. Where the same one waits already, it stays.
   * @param notes what was said about the snapshot
   * @param lifetime how long it waits, in seconds
   * @returns the plan that waits
   */
  async keepForOperator(notes: readonly string[], lifetime: number): Promise<Plan> {
    const { state: own, locations } = this.site.host;
    const waiting = await sameWaiting(own, this.plan, this.state);
    if (waiting !== null) return { ...this.plan, ...waiting };
    const { plan, state } = this;
    const review: Review = { plan, state, notes: [...notes], secrets_dir: locations.secretsDir };
    await keepPlan(own, plan, this.findings, thisMoment(), { review, lifetime });
    return plan;
  }

  /** @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH */
  assertCoveredBy(approval: Approval): void {
    const { plan, left } = this;
    // Whoever agrees to all of it agrees to what is left.
    const isOfAll = approval.accept.length !== left.length;
    assertApproved(isOfAll ? plan : { ...plan, sentences: left }, approval);
  }

  /**
   * Has the approver decide about the plan, and applies exactly that plan.
   * @throws PolicyError POLICY_DECLINED; whatever the approver throws; as `applyDesired`
   */
  async settle(approver: Approver): Promise<Settled> {
    const answer = await this.askedOf(approver);
    await this.record(answer, approver);
    return { ...(await this.apply(null)), answer, ...this.decidedBy(approver) };
  }

  decidedBy({ kind }: Approver): Pick<Settled, 'by' | 'inWriting'> {
    const { writing } = this;
    return { by: writing?.isWhole ? 'signed' : kind, inWriting: writing?.by ?? [] };
  }

  /** @throws as `settle`, except for what `apply` throws */
  async askedOf(approver: Approver): Promise<Answer | Covered> {
    const { plan } = this;
    approver.judge(plan, this.left);
    // Nobody is asked about what cannot be applied.
    if (!this.options.force) await this.site.host.components.assertIdle();
    const { writing } = this;
    const answer = writing?.isWhole ? 'in-writing' : await approver.ask(plan);
    if (answer === 'declined') await noteDecline(this.site, plan, { how: approver.how });
    if (answer === 'declined' || answer === 'unanswered') throw refusalOf(answer, approver);
    return answer;
  }

  /** @throws as `recordApproval` */
  async record(answer: Answer | Covered, { how }: Approver): Promise<void> {
    const { plan, writing } = this;
    for (const { signer, names } of writing?.by ?? [])
      await recordApproval(this.site, plan, {
        how: 'signed',
        by: `${names.join(',')} ${signer.fingerprint}`,
      });
    if (answer !== 'in-writing')
      await recordApproval(this.site, plan, { how: answer === 'cannot-ask' ? 'nobody-asked' : how });
  }

  /** @param keptPlan digest of the kept plan that is used up by it @throws as `applyDesired` */
  async apply(keptPlan: string | null): Promise<Omit<Settled, 'answer' | 'by' | 'inWriting'>> {
    const { plan } = this;
    // Somebody may have been asked for long.
    this.writing?.assertStanding();
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

  get writing(): Writing | null {
    return this.proposal.writing;
  }

  /** @throws ConflictError CONFLICT_STALE_PLAN, CONFLICT_APPROVAL_MISMATCH */
  assertCoveredBy(approval: Approval): void {
    this.proposal.assertCoveredBy(approval);
  }

  /** As `Proposal.settle`; where another call was first, what became of the plan. */
  async settle(approver: Approver): Promise<Settled | UsedPlan> {
    const { digest } = this.plan;
    const answer = await this.proposal.askedOf(approver).catch((error: unknown) => {
      if (error instanceof PolicyError) return error;
      throw error;
    });
    if (answer instanceof PolicyError) {
      // Somebody else may have said yes meanwhile.
      const outcome = await outcomeOf(digest, this.site, this.signal);
      if (outcome.became === 'waiting') throw answer;
      return outcome;
    }
    return whileNobodyApplies(digest, this.site, this.signal, async (outcome) => {
      if (outcome.became !== 'waiting') return outcome;
      if (answer !== 'in-writing') await approver.assertStanding?.(this.plan);
      await this.proposal.record(answer, approver);
      return { ...(await this.proposal.apply(digest)), answer, ...this.proposal.decidedBy(approver) };
    });
  }
}

/** What became of a plan that waits no more. */
export type UsedPlan = Exclude<PlanOutcome, { became: 'waiting' }>;

/**
 * A new plan, for which all incoming code is fetched, where it is not here, and read.
 * @throws StoreError STORE_OTHER_HOST when the running Wassette works on another directory
 * @throws VerificationError VERIFY_PART_MISSING; as `Planning`
 */
export async function propose(desired: Desired, site: Site, options: ProposalOptions): Promise<Proposal> {
  const remarks = await remarksOn(site, options.signal);
  const fetched = await fetchAbsentCode(desired, site, options);
  const planning = await Planning.survey(desired, site, options);
  const findings = await planning.readCode(options);
  const plan = planning.plan(newNonce(), findings);
  await planning.assertAllThere(plan);
  const unrecorded = await notePlan(site, desired, plan, planning.factsOf(plan));
  if (options.neverWiden) assertNotWidening(plan);
  const said = withRemarks(plan, [...fetched, ...remarks, ...unrecorded]);
  return proposalOf(said, planning.boundState(), desired, site, options, findings);
}

async function proposalOf(
  plan: Plan,
  state: BoundState,
  desired: Desired,
  site: Site,
  options: ProposalOptions,
  findings: CodeFindings,
): Promise<Proposal> {
  const { approvals } = options;
  const directories = new Map(state.directories.map((each) => [each.uri, each]));
  const isRegarded = approvals !== undefined && desired.reverts === null && plan.sentences.length > 0;
  const writing = isRegarded
    ? await (await import('../written-approval/writing.ts')).Writing.on(plan, directories, site.host, {
        ...options,
        approvals,
      })
    : null;
  return new Proposal(plan, desired, site, options, findings, state, directories, writing);
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
  options: ProposalOptions,
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
  options: ProposalOptions,
): Promise<KeptProposal> {
  const { nonce, findings } = await findPlan(site.host.state, digest, thisMoment());
  const remarks = await remarksOn(site, options.signal);
  const planning = await Planning.survey(desired, site, options);
  const plan = planning.plan(nonce, findings);
  assertStillCurrent(plan, digest);
  // It may have been pruned since.
  await fetchAbsentCode(desired, site, options);
  await planning.assertAllThere(plan);
  const state = planning.boundState();
  const proposal = await proposalOf(withRemarks(plan, remarks), state, desired, site, options, findings);
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
