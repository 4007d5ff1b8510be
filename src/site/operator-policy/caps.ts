// The operator's policy on one host: where its paths lead there, and what it says of a plan.
import { shownUri } from '../../codec/shown-uri.ts';
import { assertWithin, warnOfRefused } from '../../plan/operator-policy/refusal.ts';
import type { OperatorPolicy } from '../../plan/operator-policy/rules.ts';
import { judge, judgeWithPresent, type Verdict } from '../../plan/operator-policy/verdicts.ts';
import type { Source } from '../../plan/source.ts';
import type { PlanStep } from '../../plan/step.ts';
import type { TargetState } from '../../plan/target.ts';
import { resolveDirectories } from '../../wassette/target-state.ts';
import type { AbsentCode } from '../code/absent.ts';
import { sourceIn } from '../code/source.ts';
import type { Desired } from '../import/desired.ts';
import { sourceOfCode } from '../source.ts';

export class OperatorCaps {
  constructor(
    private readonly policy: OperatorPolicy,
    private readonly desired: Desired,
    private readonly target: TargetState,
    /** Code that would be fetched. */
    private readonly absent: readonly AbsentCode[],
  ) {}

  /** @param present whether what is here already as it is desired is judged, too */
  verdictsOn(steps: readonly PlanStep[], { present = false } = {}): Verdict[] {
    const { components, openedFrom, signed, origins } = this.desired;
    return (present ? judgeWithPresent : judge)(this.policy, {
      steps,
      desired: components,
      target: this.target,
      openedFrom,
      signers: signed?.signers ?? [],
      codeFrom: new Map([
        ...origins.map(({ component_id, source_uri }) => [component_id, sourceOfCode(source_uri)] as const),
        ...this.#fetched(),
      ]),
      real: this.#realPaths(),
    });
  }

  /**
   * Refuses what goes beyond the policy. An undo is not refused, since a host can always go back to what it was; its
   * warnings are returned.
   * @throws PolicyError POLICY_BEYOND_CAPS
   */
  warnOrRefuse(steps: readonly PlanStep[]): string[] {
    const verdicts = this.verdictsOn(steps);
    if (this.desired.reverts !== null) return warnOfRefused(verdicts.filter(isOfComponent));
    assertWithin(verdicts);
    return [];
  }

  /** Where code would be fetched from; what can be had nowhere is refused for that. */
  #fetched(): [string, Source][] {
    return this.absent
      .filter((code) => sourceIn(code) !== null)
      .map(({ component_id, uri }) => [component_id, { kind: 'uri', uri: shownUri(uri) }]);
  }

  #realPaths() {
    const { directories, sources } = this.policy;
    const written = [
      ...(directories.entries === 'any' ? [] : directories.entries.map(({ value }) => value.path)),
      ...(sources.entries === 'any' ? [] : sources.entries.map(({ value }) => value).filter(isPath)),
    ];
    const found = resolveDirectories(
      written.map((path) => `fs://${path}`),
      this.target.path,
    );
    return new Map(written.map((path) => [path, found.get(`fs://${path}`)!]));
  }
}

/** An undo comes from no place. */
function isOfComponent({ component_id }: Verdict): boolean {
  return component_id !== null;
}

function isPath(source: string): boolean {
  return source !== 'store' && !source.includes('://');
}
