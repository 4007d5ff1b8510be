// Holds a plan against approvals in writing: what they cover, thing by thing, and what is left to be approved otherwise.
import type { Plan } from '../plan.ts';
import type { PlanStep } from '../step.ts';
import type { Directories } from '../words/changes.ts';
import { describeLosses, describeSteps, type Sentence } from '../words/sentences.ts';
import { type Allowance, keyOf, otherSigner, type Part, partsOf } from './allowance.ts';

/** What of a plan is covered by approvals, and by which. */
export interface Coverage<A> {
  /** Those that something of the plan is covered by; of two that cover the same, the first. */
  by: readonly A[];
  /** How many things are covered. */
  covered: number;
  /** The sentences about everything else. */
  left: readonly Sentence[];
  /** What is taken away and not covered. */
  losses: readonly Sentence[];
  /** Whether nothing is left. */
  isWhole: boolean;
}

/** Everything that a plan does, allows and takes away, as far as an approval in writing can be about it. */
export function allowancesOf(plan: Plan, directories: Directories): Allowance[] {
  const parts = plan.steps.flatMap((step) => partsOf(step, directories));
  const all = [otherSigner(plan), ...parts.map(({ allowance }) => allowance)].filter((one) => one !== null);
  // A policy may say a thing twice.
  return [...new Map(all.map((allowance) => [keyOf(allowance), allowance])).values()];
}

/** What no approval in writing can be about, in sentences. */
export function beyondWriting({ steps }: Pick<Plan, 'steps'>, directories: Directories): Sentence[] {
  const isBeyond = ({ allowance }: Part) => allowance === null;
  const left = steps.map((step) => withOnly(step, partsOf(step, directories).filter(isBeyond)));
  return [...describeSteps(left, directories), ...describeLosses(left, directories)];
}

/** @param approvals that count for this plan; none is more than its `allows` */
export function coverageOf<A extends { readonly allows: readonly Allowance[] }>(
  plan: Plan,
  directories: Directories,
  approvals: readonly A[],
): Coverage<A> {
  const allowed = new Map<string, A>();
  for (const approval of approvals)
    for (const allowance of approval.allows) {
      const key = keyOf(allowance);
      if (!allowed.has(key)) allowed.set(key, approval);
    }
  const by = new Set<A>();
  let covered = 0;
  let open = 0;
  const isOpen = (allowance: Allowance | null) => {
    const approval = allowance === null ? undefined : allowed.get(keyOf(allowance));
    if (approval === undefined) {
      open += 1;
      return true;
    }
    by.add(approval);
    covered += 1;
    return false;
  };
  const signer = otherSigner(plan);
  const isSignerOpen = signer !== null && isOpen(signer);
  const left = plan.steps.map((step) =>
    withOnly(
      step,
      partsOf(step, directories).filter(({ allowance }) => isOpen(allowance)),
    ),
  );
  return {
    by: approvals.filter((approval) => by.has(approval)),
    covered,
    left: [
      ...(isSignerOpen ? plan.sentences.filter(({ kind }) => kind === 'signer') : []),
      ...describeSteps(left, directories),
    ],
    losses: describeLosses(left, directories),
    isWhole: covered > 0 && open === 0,
  };
}

/** The step as if only these parts of it happened. */
function withOnly(step: PlanStep, parts: readonly Part[]): PlanStep {
  const changes = (place: 'gains' | 'losses') =>
    parts.flatMap((part) => (part.in === place && 'change' in part ? [part.change] : []));
  const names = (place: 'added' | 'replaced' | 'removed') =>
    parts.flatMap((part) => (part.in === place && 'name' in part ? [part.name] : []));
  const { secretNames: _all, ...others } = step;
  const secretNames = { added: names('added'), replaced: names('replaced'), removed: names('removed') };
  const hasSecrets =
    parts.some((part) => part.in === 'secrets-file') ||
    Object.values(secretNames).some(({ length }) => length > 0);
  return {
    ...others,
    action: parts.some((part) => part.in === 'event') ? step.action : 'unchanged',
    gains: changes('gains'),
    losses: changes('losses'),
    ...(hasSecrets ? { secretNames } : {}),
  };
}
