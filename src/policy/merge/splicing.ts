// Makes the text of a merged policy: that of ours, changed only where it does not say what is wanted.
import { isDeepStrictEqual } from 'node:util';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import { FormatError } from '../../errors.ts';
import { entryTexts, type PolicyEdit, splicePolicy } from '../splice.ts';
import { readPolicyText } from '../text.ts';
import { entriesIn, type PolicyParts, partsOf } from './parts.ts';
import type { Side } from './three-way.ts';
import { unitsSpliced } from './unit-lines.ts';

/** The line, where one is known. */
export interface Unsafe {
  side: Side;
  line: number | null;
}

/**
 * @param wanted each of its parts is as `text` or as `source` has it
 * @returns the text, or where one cannot be changed, or taken from, by whole lines
 */
export function splicedPolicy(text: string, wanted: PolicyParts, source: string): string | Unsafe {
  // The lines of a text that is changed already are none that anybody has.
  let isAsGiven = true;
  try {
    const edits = editsFor(text, wanted.entries, source);
    const withEntries = edits.length === 0 ? text : splicePolicy(text, edits, { componentId: 'ours' });
    if (isDeepStrictEqual(partsOf(withEntries), wanted)) return withEntries;
    isAsGiven = edits.length === 0;
    const spliced = unitsSpliced(withEntries, wanted.units, source);
    return isDeepStrictEqual(partsOf(spliced), wanted) ? spliced : { side: 'ours', line: null };
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

/** What is not as wanted goes, and comes as `source` has it. */
function editsFor(text: string, wanted: PolicyParts['entries'], source: string): PolicyEdit[] {
  const here = partsOf(text).entries;
  const differs = (key: string) => !isDeepStrictEqual(here.get(key), wanted.get(key));
  const edits: PolicyEdit[] = [];
  for (const { key, entry, index } of entriesIn(readPolicyText(text), 'allow'))
    if (differs(key)) edits.push({ do: 'remove', section: entry.section, list: 'allow', index });
  const coming = [...entriesIn(readPolicyText(source), 'allow')]
    .filter(({ key }) => wanted.has(key) && differs(key))
    .map(({ entry, index }) => ({ section: entry.section, list: 'allow', index }) as const);
  const texts = entryTexts(source, coming, { componentId: 'theirs' });
  const added = coming.map(
    ({ section, list }, i) => ({ do: 'add', section, list, text: texts[i]! }) as const,
  );
  return [...edits, ...added];
}
