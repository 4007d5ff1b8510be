// What a plan tells beside its steps: what the target would still lack, and what Wassette will not do as written.
import { quoted } from '../codec/safe-text.ts';
import { type NetworkReach, reachesOf } from '../policy/network-host.ts';
import { NOTHING_GRANTED } from '../policy/rules.ts';
import type { WithoutPolicy } from '../policy/wassette-versions.ts';
import { writtenPath } from './directory-grants.ts';
import { isChanging, type PlanStep } from './step.ts';
import { isUnread, secretsOf } from './stored-secrets.ts';
import type { DesiredComponent, TargetState } from './target.ts';

/** What the target would still need for everything to work; no reason to refuse. */
export interface Lacks {
  secrets: readonly { component_id: string; names: readonly string[] }[];
  environment: readonly string[];
  directories: readonly string[];
  tool_collisions: readonly { tool: string; component_ids: readonly string[] }[];
}

export function findLacks(
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
    const found = secretsOf(target.secrets, component.component_id);
    const stored = isUnread(found) ? [] : found;
    const names = isUnread(found) ? [] : component.secretNames.filter((name) => !stored.includes(name));
    if (names.length > 0) secrets.push({ component_id: component.component_id, names });
    const rights = component.policy?.rights;
    if (rights === undefined || typeof rights === 'string') continue;
    for (const key of rights.environment) {
      if (key !== NOTHING_GRANTED && !target.environment.has(key) && !stored.includes(key))
        environment.add(key);
    }
    for (const { uri } of rights.storage.allow) {
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

/** Of `tools` each one that Wassette can call: none that two components have. */
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

/** A network entry that does other than people expect; null for one that does not. */
function warningOf(reach: NetworkReach): string | null {
  if (reach.kind === 'failure')
    return `Wassette cannot read the host ${quoted(reach.text)}: every call of the component will fail`;
  if (reach.kind === 'nothing')
    return `the network entry ${quoted(reach.text)} reaches nothing in Wassette, but lets the component look up any name in the DNS`;
  return null;
}

/** Entries of arriving policies that Wassette ignores or takes otherwise than people expect. */
export function findWarnings(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): string[] {
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
    for (const reach of reachesOf(network.allow)) {
      const warning = warningOf(reach);
      if (warning !== null) say(warning);
    }
    for (const { uri } of storage.allow) {
      if (writtenPath(uri) === null) say(`${quoted(uri)} is not fs://: Wassette gives nothing for it`);
      else if (uri.includes('*')) say(`Wassette takes ${quoted(uri)} literally, * included`);
      const granted = target.directories.get(uri);
      if (granted === undefined || granted.exists) continue;
      say(
        granted.hidden === null
          ? `${quoted(granted.real)} is no directory here: until it is, every call of the component will fail`
          : `${quoted(granted.hidden)} cannot be looked into: what ${quoted(uri)} opens is not known`,
      );
    }
  }
  return warnings;
}

/** Components without a policy that see less here than where they come from, or may: in doubt more there, and less here. */
export function warnOfBlindness(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  cameFrom: WithoutPolicy,
  here: WithoutPolicy,
): string[] {
  if (cameFrom === 'nothing' || here === 'everything') return [];
  const changing = new Set(steps.filter((s) => isChanging(s.action)).map((s) => s.component_id));
  const blind = desired.filter(
    (c) => c.artifact !== null && c.policy === null && changing.has(c.component_id),
  );
  if (blind.length === 0) return [];
  const names = blind.map((c) => quoted(c.component_id)).sort();
  const which = here === 'nothing' ? 'the Wassette here' : 'Wassette 0.8.1 and newer';
  return [
    `without a policy ${names.join(', ')} will see no environment variable and no stored secret in ${which}: give each that needs some a policy`,
  ];
}
