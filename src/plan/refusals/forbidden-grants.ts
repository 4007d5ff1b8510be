// Storage grants and network hosts that no import may newly bring: which they are, and how they are refused or shown (F-8).
import { quoted, quotedWhole } from '../../codec/safe-text.ts';
import { PolicyError, type Remedy, UsageError } from '../../errors.ts';
import { type GrantSection, lineOfGrant } from '../../policy/lines.ts';
import { hostOddity, hostsOf } from '../../policy/network-host.ts';
import type { Rights } from '../../policy/policy.ts';
import {
  allowsGrant,
  directoryInWords,
  forbiddenBecause,
  type GrantedDirectory,
  type ProtectedDirectory,
  storageGrantsOf,
  storageUrisOf,
} from '../directory-grants.ts';
import { changingIds, type PlanStep } from '../step.ts';
import type { AllowedGrant, DesiredComponent, TargetState } from '../target.ts';

/** What a policy allows and no import may bring. */
export interface ForbiddenEntry {
  /** The storage URI or the host, as the policy has it. */
  written: string;
  section: GrantSection;
  /** Whether a component with these rights has it already. */
  isIn(rights: Rights): boolean;
  /** As something the component has: "its grant to …". */
  inWords: string;
  /** As the reason of a refusal, after the component and the line. */
  problem: string;
  hint: string;
  remedy: 'take-grant' | 'leave-out';
  details: { uri: string; directory: string } | { host: string; would: string };
}

export interface ForbiddenGrant {
  component: DesiredComponent;
  entry: ForbiddenEntry;
}

/** What says who decides, and is no secret. */
const MAY_BE_READ = new Set<ProtectedDirectory['name']>(['operator policy', 'list of accepted signers']);

/** Where storage URIs lead, and which directories they must not reach. */
type Places = Pick<TargetState, 'directories' | 'protectedDirs'>;

export function forbiddenIn(rights: Rights, { directories, protectedDirs }: Places): ForbiddenEntry[] {
  return [...forbiddenStorageIn(rights, directories, protectedDirs), ...forbiddenHostsIn(rights)];
}

function forbiddenStorageIn(
  rights: Rights,
  directories: ReadonlyMap<string, GrantedDirectory>,
  protectedDirs: readonly ProtectedDirectory[],
): ForbiddenEntry[] {
  return storageGrantsOf(rights).flatMap((grant) => {
    const { uri, access } = grant;
    const directory = directories.get(uri);
    const reachable = protectedDirs.filter(({ name }) => !MAY_BE_READ.has(name) || access.includes('write'));
    const because = directory === undefined ? null : forbiddenBecause(directory, reachable);
    if (directory === undefined || because === null) return [];
    const opened = directoryInWords(uri, directories);
    return {
      written: uri,
      section: 'storage' as const,
      isIn: (there: Rights) => allowsGrant(there, grant),
      inWords: `its grant to ${access.join(' and ')} ${opened}: it ${because}`,
      problem: `the storage grant ${opened}: it ${because}`,
      hint: 'grant another directory, or leave the component out',
      remedy: 'take-grant' as const,
      details: { uri: quoted(uri), directory: quoted(directory.real) },
    };
  });
}

/** Hosts that are not written as what Wassette reaches by them. */
function forbiddenHostsIn(rights: Rights): ForbiddenEntry[] {
  return hostsOf(rights).flatMap((host) => {
    const would = hostOddity(host);
    if (would === null) return [];
    return {
      written: host,
      section: 'network' as const,
      isIn: (there: Rights) => hostsOf(there).includes(host),
      inWords: `its network host ${quotedWhole(host)}, with which it may ${would}`,
      problem: `with the network host ${quoted(host)} it would ${would}`,
      hint: 'write the bare host that is meant, such as api.example.com or https://api.example.com',
      remedy: 'leave-out' as const,
      details: { host: quoted(host), would },
    };
  });
}

/** All forbidden grants of the components that change, including those that the host already has. */
export function findForbiddenGrants(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): ForbiddenGrant[] {
  const changing = changingIds(steps);
  return desired
    .filter(({ component_id }) => changing.has(component_id))
    .flatMap((component) =>
      forbiddenIn(component.policy?.rights ?? 'none', target).map((entry) => ({ component, entry })),
    );
}

/**
 * Grants that a component already has here are not newly brought: a host can always restore its own backup.
 * @throws PolicyError POLICY_FORBIDDEN_GRANT
 */
export function refuseNewGrants(
  found: readonly ForbiddenGrant[],
  allowed: readonly AllowedGrant[],
  target: TargetState,
): void {
  const here = new Map(target.components.map((c) => [c.component_id, c.policy?.rights ?? 'none']));
  for (const { component, entry } of found) {
    const { component_id } = component;
    if (entry.isIn(here.get(component_id) ?? 'none')) continue;
    if (allowed.some((one) => one.component_id === component_id && one.entry === entry.written)) continue;
    throw refusal(component, entry);
  }
}

function refusal({ component_id, writtenIn }: DesiredComponent, entry: ForbiddenEntry): PolicyError {
  const line = lineOf(entry, writtenIn);
  const where = line === null ? '' : `${writtenIn!.what} line ${line}: `;
  const remedy: Remedy =
    entry.remedy === 'take-grant'
      ? { do: 'take-grant', grant: `${component_id}=${entry.written}` }
      : { do: 'leave-out' };
  return new PolicyError(
    'POLICY_FORBIDDEN_GRANT',
    `component ${quoted(component_id)}: ${where}${entry.problem}`,
    { hint: entry.hint, remedy, details: { component_id, line, ...entry.details } },
  );
}

function lineOf(
  { section, written }: ForbiddenEntry,
  writtenIn: DesiredComponent['writtenIn'],
): number | null {
  if (writtenIn === undefined) return null;
  return writtenIn.what === 'policy'
    ? lineOfGrant(writtenIn.text, section, written)
    : (writtenIn.lines[section].get(written) ?? null);
}

/** The warning for a grant that is not refused because it is already there, comes back by an undo, or was accepted by name. */
export function forbiddenInWords({ component, entry }: ForbiddenGrant): string {
  return `${quoted(component.component_id)}: ${entry.inWords}`;
}

/** @throws UsageError USAGE_BAD_ARGUMENT when a grant was accepted by name that no component asks for */
export function assertAskedFor(allowed: readonly AllowedGrant[], desired: readonly DesiredComponent[]): void {
  for (const { component_id, entry } of allowed) {
    const component = desired.find((wanted) => wanted.component_id === component_id);
    const rights = component?.policy?.rights ?? 'none';
    if ([...storageUrisOf(rights), ...hostsOf(rights)].includes(entry)) continue;
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `no component ${quoted(component_id)} with the grant ${quoted(entry)} is to be restored`,
      {
        hint: 'write id and uri exactly as the policy in the snapshot has them',
        details: { component_id: quoted(component_id), uri: quoted(entry) },
      },
    );
  }
}
