// Makes the text of a merged policy: that of ours, changed only where it does not say what is wanted.
import { isDeepStrictEqual } from 'node:util';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import { FormatError } from '../../errors.ts';
import type { EntrySection } from '../named-entries.ts';
import type { ListComments } from '../splicing/entry-lines.ts';
import { entryTexts, splicedTree, type TreeEdit } from '../splicing/splice.ts';
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
  onLists: Record<Side, ListComments>,
): PolicyReading | Unsafe {
  // The lines of a text that is changed already are none that anybody has.
  let isAsGiven = true;
  try {
    const edits = editsFor(ours, wanted.entries, theirs, onLists.theirs);
    const withEntries =
      edits.length === 0 ? ours : readingOf(splicedTree(ours, edits, { componentId: 'ours' }, onLists.ours));
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

/** What is not as wanted goes, and what `theirs` has instead comes in its place, or else at the end. */
function editsFor(
  ours: PolicyReading,
  wanted: PolicyParts['entries'],
  theirs: PolicyReading,
  ofLists: ListComments,
): TreeEdit[] {
  const keys = [...new Set([...ours.entries.keys(), ...wanted.keys()])];
  const differing = new Set(keys.filter((key) => !isDeepStrictEqual(ours.entries.get(key), wanted.get(key))));
  if (differing.size === 0) return [];
  const coming = entriesFrom(theirs, (key) => differing.has(key) && wanted.has(key), ofLists);
  const edits: TreeEdit[] = [];
  for (const { key, entry, index } of ours.listed) {
    if (!differing.has(key)) continue;
    const at = { section: entry.section, list: 'allow', index } as const;
    const now = coming.get(key);
    coming.delete(key);
    if (now === undefined) edits.push({ do: 'remove', ...at });
    else edits.push({ do: 'replace', text: now.text, areCommentsKept: now.isFirst, ...at });
  }
  for (const { section, text } of coming.values()) edits.push({ do: 'add', section, list: 'allow', text });
  return edits;
}

/** Entries of one key, as another policy can take them. */
interface Moved {
  section: EntrySection;
  text: string;
  /** Whether the first of them is that of its list. */
  isFirst: boolean;
}

function entriesFrom(
  policy: PolicyReading,
  isNeeded: (key: string) => boolean,
  ofLists: ListComments,
): Map<string, Moved> {
  const needed = policy.listed.filter(({ key }) => isNeeded(key));
  const places = needed.map(
    ({ entry, index }) => ({ section: entry.section, list: 'allow', index }) as const,
  );
  const texts = entryTexts(policy, places, { componentId: 'theirs' }, ofLists);
  const byKey = new Map<string, Moved>();
  for (const [i, { key, entry, index }] of needed.entries()) {
    const moved = byKey.get(key);
    if (moved !== undefined) moved.text += texts[i]!;
    else byKey.set(key, { section: entry.section, text: texts[i]!, isFirst: index === 0 });
  }
  return byKey;
}
