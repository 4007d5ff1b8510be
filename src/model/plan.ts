// The steps an import would take and what each allows: a pure function of what is wanted and what is there.
// Import, undo and review all stand on it; it reads no file and changes nothing.
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import { quoted } from '../codec/safe-text.ts';
import { ConflictError, PolicyError, UsageError } from '../errors.ts';
import { findIdClash, secretProjection } from './component-id.ts';
import { findProtected, type GrantedDirectory, type ProtectedDirectory } from './directory-grants.ts';
import { findGains, findLosses, type Gain, type Rights } from './gains.ts';
import { describeSteps, type Sentence } from './sentences.ts';
import { nearest } from './suggestion.ts';

export interface FileState {
  sha256: string;
  size: number;
}

/** A component as it should be; without `artifact` it shall not be installed, whatever becomes of its policy. */
export interface DesiredComponent {
  component_id: string;
  artifact: FileState | null;
  policy: (FileState & { rights: Rights }) | null;
  /** The policy's provenance file; written only together with a changed policy. */
  policyMeta: FileState | null;
  toolNames: readonly string[];
  secretNames: readonly string[];
}

/** A component as it is on the target; without `artifact` only a policy was left behind. */
export interface TargetComponent {
  component_id: string;
  artifact: FileState | null;
  policy: (FileState & { rights: Rights }) | null;
  policyMeta: FileState | null;
  toolNames: readonly string[];
}

export interface TargetState {
  /** Real path of the component directory. */
  path: string;
  protectedDirs: readonly ProtectedDirectory[];
  components: readonly TargetComponent[];
  /** Names of stored secrets by secrets-file stem. */
  secrets: ReadonlyMap<string, readonly string[]>;
  /** Variables that are set where Wassette would take them from, as far as we can see. */
  environment: ReadonlySet<string>;
  /** Every storage URI of the desired policies, resolved on this host. */
  directories: ReadonlyMap<string, GrantedDirectory>;
}

export interface PlanOptions {
  componentIds: readonly string[] | null;
  skipExisting: boolean;
  removeExtra: boolean;
}

export type StepAction = 'add' | 'replace' | 'update-policy' | 'unchanged' | 'skip' | 'remove';

/** A file before and after a step; null where it is absent. */
export interface FileChange {
  old: FileState | null;
  new: FileState | null;
}

export interface PlanStep {
  component_id: string;
  action: StepAction;
  wasm: FileChange;
  policy: FileChange;
  policyMeta: FileChange;
  gains: readonly Gain[];
  losses: readonly Gain[];
}

/** What the target would still need for everything to work; no reason to refuse. */
export interface Lacks {
  secrets: readonly { component_id: string; names: readonly string[] }[];
  environment: readonly string[];
  directories: readonly string[];
  tool_collisions: readonly { tool: string; component_ids: readonly string[] }[];
}

export interface Plan {
  /** `sha256:<hex>` over everything an approval must bind to. */
  digest: string;
  nonce: string;
  source: string;
  target: string;
  options: PlanOptions;
  steps: readonly PlanStep[];
  sentences: readonly Sentence[];
  lacks: Lacks;
  warnings: readonly string[];
}

export interface PlanRequest {
  /** What is restored: a snapshot digest, or the name of an undo record. */
  source: string;
  desired: readonly DesiredComponent[];
  target: TargetState;
  options: PlanOptions;
  /** True where the target's own earlier state comes back: grants that an import may not bring are then shown, not refused. */
  restoring?: boolean;
  nonce: string;
}

/**
 * @throws UsageError USAGE_UNKNOWN_COMPONENT, ConflictError CONFLICT_ID_CLASH, PolicyError POLICY_FORBIDDEN_GRANT
 */
export function planImport(request: PlanRequest): Plan {
  const { target, options, nonce, source } = request;
  const chosen = chooseComponents(request);
  const there = new Map(target.components.map((component) => [component.component_id, component]));
  const steps = chosen.map((component) => stepFor(component, there.get(component.component_id), request));
  steps.sort((a, b) => (a.component_id < b.component_id ? -1 : 1));
  refuseClashes(steps, target);
  if (!request.restoring) refuseForbiddenGrants(steps, chosen, target);
  const sentences = describeSteps(steps, target.directories);
  const bound = { source, target: target.path, state: fingerprint(target), options, steps, sentences, nonce };
  return {
    digest: sha256Digest(canonicalBytes(bound)),
    nonce,
    source,
    target: target.path,
    options,
    steps,
    sentences,
    lacks: findLacks(steps, chosen, target),
    warnings: findWarnings(steps, chosen),
  };
}

/** Steps that change something. */
export function changingSteps(plan: Plan): PlanStep[] {
  return plan.steps.filter((step) => isChanging(step.action));
}

function isChanging(action: StepAction): boolean {
  return action !== 'unchanged' && action !== 'skip';
}

/** Whether a step allows something that nobody on this host had allowed before. */
export function isWidening(plan: Plan): boolean {
  return plan.steps.some((step) => step.gains.length > 0);
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
      hint:
        close === null ? 'list_snapshot_components shows which there are' : `did you mean ${quoted(close)}?`,
      details: { component_id: quoted(id) },
    });
  }
  const ids = new Set(options.componentIds);
  return all.filter((c) => ids.has(c.component_id));
}

function absent({ component_id }: TargetComponent): DesiredComponent {
  return { component_id, artifact: null, policy: null, policyMeta: null, toolNames: [], secretNames: [] };
}

function stepFor(
  component: DesiredComponent,
  there: TargetComponent | undefined,
  { options, target }: PlanRequest,
): PlanStep {
  const was = there?.artifact ?? null;
  const step = (action: StepAction, samePolicy: boolean): PlanStep => ({
    component_id: component.component_id,
    action,
    wasm: { old: was, new: plainFile(component.artifact) },
    policy: { old: plainFile(there?.policy), new: plainFile(component.policy) },
    policyMeta: {
      old: plainFile(there?.policyMeta),
      new: plainFile(samePolicy ? there?.policyMeta : component.policyMeta),
    },
    gains: [],
    losses: [],
  });
  const rights: Rights = component.policy?.rights ?? 'none';
  const samePolicy = (there?.policy?.sha256 ?? null) === (component.policy?.sha256 ?? null);
  if (component.artifact === null) return step(was === null ? 'unchanged' : 'remove', false);
  if (was === null) {
    return {
      ...step('add', samePolicy),
      gains: [...findGains(null, rights), ...secretGains(component, target)],
    };
  }
  if (options.skipExisting) return { ...step('skip', true), policy: keep(there?.policy), wasm: keep(was) };
  const sameCode = was.sha256 === component.artifact.sha256;
  if (sameCode && samePolicy) return step('unchanged', true);
  const before: Rights = there?.policy?.rights ?? 'none';
  const gains = findGains(before, rights);
  const losses = findLosses(before, rights);
  if (sameCode) return { ...step('update-policy', samePolicy), gains, losses };
  const code: Gain = { kind: 'code', value: component.artifact.sha256, enforced: true };
  return {
    ...step('replace', samePolicy),
    gains: [code, ...gains, ...secretGains(component, target)],
    losses,
  };
}

function plainFile(file: FileState | null | undefined): FileState | null {
  return file ? { sha256: file.sha256, size: file.size } : null;
}

function keep(file: FileState | null | undefined): FileChange {
  return { old: plainFile(file), new: plainFile(file) };
}

/** Secrets stored here under the component's name, which new code would see. */
function secretGains(component: DesiredComponent, target: TargetState): Gain[] {
  const names = target.secrets.get(secretProjection(component.component_id)) ?? [];
  return names.map((value) => ({ kind: 'secrets', value, enforced: true }));
}

function refuseClashes(steps: readonly PlanStep[], target: TargetState): void {
  const leaving = new Set(steps.filter((s) => s.action === 'remove').map((s) => s.component_id));
  const arriving = steps.filter((s) => s.action === 'add').map((s) => s.component_id);
  const staying = target.components.map((c) => c.component_id).filter((id) => !leaving.has(id));
  const clash = findIdClash([...staying, ...arriving]);
  if (clash !== null && (arriving.includes(clash.first) || arriving.includes(clash.second))) {
    throw clashError(
      clash.first,
      clash.second,
      clash.reason === 'case' ? 'differ only in case' : 'share one secrets file',
    );
  }
  // A secrets file that no installed component owns, under a name that differs only in case.
  const stems = new Map([...target.secrets.keys()].map((stem) => [stem.toLowerCase(), stem]));
  for (const id of arriving) {
    const stem = stems.get(secretProjection(id).toLowerCase());
    if (stem !== undefined && stem !== secretProjection(id)) {
      throw clashError(id, `${stem}.yaml`, 'would share one secrets file on some systems');
    }
  }
}

function clashError(first: string, second: string, reason: string): ConflictError {
  return new ConflictError('CONFLICT_ID_CLASH', `${quoted(first)} and ${quoted(second)} ${reason}`, {
    hint: 'leave one out with a component filter, or remove the one on this host first',
    details: { first: quoted(first), second: quoted(second) },
  });
}

function refuseForbiddenGrants(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): void {
  const changing = new Set(steps.filter((s) => isChanging(s.action)).map((s) => s.component_id));
  for (const { component_id, policy } of desired) {
    if (!changing.has(component_id) || policy === null || typeof policy.rights === 'string') continue;
    for (const { uri } of policy.rights.storage.allow) {
      const granted = target.directories.get(uri);
      const reached = granted === undefined ? null : findProtected(granted, target.protectedDirs);
      if (granted === undefined || reached === null) continue;
      throw new PolicyError(
        'POLICY_FORBIDDEN_GRANT',
        `component "${component_id}": the storage grant ${quoted(uri)} means ${quoted(granted.real)} here, which reaches the ${reached.name}`,
        {
          hint: 'a component that can write there could change its own permissions; grant a directory elsewhere',
          details: { component_id, uri: quoted(uri), directory: quoted(granted.real) },
        },
      );
    }
  }
}

/** Everything about the target that an approval binds to. Caches are not part of it: Wassette rewrites them at will. */
function fingerprint(target: TargetState): unknown {
  return {
    components: target.components.map((c) => ({
      id: c.component_id,
      wasm: c.artifact?.sha256 ?? null,
      policy: c.policy?.sha256 ?? null,
      meta: c.policyMeta?.sha256 ?? null,
    })),
    secrets: [...target.secrets].map(([stem, names]) => [stem, [...names].sort()]).sort(),
    directories: [...target.directories.values()],
  };
}

function findLacks(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): Lacks {
  const kept = new Set(steps.filter((s) => s.action !== 'skip').map((s) => s.component_id));
  const arriving = desired.filter((c) => c.artifact !== null && kept.has(c.component_id));
  const environment = new Set<string>();
  const directories = new Set<string>();
  const secrets: { component_id: string; names: readonly string[] }[] = [];
  for (const component of arriving) {
    const stored = target.secrets.get(secretProjection(component.component_id)) ?? [];
    const names = component.secretNames.filter((name) => !stored.includes(name));
    if (names.length > 0) secrets.push({ component_id: component.component_id, names });
    const rights = component.policy?.rights;
    if (rights === undefined || typeof rights === 'string') continue;
    for (const key of rights.environment) {
      if (!target.environment.has(key) && !stored.includes(key)) environment.add(key);
    }
    for (const { uri } of rights.storage.allow) {
      const granted = target.directories.get(uri);
      if (granted && !granted.exists) directories.add(granted.path);
    }
  }
  return {
    secrets,
    environment: [...environment].sort(),
    directories: [...directories].sort(),
    tool_collisions: findToolCollisions(steps, arriving, target),
  };
}

function findToolCollisions(
  steps: readonly PlanStep[],
  arriving: readonly DesiredComponent[],
  target: TargetState,
): { tool: string; component_ids: string[] }[] {
  const leaving = new Set(steps.filter((s) => s.action === 'remove').map((s) => s.component_id));
  const owners = new Map<string, Set<string>>();
  const serve = (tool: string, id: string) => owners.set(tool, (owners.get(tool) ?? new Set()).add(id));
  const ids = new Set(arriving.map((c) => c.component_id));
  for (const component of target.components) {
    if (leaving.has(component.component_id) || ids.has(component.component_id)) continue;
    for (const tool of component.toolNames) serve(tool, component.component_id);
  }
  for (const component of arriving)
    for (const tool of component.toolNames) serve(tool, component.component_id);
  return [...owners]
    .filter(([, served]) => served.size > 1 && [...served].some((id) => ids.has(id)))
    .map(([tool, served]) => ({ tool, component_ids: [...served].sort() }))
    .sort((a, b) => (a.tool < b.tool ? -1 : 1));
}

function findWarnings(steps: readonly PlanStep[], desired: readonly DesiredComponent[]): string[] {
  const warnings: string[] = [];
  const changing = new Map(steps.map((s) => [s.component_id, s.action]));
  for (const { component_id, policy } of desired) {
    const action = changing.get(component_id);
    if (action === undefined || !isChanging(action)) continue;
    if (policy === null || typeof policy.rights === 'string') continue;
    const { network, storage, ipc } = policy.rights;
    const say = (text: string) => warnings.push(`"${component_id}": ${text}`);
    if (network.deny.length + storage.deny.length + ipc.deny.length > 0)
      say('Wassette does not enforce deny entries');
    for (const grant of network.allow) {
      if ('cidr' in grant) say(`Wassette does not enforce cidr entries (${quoted(grant.cidr)})`);
      else if (grant.host.includes('*'))
        say(`Wassette compares ${quoted(grant.host)} literally: it matches no host`);
    }
    if (network.allow.length > 0) say('any allowed host also allows DNS look-ups of every name');
    for (const { uri } of storage.allow) {
      if (!uri.startsWith('fs://')) say(`${quoted(uri)} is not fs://: every call of the component will fail`);
      else if (uri.includes('*')) say(`Wassette takes ${quoted(uri)} literally, * included`);
    }
  }
  return warnings;
}
