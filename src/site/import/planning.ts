// Plans an import: compares what is desired with the host it is for. Changes nothing.

import { randomBytes } from 'node:crypto';
import type { BlobName } from '../../codec/blob-name.ts';
import type { Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { blobsOf, firstOf } from '../../disk/blobs/blobs.ts';
import { type BoundState, boundStateOf } from '../../plan/digest.ts';
import { storageUrisOf } from '../../plan/directory-grants.ts';
import { newBytes } from '../../plan/file-kinds.ts';
import type { OperatorPolicy } from '../../plan/operator-policy/rules.ts';
import type { Verdict } from '../../plan/operator-policy/verdicts.ts';
import { changingSteps, type Plan, planImport } from '../../plan/plan.ts';
import type { SnapshotSigners } from '../../plan/signers.ts';
import type { AllowedGrant, PlanOptions, TargetState } from '../../plan/target.ts';
import { stateDigest } from '../../snapshot/state-digest.ts';
import type { ImportFacts } from '../../state/audit/entry.ts';
import type { HostComponent } from '../../wassette/directory/component-files.ts';
import { readTargetState } from '../../wassette/target-state.ts';
import { type AbsentCode, absentCode, codeMissing } from '../code/absent.ts';
import { type CodeHere, codeOn } from '../fit/steps.ts';
import type { OperatorCaps } from '../operator-policy/caps.ts';
import type { OverlayOptions } from '../overlay-options.ts';
import { type TrustOptions, withRemembered } from '../signers.ts';
import { assertChoosesSome, type CommonOptions, type FetchOptions, type Site } from '../site.ts';
import type { AssumedState } from '../written-approval/assumed-host.ts';
import {
  type CodeFindings,
  findPlacedCode,
  NOTHING_READ,
  readComingCode,
  withFoundTools,
} from './code-check.ts';
import type { Desired } from './desired.ts';
import { policiesInState, runningAfter, runningIn } from './running-state.ts';
import { type PlannedSecrets, planSecrets, type UnsealingOptions } from './secrets.ts';

/** What of a snapshot is imported, and how. */
export interface ImportOptions
  extends CommonOptions,
    FetchOptions,
    TrustOptions,
    UnsealingOptions,
    OverlayOptions {
  /** Components that are on the target already stay as they are. */
  skipExisting?: boolean | undefined;
  /** Components that only the target has are removed. */
  removeExtra?: boolean | undefined;
  /** Ids to import; all by default. An empty list is an error. */
  componentFilter?: readonly string[] | undefined;
  /** Storage grants to take by name although no import may bring them. For a person who knows why. */
  allowGrants?: readonly AllowedGrant[] | undefined;
  /** What any import may bring at most; `readOperatorPolicy` reads it. An undo is not refused by it. */
  policy?: OperatorPolicy | null | undefined;
  /** Refuses an import that allows more than before, and fetches no code for it. */
  neverWiden?: boolean | undefined;
  /** Always on; `false` is refused. */
  verifyChecksums?: boolean | undefined;
  /** Go on although a Wassette runs on the directory. For a person who knows why. */
  force?: boolean | undefined;
}

/** Compares what is desired with the host as it is at this moment. */
export class Planning {
  private constructor(
    private readonly desired: Desired,
    private readonly target: TargetState,
    /** Where code is taken from; the code of the host itself comes first. */
    readonly code: Blobs,
    private readonly options: PlanOptions,
    private readonly secrets: PlannedSecrets,
    private readonly caps: OperatorCaps | null,
    private readonly signers: SnapshotSigners | null,
    private readonly found: readonly HostComponent[],
    /** Code that is neither in the snapshot nor on this host. */
    readonly absent: readonly AbsentCode[],
    private readonly here: CodeHere,
  ) {}

  /** The bytes of new files beside code, by SHA-256. */
  get smallFiles(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.desired.smallFiles, ...this.secrets.files]);
  }

  /** Reads the host. @throws StoreError STORE_UNSUPPORTED where nothing can be imported */
  static async survey(desired: Desired, { host }: Site, options: ImportOptions): Promise<Planning> {
    host.components.assertChangeable();
    const uris = desired.components.flatMap(({ policy }) => storageUrisOf(policy?.rights ?? 'none'));
    const { found, ...here } = await readTargetState(host, uris, options.signal);
    const policy = options.policy ?? null;
    const target = {
      ...here,
      ...(options.force ? { obstacle: null, caveats: [...here.caveats, ...besides(here.obstacle)] } : {}),
      protectedDirs: [
        ...here.protectedDirs,
        ...(policy === null ? [] : [{ name: 'operator policy' as const, path: policy.file }]),
      ],
    };
    const own = blobsOf(
      target.components.flatMap((c) => (c.artifact ? [host.codeOf({ ...c, artifact: c.artifact })] : [])),
    );
    const chosen = planOptions(options, desired);
    const secrets = await planSecrets(chosenSecrets(desired, chosen), host);
    const signers = await withRemembered(desired.signed, host);
    const code = firstOf([own, desired.code]);
    const absent = await absentCode(desired, target, code, chosen);
    const caps =
      policy &&
      new (await import('../operator-policy/caps.ts')).OperatorCaps(policy, desired, target, absent);
    return new Planning(desired, target, code, chosen, secrets, caps, signers, found, absent, codeOn(host));
  }

  /** For a host that is assumed, and not looked at. @throws UsageError USAGE_BAD_ARGUMENT */
  static async assuming(
    desired: Desired,
    { target, secretsChanges }: AssumedState,
    options: ImportOptions,
  ): Promise<Planning> {
    const chosen = planOptions(options, desired);
    const { componentIds } = chosen;
    const isChosen = ([id]: [string, unknown]) => componentIds === null || componentIds.includes(id);
    const changes = new Map([...secretsChanges].filter(isChosen));
    const secrets = { changes, files: new Map() };
    const absent = await absentCode(desired, target, desired.code, chosen);
    return new Planning(desired, target, desired.code, chosen, secrets, null, null, [], absent, () => null);
  }

  /** Reads the incoming code. @throws VerificationError VERIFY_DIGEST_MISMATCH */
  async readCode(reading: TransferOptions = {}): Promise<CodeFindings> {
    const { desired, target, code, options, here } = this;
    return readComingCode(desired.components, target, code, options, reading, here);
  }

  /** What the code that came is found to be, once it is in place. */
  findPlaced(): CodeFindings {
    return findPlacedCode(this.desired.components, this.target, this.here, this.options);
  }

  /** The digest does not depend on `findings`. @throws as `planImport`; PolicyError POLICY_BEYOND_CAPS */
  plan(nonce: string, findings: CodeFindings = NOTHING_READ): Plan {
    const planned = this.#unjudged(nonce, findings);
    const beyond = this.caps?.warnOrRefuse(planned.steps) ?? [];
    const faults = this.desired.signed?.faults ?? [];
    const warnings = [...planned.warnings, ...findings.warnings, ...this.target.caveats];
    return { ...planned, warnings: [...beyond, ...faults, ...warnings], fit: findings.fit ?? [] };
  }

  /**
   * What the operator's policy says of all that would be brought, and of what is here already as it would be; nothing
   * without a policy. @throws as `planImport`
   */
  judge(): readonly Verdict[] {
    const { steps } = this.#unjudged('', NOTHING_READ);
    return this.caps?.verdictsOn(steps, { present: true }) ?? [];
  }

  #unjudged(nonce: string, findings: CodeFindings): Plan {
    return planImport({
      source: this.desired.source,
      desired: withFoundTools(this.desired.components, findings),
      takesBack: this.desired.reverts?.changes ?? null,
      cameFrom: this.desired.cameFrom,
      signers: this.signers,
      target: this.target,
      options: this.options,
      secretsChanges: this.secrets.changes,
      nonce,
    });
  }

  /** What of the host a plan binds to. */
  boundState(): BoundState {
    return boundStateOf(this.target);
  }

  /** What the audit log says of the plan. */
  factsOf(plan: Plan): ImportFacts {
    const { reference, smallFiles } = this.desired;
    const before = runningIn(this.found);
    const after = runningAfter(before, changingSteps(plan), policiesInState(this.found, smallFiles));
    return {
      ...(reference === undefined ? {} : { reference }),
      plan: plan.digest,
      state_before: stateDigest(before),
      state_after: stateDigest(after),
    };
  }

  /** Ids of the components whose code cannot be found anywhere. */
  async missingCode(plan: Plan): Promise<string[]> {
    const needed = new Map<string, { code: BlobName; ids: string[] }>();
    for (const { component_id, wasm } of changingSteps(plan)) {
      const code = newBytes(wasm);
      if (code === null) continue;
      const entry = needed.get(code.sha256) ?? { code, ids: [] };
      entry.ids.push(component_id);
      needed.set(code.sha256, entry);
    }
    const missing: string[] = [];
    for (const { code, ids } of needed.values()) if (!(await this.code.has(code))) missing.push(...ids);
    return missing;
  }

  /** @throws VerificationError VERIFY_PART_MISSING with the list: an import that cannot be complete is not begun */
  async assertAllThere(plan: Plan): Promise<void> {
    const missing = await this.missingCode(plan);
    if (missing.length === 0) return;
    throw codeMissing(missing);
  }
}

function chosenSecrets({ secrets }: Desired, { componentIds }: PlanOptions): Desired['secrets'] {
  return componentIds === null ? secrets : new Map([...secrets].filter(([id]) => componentIds.includes(id)));
}

function planOptions(options: ImportOptions, { overlay }: Desired): PlanOptions {
  assertChoosesSome(options.componentFilter);
  return {
    componentIds: options.componentFilter === undefined ? null : [...new Set(options.componentFilter)].sort(),
    skipExisting: options.skipExisting ?? false,
    removeExtra: options.removeExtra ?? false,
    allowGrants: [...(options.allowGrants ?? [])].sort(byGrant),
    ...(overlay === null ? {} : { overlay }),
  };
}

function byGrant(a: AllowedGrant, b: AllowedGrant): number {
  const [first, second] = [a, b].map(({ component_id, entry }) => `${component_id}=${entry}`);
  return first! < second! ? -1 : 1;
}

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/** What is said where an import goes on in spite of it. */
function besides(obstacle: string | null): string[] {
  if (obstacle === null) return [];
  return [`what is not told keeps what it has loaded until it is started anew: ${obstacle}`];
}
