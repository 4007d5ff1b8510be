// Warns about entries of incoming policies that Wassette understands differently than people expect.
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { type NetworkReach, reachesOf } from '../../policy/network-host.ts';
import type { Permissions } from '../../policy/policy.ts';
import type { WithoutPolicy } from '../../policy/wassette-versions.ts';
import { type GrantedDirectory, writtenPath } from '../directory-grants.ts';
import { type ComponentChange, changedSince, changesSecrets } from '../file-kinds.ts';
import type { SecretsChange } from '../secrets-change.ts';
import { changingIds, type PlanStep } from '../step.ts';
import type { DesiredComponent, TargetComponent, TargetState } from '../target.ts';
import type { Directories } from '../words/changes.ts';

export function findWarnings(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  { directories }: TargetState,
): string[] {
  const changing = changingIds(steps);
  return desired.flatMap(({ component_id, policy }) => {
    if (!changing.has(component_id) || policy === null || typeof policy.rights === 'string') return [];
    return warningsOn(policy.rights, directories).map((text) => `"${component_id}": ${text}`);
  });
}

/** What the smallest memory of WebAssembly has. */
const PAGE_BYTES = 65_536;

function warningsOn({ network, storage, ipc, resources }: Permissions, directories: Directories): string[] {
  const { memoryBytes } = resources;
  const denies = network.deny.length + storage.deny.length + ipc.deny.length > 0;
  return [
    ...(denies ? ['Wassette does not enforce deny entries'] : []),
    ...(memoryBytes !== null && memoryBytes < PAGE_BYTES
      ? [
          `its memory limit of ${memoryBytes} bytes is less than the smallest memory has: every call fails, unless its code has none`,
        ]
      : []),
    ...reachesOf(network.allow).flatMap((reach) => warningOnReach(reach) ?? []),
    ...storage.allow.flatMap(({ uri }) => [
      ...warningsOnUri(uri),
      ...warningsOnDirectory(directories.get(uri)),
    ]),
  ];
}

/** Null when the entry does what people expect. */
function warningOnReach({ kind, text }: NetworkReach): string | null {
  switch (kind) {
    case 'failure':
      return `Wassette cannot read the host ${quoted(text)}: every call of the component will fail`;
    case 'nothing':
      return `the network entry ${quoted(text)} reaches nothing in Wassette, but lets the component look up any name in the DNS`;
    default:
      return null;
  }
}

function warningsOnUri(uri: string): string[] {
  if (writtenPath(uri) === null)
    return [`${quoted(uri)} does not start with fs://: Wassette grants nothing for it`];
  return uri.includes('*') ? [`Wassette takes ${quoted(uri)} literally, * included`] : [];
}

/** One that is not there is among the lacks. */
function warningsOnDirectory(granted: GrantedDirectory | undefined): string[] {
  if (granted === undefined || granted.exists || granted.hidden === null) return [];
  const { uri, hidden } = granted;
  return [`${quoted(hidden)} cannot be looked into, so what ${quoted(uri)} opens is not known`];
}

/** What was changed after the import that is taken back, and is lost with it: no undo brings it back. */
export function warnOfLaterChanges(
  steps: readonly PlanStep[],
  takenBack: readonly ComponentChange[],
  there: ReadonlyMap<string, TargetComponent>,
  secretsChanges: ReadonlyMap<string, SecretsChange>,
): string[] {
  const changing = changingIds(steps);
  return takenBack.flatMap((change) => {
    const { component_id } = change;
    const secrets = secretsChanges.get(component_id)?.file.old;
    const changed = changedSince(change, there.get(component_id), secrets);
    if (changed.length === 0 || !changing.has(component_id)) return [];
    const what = changed.map((part) => `its ${part}`).join(' and ');
    return [`${quoted(component_id)} was changed since the import: ${what}; the undo discards that as well`];
  });
}

/** Windows that do not see the secrets that this import changes, because they keep theirs elsewhere. */
export function warnOfSecretsElsewhere(
  steps: readonly PlanStep[],
  { otherSecretsDirs }: TargetState,
): string[] {
  if (otherSecretsDirs.length === 0 || !changesSecrets(steps)) return [];
  const directories = fewOf([...otherSecretsDirs].sort().map((directory) => quoted(directory)));
  return [
    `another window keeps its secrets in ${directories}: its Wassette will not see those that this changes`,
  ];
}

/** Components without a policy that see less here, or may, than where they come from: in doubt, more there and less here. */
export function warnOfBlindness(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  cameFrom: WithoutPolicy,
  here: WithoutPolicy,
): string[] {
  if (cameFrom === 'nothing' || here === 'everything') return [];
  const changing = changingIds(steps);
  const blind = desired.filter(
    (c) => c.artifact !== null && c.policy === null && changing.has(c.component_id),
  );
  if (blind.length === 0) return [];
  const names = blind.map((c) => quoted(c.component_id)).sort();
  const which = here === 'nothing' ? 'the Wassette here' : 'Wassette 0.8.1 and newer';
  return [
    `without a policy ${names.join(', ')} will see no environment variable and no stored secret in ${which}: give a policy to each that needs any`,
  ];
}
