// Finds what the target would still lack after an import: secrets, variables, directories, unambiguous tool names.
import { quoted } from '../../codec/safe-text.ts';
import { NOTHING_GRANTED } from '../../policy/name-rules.ts';
import { storageUrisOf } from '../directory-grants.ts';
import type { PlanStep } from '../step.ts';
import { isUnread, secretsOf } from '../stored-secrets.ts';
import type { DesiredComponent, TargetState } from '../target.ts';

/** What the target would still need for everything to work; no reason to refuse. */
export interface Lacks {
  /** Names of secrets that are not stored here; `sealed`: those whose values the snapshot carries, but not this import. */
  secrets: readonly { component_id: string; names: readonly string[]; sealed?: readonly string[] }[];
  /** Names of variables that are not set here. */
  environment: readonly string[];
  /** Granted directories that do not exist. */
  directories: readonly string[];
  /** Tools that several components have: Wassette calls none of them. */
  tool_collisions: readonly { tool: string; component_ids: readonly string[] }[];
}

export function findLacks(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): Lacks {
  const arriving = arrivingOf(steps, desired);
  const environment = new Set<string>();
  const directories = new Set<string>();
  const secrets: Lacks['secrets'][number][] = [];
  for (const component of arriving) {
    const found = secretsOf(target.secrets, component.component_id);
    const known = secretsAfterwards(component, steps, target);
    const names = isUnread(found) ? [] : component.secretNames.filter((name) => !known.has(name));
    if (names.length > 0)
      secrets.push({ component_id: component.component_id, names, ...sealedIn(component, names) });
    for (const key of variablesOf(component, known))
      if (target.environment?.has(key) === false) environment.add(key);
    for (const uri of storageUrisOf(component.policy?.rights ?? 'none')) {
      const granted = target.directories.get(uri);
      if (granted && !granted.exists) directories.add(granted.real);
    }
  }
  return {
    secrets,
    environment: [...environment].sort(),
    directories: [...directories].sort(),
    tool_collisions: findToolCollisions(steps, arriving, target),
  };
}

/** Where nobody sees the variables of the Wassette: that it is not known whether it has those that are allowed. */
export function warnOfUnseenVariables(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): string[] {
  if (target.environment !== null) return [];
  const keys = arrivingOf(steps, desired).flatMap((component) =>
    variablesOf(component, secretsAfterwards(component, steps, target)),
  );
  if (keys.length === 0) return [];
  const named = [...new Set(keys)].sort().map(quoted).join(', ');
  return [`which environment variables the running Wassette has is not known; it would need: ${named}`];
}

function arrivingOf(steps: readonly PlanStep[], desired: readonly DesiredComponent[]): DesiredComponent[] {
  const kept = new Set(steps.filter((s) => s.action !== 'skip').map((s) => s.component_id));
  return desired.filter((c) => c.artifact !== null && kept.has(c.component_id));
}

/** Names of the secrets that are stored for it, or will be. */
function secretsAfterwards(
  { component_id }: DesiredComponent,
  steps: readonly PlanStep[],
  { secrets }: TargetState,
): ReadonlySet<string> {
  const found = secretsOf(secrets, component_id);
  const stored = isUnread(found) ? [] : found;
  const coming = steps.find((s) => s.component_id === component_id)?.secretNames?.added ?? [];
  return new Set([...stored, ...coming]);
}

/** The variables that it may read and no secret stands for. */
function variablesOf({ policy }: DesiredComponent, secrets: ReadonlySet<string>): string[] {
  const rights = policy?.rights ?? 'none';
  if (typeof rights === 'string') return [];
  return rights.environment.filter((key) => key !== NOTHING_GRANTED && !secrets.has(key));
}

function sealedIn(
  { sealedNames = [] }: DesiredComponent,
  names: readonly string[],
): Pick<Lacks['secrets'][number], 'sealed'> {
  const sealed = names.filter((name) => sealedNames.includes(name));
  return sealed.length === 0 ? {} : { sealed };
}

/** The `tools` that Wassette can call: those that only one component has. */
export function callableOf(tools: readonly string[], { tool_collisions }: Lacks): string[] {
  const clashing = new Set(tool_collisions.map(({ tool }) => tool));
  return tools.filter((tool) => !clashing.has(tool) && tools.indexOf(tool) === tools.lastIndexOf(tool));
}

function findToolCollisions(
  steps: readonly PlanStep[],
  arriving: readonly DesiredComponent[],
  target: TargetState,
): { tool: string; component_ids: string[] }[] {
  const leaving = new Set(steps.filter((s) => s.action === 'remove').map((s) => s.component_id));
  const owners = new Map<string, Set<string>>();
  const own = (tool: string, id: string) => owners.set(tool, (owners.get(tool) ?? new Set()).add(id));
  const ids = new Set(arriving.map((c) => c.component_id));
  for (const component of target.components) {
    if (leaving.has(component.component_id) || ids.has(component.component_id)) continue;
    for (const tool of component.toolNames) own(tool, component.component_id);
  }
  for (const component of arriving) for (const tool of component.toolNames) own(tool, component.component_id);
  return [...owners]
    .filter(([, having]) => having.size > 1 && [...having].some((id) => ids.has(id)))
    .map(([tool, having]) => ({ tool, component_ids: [...having].sort() }))
    .sort((a, b) => (a.tool < b.tool ? -1 : 1));
}
