// Network hosts that an import may not newly bring: they are not written as what Wassette reaches by them (F-8).
import { quoted, quotedWhole } from '../codec/safe-text.ts';
import { PolicyError } from '../errors.ts';
import type { AllowedGrant } from './forbidden-grants.ts';
import { hostOddity, hostsOf } from './network-host.ts';
import type { Rights } from './policy.ts';
import { lineOfHost } from './policy-lines.ts';
import { isChanging, type PlanStep } from './step.ts';
import type { DesiredComponent, TargetState } from './target.ts';

export interface OddHost {
  host: string;
  /** What Wassette would do by it: "reach …". */
  would: string;
}

/** The hosts that these rights allow and no import may bring. */
export function oddHostsOf(rights: Rights): OddHost[] {
  return hostsOf(rights).flatMap((host) => {
    const would = hostOddity(host);
    return would === null ? [] : [{ host, would }];
  });
}

/** All odd hosts of what changes, those that the host has already included. */
export function findOddHosts(
  steps: readonly PlanStep[],
  desired: readonly DesiredComponent[],
): { component: DesiredComponent; odd: OddHost }[] {
  const changing = new Set(steps.filter((s) => isChanging(s.action)).map((s) => s.component_id));
  return desired
    .filter(({ component_id }) => changing.has(component_id))
    .flatMap((component) =>
      oddHostsOf(component.policy?.rights ?? 'none').map((odd) => ({ component, odd })),
    );
}

/**
 * What the component has here now is not brought.
 * @throws PolicyError POLICY_FORBIDDEN_GRANT
 */
export function refuseNewHosts(
  found: ReturnType<typeof findOddHosts>,
  allowed: readonly AllowedGrant[],
  target: TargetState,
): void {
  const here = new Map(target.components.map((c) => [c.component_id, hostsOf(c.policy?.rights ?? 'none')]));
  for (const { component, odd } of found) {
    const { component_id, policyText } = component;
    const { host, would } = odd;
    if (here.get(component_id)?.includes(host)) continue;
    if (allowed.some((one) => one.component_id === component_id && one.uri === host)) continue;
    const line = policyText === undefined ? null : lineOfHost(policyText, host);
    const where = line === null ? '' : `policy line ${line}: `;
    throw new PolicyError(
      'POLICY_FORBIDDEN_GRANT',
      `component ${quoted(component_id)}: ${where}by the network host ${quoted(host)} it would ${would}`,
      {
        hint: 'write the bare host that is meant, such as api.example.com or https://api.example.com',
        remedy: { do: 'leave-out' },
        details: { component_id, line, host: quoted(host), would },
      },
    );
  }
}

/** One that is there already, comes back by an undo, or was taken by name. */
export function oddHostInWords({ component, odd }: ReturnType<typeof findOddHosts>[number]): string {
  return `${quoted(component.component_id)}: by the network host ${quotedWhole(odd.host)} it may ${odd.would}`;
}
