// Compares the components of a running Wassette with the files of a directory.

import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import type { ErrorDetails } from '../../errors.ts';
import { DirectoryListing } from './directory-listing.ts';
import type { LiveComponent } from './live-wassette.ts';

const MOST_NAMED = 10;

export interface HostDifference {
  onlyThere: readonly string[];
  onlyHere: readonly string[];
  /** Ids that both have, with different tools. */
  otherTools: readonly string[];
}

/** Null when they agree, as two copies also do. @throws StoreError STORE_DENIED, STORE_IO; FormatError FORMAT_INVALID */
export async function differenceFrom(
  there: readonly LiveComponent[],
  componentDir: string,
): Promise<HostDifference | null> {
  const here = await DirectoryListing.read(componentDir);
  const ids = new Set(there.map(({ id }) => id));
  const onlyThere = await here.strangersIn(ids);
  const onlyHere = here.missingFrom(ids);
  const otherTools: string[] = [];
  for (const { id, tools } of there)
    if (tools !== null && !(await here.mayHaveTools(id, tools))) otherTools.push(id);
  const isSame = onlyThere.length + onlyHere.length + otherTools.length === 0;
  return isSame ? null : { onlyThere, onlyHere, otherTools };
}

/** In words; ids that only the Wassette has come first. */
export function describeDifference({ onlyThere, onlyHere, otherTools }: HostDifference): string {
  return [
    onlyThere.length > 0 && `only there: ${fewOf(onlyThere.map(quoted))}`,
    onlyHere.length > 0 && `only here: ${fewOf(onlyHere.map(quoted))}`,
    otherTools.length > 0 && `with other tools there: ${fewOf(otherTools.map(quoted))}`,
  ]
    .filter(Boolean)
    .join('; ');
}

export function detailsOf(difference: HostDifference): ErrorDetails {
  const named = (ids: readonly string[]) => ids.slice(0, MOST_NAMED).map(quoted);
  return {
    only_there: named(difference.onlyThere),
    only_here: named(difference.onlyHere),
    other_tools: named(difference.otherTools),
  };
}
