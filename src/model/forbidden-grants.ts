// Storage grants that an import may not newly bring: said with the line, what they open here, and what to do (F-8).
import { quoted } from '../codec/safe-text.ts';
import { PolicyError, UsageError } from '../errors.ts';
import {
  allowsGrant,
  directoryInWords,
  forbiddenBecause,
  storageGrantsOf,
  storageUrisOf,
} from './directory-grants.ts';
import { hostsOf } from './network-host.ts';
import type { StorageGrant } from './policy.ts';
import { lineOfStorageUri } from './policy-lines.ts';
import { isChanging, type PlanStep } from './step.ts';
import type { DesiredComponent, TargetState } from './target.ts';

/** A storage grant, or a network host, that a person takes by name although no import may bring it. */
export interface AllowedGrant {
  component_id: string;
  /** As the policy has it. */
  uri: string;
}

export interface ForbiddenGrant {
  component: DesiredComponent;
  grant: StorageGrant;
  /** As the rest of a sentence about it. */
  because: string;
}

/** All such grants among what changes, those that the host has already included. */
export function findForbiddenGrants(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
  target: TargetState,
): ForbiddenGrant[] {
  const changing = new Set(steps.filter((s) => isChanging(s.action)).map((s) => s.component_id));
  const found: ForbiddenGrant[] = [];
  for (const component of desired) {
    if (!changing.has(component.component_id)) continue;
    for (const grant of storageGrantsOf(component.policy?.rights ?? 'none')) {
      const directory = target.directories.get(grant.uri);
      const because = directory === undefined ? null : forbiddenBecause(directory, target.protectedDirs);
      if (because !== null) found.push({ component, grant, because });
    }
  }
  return found;
}

/**
 * A component's own grants of now are not brought: a host can always restore its own backup.
 * @throws PolicyError POLICY_FORBIDDEN_GRANT
 */
export function refuseNewGrants(
  found: readonly ForbiddenGrant[],
  allowed: readonly AllowedGrant[],
  target: TargetState,
): void {
  const here = new Map(target.components.map((c) => [c.component_id, c.policy?.rights ?? 'none']));
  for (const { component, grant, because } of found) {
    const { component_id, policyText } = component;
    const { uri } = grant;
    if (allowsGrant(here.get(component_id) ?? 'none', grant)) continue;
    if (allowed.some((one) => one.component_id === component_id && one.uri === uri)) continue;
    const line = policyText === undefined ? null : lineOfStorageUri(policyText, uri);
    const where = line === null ? '' : `policy line ${line}: `;
    throw new PolicyError(
      'POLICY_FORBIDDEN_GRANT',
      `component ${quoted(component_id)}: ${where}the storage grant ${directoryInWords(uri, target.directories)}: it ${because}`,
      {
        hint: 'grant another directory, or leave the component out',
        remedy: { do: 'take-grant', grant: `${component_id}=${uri}` },
        details: {
          component_id,
          line,
          uri: quoted(uri),
          directory: quoted(target.directories.get(uri)?.real ?? uri),
        },
      },
    );
  }
}

/** One that is there already, comes back by an undo, or was taken by name: said, since nothing refuses it. */
export function forbiddenInWords({ component, grant, because }: ForbiddenGrant, target: TargetState): string {
  const access = grant.access.join(' and ');
  return `${quoted(component.component_id)}: its grant to ${access} ${directoryInWords(grant.uri, target.directories)}: it ${because}`;
}

/** @throws UsageError USAGE_BAD_ARGUMENT for one that no component asks for */
export function assertAskedFor(allowed: readonly AllowedGrant[], desired: readonly DesiredComponent[]): void {
  for (const { component_id, uri } of allowed) {
    const component = desired.find((wanted) => wanted.component_id === component_id);
    const rights = component?.policy?.rights ?? 'none';
    if ([...storageUrisOf(rights), ...hostsOf(rights)].includes(uri)) continue;
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `no component ${quoted(component_id)} with the grant ${quoted(uri)} is to be restored`,
      {
        hint: 'write id and uri exactly as the policy in the snapshot has them',
        details: { component_id: quoted(component_id), uri: quoted(uri) },
      },
    );
  }
}
