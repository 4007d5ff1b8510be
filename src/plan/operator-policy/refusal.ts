// Refuses a plan that goes beyond the operator's policy. An agent reads this: it gets the rule and its line, not the file.
import { firstFew } from '../../codec/enumeration.ts';
import { safeText } from '../../codec/safe-text.ts';
import { PolicyError } from '../../errors.ts';
import type { Verdict } from './verdicts.ts';

const MOST_NAMED = 20;

/** @throws PolicyError POLICY_BEYOND_CAPS */
export function assertWithin(verdicts: readonly Verdict[]): void {
  const refused = verdicts.filter(isRefused);
  const [first] = refused;
  if (first === undefined) return;
  // Fewer components help where nothing is refused about the snapshot itself.
  const isOfComponents = refused.every(({ component_id }) => component_id !== null);
  const more = refused.length === 1 ? '' : ` (and ${refused.length - 1} more)`;
  throw new PolicyError('POLICY_BEYOND_CAPS', `${inWords(first)}${more}`, {
    hint: 'import only what that policy allows; only the operator can change it',
    ...(isOfComponents ? { remedy: { do: 'leave-out' } } : {}),
    details: {
      rule: first.rule,
      line: first.line,
      component_ids: [...new Set(refused.flatMap(({ component_id }) => component_id ?? []))].slice(
        0,
        MOST_NAMED,
      ),
      refused: firstFew(refused.map(inWords), MOST_NAMED).first,
    },
  });
}

/** What an undo brings back although no import may: a host can always go back to what it was. */
export function warnOfRefused(verdicts: readonly Verdict[]): string[] {
  return verdicts.filter(isRefused).map((verdict) => `${inWords(verdict)} to an import`);
}

function isRefused({ decision }: Verdict): boolean {
  return decision === 'refused';
}

function inWords({ text, rule, line }: Verdict): string {
  return `${safeText(text, 400)}: line ${line} of the operator policy (${rule}) does not allow it`;
}
