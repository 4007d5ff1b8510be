// Makes the text of a merged policy: that of ours, changed only where it does not say what is wanted.
import { isDeepStrictEqual } from 'node:util';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import { FormatError } from '../../errors.ts';
import { entryTexts, type PolicyEdit, splicedTree } from '../splice.ts';
import { type PolicyParts, type PolicyReading, readingOf } from './parts.ts';
import type { Side } from './three-way.ts';
import { unitsSpliced } from './unit-lines.ts';

/** The line, where one is known. */
export interface Unsafe {
  side: Side;
  line: number | null;
}

/**
 * @param wanted each of its parts is as `ours` or as `theirs` has it
 * @returns the policy, or where one cannot be changed, or taken from, by whole lines
 */
export function splicedPolicy(
  ours: PolicyReading,
  wanted: PolicyParts,
  theirs: PolicyReading,
): PolicyReading | Unsafe {
  // The lines of a text that is changed already are none that anybody has.
  let isAsGiven = true;
  try {
    const edits = editsFor(ours, wanted.entries, theirs);
    const withEntries =
      edits.length === 0 ? ours : readingOf(splicedTree(ours, edits, { componentId: 'ours' }));
    if (isAsWanted(withEntries, wanted)) return withEntries;
    isAsGiven = edits.length === 0;
    const spliced = readingOf(unitsSpliced(withEntries, wanted.units, theirs));
    return isAsWanted(spliced, wanted) ? spliced : { side: 'ours', line: null };
  } catch (error) {
    // What was spliced cannot be read.
    if (error instanceof YamlProblem) return { side: 'ours', line: null };
    if (!(error instanceof FormatError)) throw error;
    const { component_id, line } = error.details;
    const side = component_id === 'theirs' ? 'theirs' : 'ours';
    const isKnown = typeof line === 'number' && (side === 'theirs' || isAsGiven);
    return { side, line: isKnown ? line : null };
  }
}

function isAsWanted({ entries, units }: PolicyParts, wanted: PolicyParts): boolean {
  return isDeepStrictEqual(entries, wanted.entries) && isDeepStrictEqual(units, wanted.units);
}

/** What is not as wanted goes, and comes as `theirs` has it. */
function editsFor(ours: PolicyReading, wanted: PolicyParts['entries'], theirs: PolicyReading): PolicyEdit[] {
  const keys = [...new Set([...ours.entries.keys(), ...wanted.keys()])];
  const differing = new Set(keys.filter((key) => !isDeepStrictEqual(ours.entries.get(key), wanted.get(key))));
  if (differing.size === 0) return [];
  const placesIn = ({ listed }: PolicyReading) => listed.filter(({ key }) => differing.has(key));
  const going = placesIn(ours).map(
    ({ entry, index }) => ({ do: 'remove', section: entry.section, list: 'allow', index }) as const,
  );
  const coming = placesIn(theirs)
    .filter(({ key }) => wanted.has(key))
    .map(({ entry, index }) => ({ section: entry.section, list: 'allow', index }) as const);
  const texts = entryTexts(theirs, coming, { componentId: 'theirs' });
  const added = coming.map(
    ({ section, list }, i) => ({ do: 'add', section, list, text: texts[i]! }) as const,
  );
  return [...going, ...added];
}
