// Finds comments that a join would lose, or leave on what they were not written for.
import { isDeepStrictEqual } from 'node:util';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import type { YamlNode, YamlRange } from '../../codec/yaml/reader.ts';
import { EntryLines, type ListComments } from '../splicing/entry-lines.ts';
import { listAt } from '../splicing/splice.ts';
import { placedTree } from '../text.ts';
import type { PolicyReading } from './parts.ts';
import { type Side, sidesOf } from './three-way.ts';

/** Keys of entries that one side alone has changed or taken away, and on which the other has a comment that base lacks. */
export function entriesCommentedAnew({ base, ours, theirs }: Record<'base' | Side, PolicyReading>): string[] {
  const kept = new Map<string, Side>();
  for (const [key, sides] of sidesOf({ base: base.entries, ours: ours.entries, theirs: theirs.entries })) {
    const isKeptBy = (side: Side) => isDeepStrictEqual(sides[side], sides.base);
    if (sides.base !== undefined && isKeptBy('ours') !== isKeptBy('theirs'))
      kept.set(key, isKeptBy('ours') ? 'ours' : 'theirs');
  }
  if (kept.size === 0) return [];
  const known = commentsOf(base);
  const [here, there] = [commentsOnEach(ours, kept, known), commentsOnEach(theirs, kept, known)];
  return [...kept].flatMap(([key, side]) => {
    const [mine, others] = side === 'ours' ? [here, there] : [there, here];
    const isNew = (comment: string) => !known.has(comment) && !others.get(key)?.has(comment);
    return [...(mine.get(key) ?? [])].some(isNew) ? [key] : [];
  });
}

/**
 * The comments above first entries that are about the whole list: of theirs what was there before such an entry came, and of
 * ours what did not go with it.
 */
export function commentsOnLists(policies: Record<'base' | Side, PolicyReading>): Record<Side, ListComments> {
  const [base, ours, theirs] = [policies.base, policies.ours, policies.theirs].map(commentsOf);
  return {
    ours: new Set([...ours!].filter((comment) => !base!.has(comment) || theirs!.has(comment))),
    theirs: new Set([...base!, ...ours!]),
  };
}

function commentsOf(policy: PolicyReading): Set<string> {
  return new Set(orNone(() => commentsIn(policy.text, placedTree(policy), [0, policy.text.length])));
}

/** The comments on entries, by their keys: above a first one also what may be about the list. */
function commentsOnEach(
  policy: PolicyReading,
  keys: ReadonlyMap<string, Side>,
  ofLists: ListComments,
): Map<string, Set<string>> {
  const byKey = new Map<string, Set<string>>();
  const { text, listed } = policy;
  const [tree] = orNone(() => [placedTree(policy)]);
  if (tree === undefined) return byKey;
  const lines = new EntryLines(text, ofLists);
  for (const { key, entry, index } of listed) {
    if (!keys.has(key)) continue;
    const comments = orNone(() => {
      const { entries } = listAt(tree, { section: entry.section, list: 'allow', index });
      return commentsIn(text, entries.items[index]!, lines.ofEntry(entries, index));
    });
    const known = byKey.get(key) ?? new Set();
    for (const comment of comments) known.add(comment);
    byKey.set(key, known);
  }
  return byKey;
}

/** Nothing where its place cannot be told: then no lines of it are moved either. */
function orNone<T>(act: () => T[]): T[] {
  try {
    return act();
  } catch (error) {
    if (error instanceof YamlProblem) return [];
    throw error;
  }
}

/** The comments in a part of a text that has this value in it. */
function commentsIn(text: string, node: YamlNode, [start, end]: YamlRange): string[] {
  if (!text.slice(start, end).includes('#')) return [];
  const parts: string[] = [];
  let at = start;
  for (const [from, to] of writtenIn(node).sort(([a], [b]) => a - b)) {
    parts.push(text.slice(at, from), text.slice(from, to).replace(/[^\n]/g, '_'));
    at = to;
  }
  const withoutValues = parts.join('') + text.slice(at, end);
  return [...withoutValues.matchAll(/(?<!\S)#.*/g)].map(([comment]) => comment.trimEnd());
}

/** Where keys and values stand: a `#` in them begins no comment. */
function writtenIn(node: YamlNode): YamlRange[] {
  if (node.kind === 'scalar') return [node.range];
  if (node.kind === 'list') return node.items.flatMap(writtenIn);
  return [...node.keyRanges.values(), ...[...node.entries.values()].flatMap(writtenIn)];
}
