// Remarks on how what a plan allows fits what the code can do: code that comes was read for the review, and of code that is
// here the parts that say what it imports are read. Nothing is said of code that is not at hand.
import type { DerivedInterface } from '../../component/derived-interface.ts';
import type { DesiredComponent, PlanOptions, TargetComponent, TargetState } from '../../plan/target.ts';
import { type CodeUnderRights, fitInWords, type Remarked, withNames } from '../../plan/words/fit.ts';
import type { Host } from '../../wassette/host.ts';

/** What the code of an installed component says; null when it cannot be read. */
export type CodeHere = (componentId: string) => DerivedInterface | null;

/** A bound, because a person waits for the review. */
const MOST_READ = 1_000;

export function codeOn(host: Host): CodeHere {
  return (component_id) => {
    try {
      return host.interfaceOf({ component_id });
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
      return null;
    }
  };
}

/** The code that a plan is about. */
interface CodeAtHand {
  /** What new code was found to be, by component. */
  coming: ReadonlyMap<string, DerivedInterface>;
  here: CodeHere;
  /** Whether new code is in place already, so that the code before it is gone. */
  isReplaced?: boolean;
}

/** Of each component that gets new code or another policy. */
export function fitOfSteps(
  desired: readonly DesiredComponent[],
  target: TargetState,
  { componentIds, skipExisting }: PlanOptions,
  { coming, here, isReplaced = false }: CodeAtHand,
): string[] {
  const chosen = componentIds === null ? null : new Set(componentIds);
  const there = new Map(target.components.map((component) => [component.component_id, component]));
  let left = MOST_READ;
  const read = (id: string): CodeUnderRights['abilities'] =>
    left-- > 0 ? (here(id)?.abilities ?? null) : null;
  const remarked = desired.flatMap((wanted): Remarked[] => {
    const id = wanted.component_id;
    const before = there.get(id);
    const isThere = before !== undefined && before.artifact !== null;
    if (wanted.artifact === null || (skipExisting && isThere) || chosen?.has(id) === false) return [];
    const rights = rightsOf(wanted.keepsPolicy ? before : wanted);
    if (!isThere || before.artifact!.sha256 !== wanted.artifact.sha256) {
      const now = { abilities: coming.get(id)?.abilities ?? null, rights };
      if (!isThere || isReplaced || now.abilities === null)
        return [{ component_id: id, remarks: fitInWords(now) }];
      const replaced = { abilities: read(id), rights: rightsOf(before) };
      return [{ component_id: id, remarks: fitInWords(now, replaced) }];
    }
    const isSamePolicy = wanted.keepsPolicy || wanted.policy?.sha256 === before.policy?.sha256;
    return isSamePolicy ? [] : [{ component_id: id, remarks: fitInWords({ abilities: read(id), rights }) }];
  });
  return withNames(remarked);
}

function rightsOf(component: DesiredComponent | TargetComponent | undefined): CodeUnderRights['rights'] {
  return component?.policy?.rights ?? 'none';
}
