// Says what an overlay has made other than the snapshot has it: what is approved are the results.
import { quoted, quotedWhole } from '../../codec/safe-text.ts';
import { writtenPath } from '../directory-grants.ts';
import { changingIds, type PlanStep } from '../step.ts';
import type { DesiredComponent } from '../target.ts';

/** Wassette mounts a directory under its own path, so whoever calls a tool has to know the new one. */
export function warnOfOverlay(steps: readonly PlanStep[], desired: readonly DesiredComponent[]): string[] {
  const changing = changingIds(steps);
  return desired.flatMap(({ component_id, overlaid }) => {
    if (overlaid === undefined || !changing.has(component_id)) return [];
    const moved = overlaid.mapped.map(({ from, to }) =>
      [from, to].map((uri) => quotedWhole(writtenPath(uri)!)),
    );
    return [
      ...moved.map(
        ([from, to]) =>
          `${quoted(component_id)}: its directory ${from} is ${to} here, and Wassette gives it to the component under that path: paths in the arguments of its tools have to begin with ${to}, too`,
      ),
      ...overlaid.withheld.map(
        (entry) =>
          `${quoted(component_id)}: left out is ${quotedWhole(entry)}, which its policy in the snapshot allows`,
      ),
    ];
  });
}
