// `wassette-state policy explain`: which rule of the operator's policy decides about each thing that an import would bring.
import { counted } from '../../../../src/codec/enumeration.ts';
import { safeText } from '../../../../src/codec/safe-text.ts';
import type { Verdict } from '../../../../src/plan/operator-policy/verdicts.ts';
import { judgeImport } from '../../../../src/site/approval/judging.ts';
import { readOperatorPolicy } from '../../../../src/site/operator-policy/file.ts';
import { openSite } from '../../../../src/site/site.ts';
import { type HttpFlags, wassetteAt } from '../../../http-wassette.ts';
import { type OverlayFlags, overlayIn } from '../../options/overlay.ts';
import { withSnapshotAt } from '../../standard-streams.ts';
import { interruptSignal, print, printJson, styled, tell, wrapped } from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

export interface ExplainOptions extends LocationOptions, HttpFlags, OverlayFlags {
  components?: string[];
  skipExisting?: boolean;
  removeExtra?: boolean;
  allowedSigners?: string;
}

/** @returns whether an import is within the policy */
export async function runPolicyExplain(reference: string, options: ExplainOptions): Promise<boolean> {
  const signal = interruptSignal();
  const locations = locationsIn(options);
  const policy = await readOperatorPolicy(locations);
  const live = await wassetteAt(options);
  const asked = {
    ...locations,
    policy,
    live,
    componentFilter: options.components,
    skipExisting: options.skipExisting,
    removeExtra: options.removeExtra,
    ...overlayIn(options),
    allowedSigners: options.allowedSigners,
    signal,
  };
  const site = await openSite(asked);
  const verdicts = await withSnapshotAt(reference, signal, (at) => judgeImport(at, site, asked));
  const isWithin = verdicts.every(({ decision }) => decision !== 'refused');
  if (options.json) printJson({ policy: policy?.file ?? null, within: isWithin, verdicts });
  else printVerdicts(policy?.file ?? null, verdicts);
  return isWithin;
}

function printVerdicts(file: string | null, verdicts: readonly Verdict[]): void {
  if (file === null) {
    tell('There is no operator policy: nothing is capped.');
    return;
  }
  tell(`Policy ${safeText(file, 4_096)}`);
  for (const verdict of verdicts) {
    const line = wrapped(`  ${decisionInWords(verdict).padEnd(22)}`, verdict.text);
    if (verdict.decision === 'refused') print(styled(line, 'red'));
    else tell(line);
  }
  for (const { says, isAnswer } of conclusionsOf(verdicts)) (isAnswer ? print : tell)(wrapped('', says));
}

/** What follows for an import here, and what is to be known of what is here already. */
function conclusionsOf(verdicts: readonly Verdict[]): { says: string; isAnswer: boolean }[] {
  const refused = verdicts.filter(({ decision }) => decision === 'refused');
  const brought = refused.filter(({ is_here }) => !is_here).length;
  const present = refused.length - brought;
  const isChange = verdicts.some(({ component_id, is_here }) => component_id !== null && !is_here);
  const beyond = `${counted(brought, 'thing')} beyond the policy`;
  const told = (says: string) => ({ says, isAnswer: false });
  const answer = (says: string) => ({ says, isAnswer: true });
  return [
    ...(isChange ? [] : [told('The import would change nothing.')]),
    ...(isChange && brought === 0 ? [told('The import is within the policy.')] : []),
    ...(isChange && brought > 0 ? [answer(`The import is refused: ${beyond}.`)] : []),
    ...(!isChange && brought > 0 ? [answer(`Where it changes something it is refused: ${beyond}.`)] : []),
    ...(present > 0
      ? [
          answer(
            `${counted(present, 'thing')} beyond the policy, here already: no import is refused for that.`,
          ),
        ]
      : []),
    ...(!isChange && refused.length === 0 && verdicts.length > 0
      ? [told('What is here already is within the policy.')]
      : []),
  ];
}

function decisionInWords({ decision, line, is_here }: Verdict): string {
  if (is_here && decision === 'not capped') return 'here, not capped';
  if (is_here) return `here, ${decision === 'refused' ? 'BEYOND' : 'within'} line ${line}`;
  if (decision === 'not capped') return line === null ? 'not capped' : `not capped, line ${line}`;
  return `${decision === 'refused' ? 'REFUSED' : 'allowed'} by line ${line}`;
}
