// Plans an import: the steps it would take and what each allows, as a pure function of what is wanted and what is there.
// Import, undo and review all use it; it reads no file and changes nothing.
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { nearest } from '../codec/suggestion.ts';
import { UsageError } from '../errors.ts';
import type { WithoutPolicy } from '../policy/wassette-versions.ts';
import { boundStateOf, planDigest } from './digest.ts';
import type { ComponentChange } from './file-kinds.ts';
import {
  assertAskedFor,
  findForbiddenGrants,
  forbiddenInWords,
  refuseNewGrants,
} from './refusals/forbidden-grants.ts';
import { refuseClashes, refuseUnreadableGains } from './refusals/refusals.ts';
import type { SecretsChange } from './secrets-change.ts';
import type { SnapshotSigners } from './signers.ts';
import { isChanging, type PlanStep, stepFor } from './step.ts';
import type { DesiredComponent, PlanOptions, TargetComponent, TargetState } from './target.ts';
import { findLacks, type Lacks, warnOfUnseenVariables } from './warnings/lacks.ts';
import { warnOfOverlay } from './warnings/overlay.ts';
import { findStoppingTools } from './warnings/stopping-tools.ts';
import {
  findWarnings,
  warnOfBlindness,
  warnOfLaterChanges,
  warnOfSecretsElsewhere,
} from './warnings/warnings.ts';
import { describeLosses, describeSteps, type Sentence } from './words/sentences.ts';
import { describeSigners, warnOfRemembering } from './words/signers.ts';

/** What an import would do on one host. */
export interface Plan {
  /** `sha256:<hex>` over everything an approval must bind to. */
  digest: string;
  /** Random; makes this plan another one than each before it. */
  nonce: string;
  /** What is restored: a snapshot digest, or the name of an undo record. */
  source: string;
  /** Real path of the component directory. */
  target: string;
  options: PlanOptions;
  /** One for each component, in the order of their ids; also those that change nothing. */
  steps: readonly PlanStep[];
  /** What the steps allow: what an approval accepts. */
  sentences: readonly Sentence[];
  /** Who signed the snapshot, and who had signed the one before; null where nobody has and nobody had. */
  signers: SnapshotSigners | null;
  /** What the steps take away. */
  losses: readonly Sentence[];
  /** Which tools nobody serves any more afterwards, in words. */
  stopping: readonly string[];
  /** Whether an undo can take it back once it is applied. */
  undoable: boolean;
  /** What this host would still need; no reason to refuse. */
  lacks: Lacks;
  /** Why it cannot be applied now, and what to do; null where it can. An approval does not bind to it. */
  obstacle: string | null;
  /** What a reviewer should know, one sentence each; an approval does not bind to them. */
  warnings: readonly string[];
  /**
   * How what is allowed fits what the code can do, one remark each; an approval does not bind to them. Absent where no code
   * was read; that there is none says nothing.
   */
  fit?: readonly string[];
}

export interface PlanRequest {
  /** What is restored: a snapshot digest, or the name of an undo record. */
  source: string;
  desired: readonly DesiredComponent[];
  target: TargetState;
  options: PlanOptions;
  /**
   * What the import did that is taken back. The target's own earlier state then comes back: grants that no import may
   * bring are shown, not refused.
   */
  takesBack?: readonly ComponentChange[] | null;
  /** What having no policy means on the host that the components come from. */
  cameFrom: WithoutPolicy;
  /** What happens to secrets, by component id; nothing where it is left out. */
  secretsChanges?: ReadonlyMap<string, SecretsChange>;
  signers?: SnapshotSigners | null;
  nonce: string;
}

/** @throws UsageError USAGE_UNKNOWN_COMPONENT, ConflictError CONFLICT_ID_CLASH, PolicyError POLICY_FORBIDDEN_GRANT */
export function planImport(request: PlanRequest): Plan {
  const { target, options, nonce, source } = request;
  const { takesBack = null, secretsChanges = new Map(), signers = null } = request;
  const there = new Map(target.components.map((component) => [component.component_id, component]));
  const chosen = chooseComponents(request).map((wanted) => withKeptPolicy(wanted, there));
  const { secrets, withoutPolicy } = target;
  const facts = { skipExisting: options.skipExisting, secrets, withoutPolicy, secretsChanges };
  const steps = chosen.map((component) => stepFor(component, there.get(component.component_id), facts));
  steps.sort((a, b) => (a.component_id < b.component_id ? -1 : 1));
  refuseClashes(steps, target);
  assertAskedFor(options.allowGrants, chosen);
  const forbidden = findForbiddenGrants(steps, chosen, target);
  if (takesBack === null) {
    refuseUnreadableGains(steps); // first: the others say a value whole
    refuseNewGrants(forbidden, options.allowGrants, target);
  }
  // Where nothing changes, nobody's word is taken for it.
  const isIdle = !steps.some(({ action }) => isChanging(action));
  const sentences = [
    ...(isIdle ? [] : describeSigners(signers)),
    ...describeSteps(steps, target.directories),
  ];
  const bound = { source, target: target.path, options, steps, sentences, signers, nonce };
  return {
    digest: planDigest(bound, boundStateOf(target)),
    ...bound,
    losses: describeLosses(steps, target.directories),
    stopping: findStoppingTools(steps, chosen, target),
    undoable: takesBack === null,
    lacks: findLacks(steps, chosen, target),
    obstacle: target.obstacle,
    warnings: [
      ...(isIdle ? [] : warnOfRemembering(signers)),
      ...warnOfOverlay(steps, chosen),
      ...warnOfLaterChanges(steps, takesBack ?? [], there, secretsChanges),
      ...forbidden.map(forbiddenInWords),
      ...findWarnings(steps, chosen, target),
      ...warnOfSecretsElsewhere(steps, target),
      ...warnOfUnseenVariables(steps, chosen, target),
      ...warnOfBlindness(steps, chosen, request.cameFrom, withoutPolicy),
    ],
  };
}

/** The steps that change something. */
export function changingSteps(plan: Plan): PlanStep[] {
  return plan.steps.filter((step) => isChanging(step.action));
}

/** Whether it allows something that nobody on this host had allowed before: a right, or another signer. */
export function isWidening(plan: Plan): boolean {
  return (
    plan.sentences.some(({ kind }) => kind === 'signer') || plan.steps.some((step) => step.gains.length > 0)
  );
}

function chooseComponents({ desired, target, options }: PlanRequest): DesiredComponent[] {
  const wanted = new Set(desired.map((c) => c.component_id));
  const extra = options.removeExtra
    ? target.components.filter((c) => c.artifact !== null && !wanted.has(c.component_id)).map(absent)
    : [];
  const all = [...desired, ...extra];
  if (options.componentIds === null) return all;
  const known = new Set(all.map((c) => c.component_id));
  for (const id of options.componentIds) {
    if (known.has(id)) continue;
    const close = nearest(id, known);
    throw new UsageError('USAGE_UNKNOWN_COMPONENT', `there is no component ${quoted(id)} to restore`, {
      hint: close === null ? `there are: ${fewOf([...known].map(quoted))}` : `did you mean ${quoted(close)}?`,
      details: { component_id: quoted(id) },
    });
  }
  const ids = new Set(options.componentIds);
  return all.filter((c) => ids.has(c.component_id));
}

/** A component that keeps the target's policy gets exactly that policy here, so that it is reviewed like any other. */
function withKeptPolicy(
  wanted: DesiredComponent,
  there: ReadonlyMap<string, TargetComponent>,
): DesiredComponent {
  if (!wanted.keepsPolicy) return wanted;
  const { policy = null, policyMeta = null } = there.get(wanted.component_id) ?? {};
  return { ...wanted, policy, policyMeta };
}

function absent({ component_id }: TargetComponent): DesiredComponent {
  return {
    component_id,
    artifact: null,
    policy: null,
    policyMeta: null,
    toolNames: [],
    toolSchemas: [],
    secretNames: [],
  };
}
