// Refuses plans that no approval can allow: with ids that clash on the target, or values that nobody can judge.
import { quoted } from '../../codec/safe-text.ts';
import { ConflictError, PolicyError } from '../../errors.ts';
import { findGains, type RightsChange } from '../../policy/gains.ts';
import type { Rights } from '../../policy/policy.ts';
import { clashInWords, findIdClash, secretProjection } from '../../snapshot/component-id.ts';
import type { PlanStep } from '../step.ts';
import type { TargetState } from '../target.ts';
import { valueInWords } from '../words/changes.ts';

/** @throws ConflictError CONFLICT_ID_CLASH (F-3.3) */
export function refuseClashes(steps: readonly PlanStep[], target: TargetState): void {
  const leaving = new Set(steps.filter((s) => s.action === 'remove').map((s) => s.component_id));
  const arriving = steps.filter((s) => s.action === 'add').map((s) => s.component_id);
  const staying = target.components.map((c) => c.component_id).filter((id) => !leaving.has(id));
  const clash = findIdClash(arriving, staying);
  if (clash !== null) throw clashError(clash.first, clash.second, clashInWords(clash));
  // A secrets file that no installed component owns, under a name that differs only in case.
  const stems = new Map([...target.secrets.files.keys()].map((stem) => [stem.toLowerCase(), stem]));
  for (const id of arriving) {
    const stem = stems.get(secretProjection(id).toLowerCase());
    if (stem !== undefined && stem !== secretProjection(id)) {
      throw clashError(id, `${stem}.yaml`, 'would share one secrets file on some systems');
    }
  }
}

function clashError(first: string, second: string, reason: string): ConflictError {
  return new ConflictError('CONFLICT_ID_CLASH', `${quoted(first)} and ${quoted(second)} ${reason}`, {
    hint: 'leave the one of the snapshot out, or remove the one on this host first',
    remedy: { do: 'leave-out' },
    details: { first: quoted(first), second: quoted(second) },
  });
}

/** The longest granted values: nobody reads longer ones, and none is shown shortened (F-9.2). */
const LONGEST_HOST = 253;
export const LONGEST_VALUE = 4_096;

/** @throws PolicyError POLICY_FORBIDDEN_GRANT for a gain that is too long to be shown whole */
export function refuseUnreadableGains(steps: readonly PlanStep[]): void {
  for (const { component_id, gains } of steps) {
    for (const { what, limit } of gains.flatMap((gain) => unreadable(gain) ?? [])) {
      throw new PolicyError(
        'POLICY_FORBIDDEN_GRANT',
        `component ${quoted(component_id)}: its ${what}, is too long for a person to judge`,
        {
          hint: `shorten it to at most ${limit} characters where the policy was made, and export again`,
          details: { component_id, limit },
        },
      );
    }
  }
}

/** In words, the entries of these rights that are too long, so that a new component with them would be refused. */
export function unreadableEntriesOf(rights: Rights): string[] {
  return findGains(null, rights).flatMap((gain) => unreadable(gain)?.what ?? []);
}

function unreadable(gain: RightsChange): { what: string; limit: number } | null {
  const limit = gain.kind === 'network' ? LONGEST_HOST : LONGEST_VALUE;
  const value = valueInWords(gain);
  const { length } = gain.kind === 'network' && gain.to?.kind === 'host' ? gain.to.host : value;
  return length <= limit
    ? null
    : { what: `${gain.kind} entry of ${length} characters, ${quoted(value)}`, limit };
}
