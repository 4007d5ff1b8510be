// Adds to what differs between two states how what a component may do afterwards fits its code.
import type { ComponentDifference, StatedComponent } from '../../plan/comparison/state-difference.ts';
import { type CodeUnderRights, fitInWords } from '../../plan/words/fit.ts';
import type { StateWithCode } from '../compared-states.ts';

/** Reads the code of what differs, on both sides, as far as it is at hand. @throws as `readInterface` */
export async function withFit(
  differences: readonly ComponentDifference[],
  before: StateWithCode,
  after: StateWithCode,
): Promise<ComponentDifference[]> {
  const [old, now] = [before, after].map(
    ({ components }) => new Map(components.map((component) => [component.component_id, component])),
  );
  const remarked: ComponentDifference[] = [];
  for (const difference of differences) {
    const { component_id, code, policy } = difference;
    const changes = code !== null || policy !== null;
    const under = changes ? await codeUnderRights(after, now!.get(component_id)) : null;
    const replaced = code === null ? null : await codeUnderRights(before, old!.get(component_id));
    remarked.push(under === null ? difference : { ...difference, remarks: fitInWords(under, replaced) });
  }
  return remarked;
}

/** Null where nothing is known of one of the two. */
async function codeUnderRights(
  { codeReadings }: StateWithCode,
  component: StatedComponent | undefined,
): Promise<CodeUnderRights | null> {
  if (component === undefined || component.rights === null) return null;
  const { component_id, code, rights } = component;
  if (code.sha256 === null || code.size === null) return null;
  const artifact = { sha256: code.sha256, size: code.size };
  return { abilities: await codeReadings.abilitiesOf({ component_id, artifact }), rights };
}
