// Changes entries of a policy where they stand, and leaves every other byte as it is. What comes out is read again and held
// against what was meant. A text where that cannot be done by whole lines is refused: it is never written anew.
import { quoted } from '../../codec/safe-text.ts';
import { mapping } from '../../codec/yaml/fields.ts';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import { readYaml, type YamlList, type YamlMap, type YamlNode } from '../../codec/yaml/reader.ts';
import { isText } from '../../codec/yaml/scalars.ts';
import { FormatError } from '../../errors.ts';
import { type EntrySection, namedEntries } from '../named-entries.ts';
import type { PolicyOwner } from '../policy.ts';
import { type PolicyTree, placedTree } from '../text.ts';
import { type Addition, deepestFirst, PolicyGaps } from './additions.ts';
import { EntryLines, type ListComments, type Splice } from './entry-lines.ts';
import { lineEndIn } from './layout.ts';

/** A list of entries, such as what `storage` allows. */
interface EntryList {
  section: EntrySection;
  list: 'allow' | 'deny';
}

/** An entry of a list, by its place there. */
export interface EntryAt extends EntryList {
  index: number;
}

/** A change of one entry; places are those before any change. */
export type PolicyEdit =
  | ({ do: 'remove' } & EntryAt)
  | ({ do: 'set-uri'; uri: string } & EntryAt)
  /** At the end of the list, which is made if it is missing: as `entryTexts` gives it. */
  | ({ do: 'add'; text: string } & EntryList);

/** Also what `splicedTree` alone does. */
export type TreeEdit =
  | PolicyEdit
  /** By entries, as `entryTexts` gives them; the comments above can stay, since those of a first entry are not known. */
  | ({ do: 'replace'; text: string; areCommentsKept: boolean } & EntryAt);

/** An entry, with what it is about: its URI, host, range of addresses or variable. */
export interface PolicyEntry extends EntryAt {
  name: string;
}

/**
 * All entries of a policy that `parsePolicy` accepts: first those of lists that allow, each list in its order.
 * @throws FormatError FORMAT_POLICY_LAYOUT where their places cannot be told
 */
export function policyEntries(text: string, owner: PolicyOwner): PolicyEntry[] {
  return refusing(owner, () => {
    const policy = policyIn(text);
    return (['allow', 'deny'] as const).flatMap((list) =>
      [...namedEntries(policy, list)].map(({ section, index, name }) => ({ section, list, index, name })),
    );
  });
}

function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined;
}

/**
 * The policy with all `edits`, which must be one that `parsePolicy` accepts.
 * @throws FormatError FORMAT_POLICY_LAYOUT where an entry cannot be changed without writing the text anew
 */
export function splicePolicy(text: string, edits: readonly PolicyEdit[], owner: PolicyOwner): string {
  return refusing(owner, () => {
    const before = policyIn(text);
    const now = spliced(text, before, edits, 'all');
    if (!isSame(meaningOf(policyIn(now)), meant(before, edits))) throw differs(before);
    return now;
  });
}

/**
 * The same for a policy that was read already; who calls it holds what it gives against what is meant.
 * @throws FormatError FORMAT_POLICY_LAYOUT; YamlProblem where what comes of it cannot be read
 */
export function splicedTree(
  policy: PolicyTree,
  edits: readonly TreeEdit[],
  owner: PolicyOwner,
  ofLists: ListComments,
): PolicyTree {
  const text = refusing(owner, () => spliced(policy.text, placedTree(policy), edits, ofLists));
  return { text, tree: policyIn(text) };
}

/** All edits are of the lines as they were given: where one is refused, one of these is named. */
function spliced(text: string, policy: YamlMap, edits: readonly TreeEdit[], ofLists: ListComments): string {
  const additions = addedTo(edits);
  if (additions.length === 0)
    return withSplices(text, splicesFor(new EntryLines(text, ofLists), policy, edits));
  const end = lineEndIn(text);
  const isEnded = text.endsWith('\n');
  const lines = isEnded ? text : text + end;
  const insertions = new PolicyGaps(lines, policy).added(additions);
  const now = withSplices(lines, [
    ...splicesFor(new EntryLines(lines, ofLists), policy, edits),
    ...deepestFirst(insertions),
  ]);
  return isEnded ? now : now.slice(0, -end.length);
}

/**
 * The lines of each of these entries as another policy can take them, comments included.
 * @throws FormatError FORMAT_POLICY_LAYOUT
 */
export function entryTexts(
  policy: PolicyTree,
  entries: readonly EntryAt[],
  owner: PolicyOwner,
  ofLists: ListComments,
): string[] {
  return refusing(owner, () => {
    const tree = placedTree(policy);
    const lines = new EntryLines(policy.text, ofLists);
    return entries.map((at) => lines.entryText(listAt(tree, at).entries, at.index));
  });
}

/** What `act` gives. @throws FormatError FORMAT_POLICY_LAYOUT where it throws a YamlProblem */
export function refusing<T>({ componentId }: PolicyOwner, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const { line, message, hint } = error;
    const where = `component ${quoted(componentId)}: policy line ${line}`;
    throw new FormatError('FORMAT_POLICY_LAYOUT', `${where} cannot be changed in place: ${message}`, {
      hint,
      details: { component_id: componentId, line },
    });
  }
}

function policyIn(text: string): YamlMap {
  return mapping(readYaml(text), 'the policy');
}

function differs({ line }: YamlNode): YamlProblem {
  return new YamlProblem(
    line,
    'it would not say what is meant',
    'change the policy by hand, and export again',
  );
}

/** What each list gets, in the order of the edits. */
function addedTo(edits: readonly TreeEdit[]): Addition[] {
  const added = new Map<string, Addition>();
  for (const edit of edits) {
    if (edit.do !== 'add') continue;
    const { section, list, text } = edit;
    const before = added.get(`${section}.${list}`)?.text ?? '';
    const path = ['permissions', section, list];
    added.set(`${section}.${list}`, { what: 'entries', path, text: before + text });
  }
  return [...added.values()];
}

/** What becomes of entries that are there. */
function splicesFor(lines: EntryLines, policy: YamlMap, edits: readonly TreeEdit[]): Splice[] {
  const left = new Map<YamlList, number>();
  const filled = new Set(edits.flatMap((edit) => (edit.do === 'add' ? `${edit.section}.${edit.list}` : [])));
  return edits.flatMap((edit) => {
    if (edit.do === 'add') return [];
    const { section, entries } = listAt(policy, edit);
    if (edit.do === 'set-uri') return lines.replaced(uriOf(entries.items[edit.index]!), edit.uri);
    if (edit.do === 'replace') {
      const { index, text: now, areCommentsKept } = edit;
      return lines.replacedEntry(entries, index, now, areCommentsKept);
    }
    left.set(entries, (left.get(entries) ?? entries.items.length) - 1);
    const removed = { range: lines.ofEntry(entries, edit.index), text: '' };
    const isEmptied = left.get(entries) === 0 && !filled.has(`${edit.section}.${edit.list}`);
    return isEmptied ? [lines.emptied(section, edit.list), removed] : [removed];
  });
}

/** The list that an entry is in, with its section. @throws YamlProblem where there is none */
export function listAt(
  policy: YamlMap,
  { section, list, index }: EntryAt,
): { section: YamlMap; entries: YamlList } {
  const found = childOf(childOf(policy, 'permissions'), section);
  const entries = childOf(found, list);
  if (found?.kind === 'map' && entries?.kind === 'list' && index < entries.items.length)
    return { section: found, entries };
  throw new YamlProblem(policy.line, 'there is no such entry', 'name an entry that the policy has');
}

function uriOf(entry: YamlNode): YamlNode {
  const uri = childOf(entry, 'uri');
  if (uri === undefined) throw new YamlProblem(entry.line, 'the entry has no uri', 'name a storage entry');
  return uri;
}

/** Ranges do not overlap; what is put in at the beginning of another comes before it. */
export function withSplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let taken = 0;
  const inOrder = splices.toSorted((a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1]);
  for (const { range, text: now } of inOrder) {
    parts.push(text.slice(taken, range[0]), now);
    taken = range[1];
  }
  return parts.join('') + text.slice(taken);
}

/** A value without how it is written; the keys of a mapping in their order. */
type Meaning = string | Meaning[] | Map<string, Meaning>;

function meaningOf(node: YamlNode): Meaning {
  if (node.kind === 'list') return node.items.map(meaningOf);
  if (node.kind === 'map') return new Map([...node.entries].map(([key, value]) => [key, meaningOf(value)]));
  return isText(node) ? `text ${node.text}` : `plain ${node.text}`;
}

/** What is meant: the same edits made to the value. */
function meant(policy: YamlMap, edits: readonly PolicyEdit[]): Meaning {
  const meaning = meaningOf(policy);
  const removed = new Map<Meaning[], Set<number>>();
  const added: [Meaning[], Meaning][] = [];
  for (const edit of edits) {
    const list = listIn(meaning, ['permissions', edit.section, edit.list]);
    if (edit.do === 'add') {
      const entries = meaningOf(readYaml(edit.text));
      if (Array.isArray(entries)) for (const entry of entries) added.push([list, entry]);
    } else if (edit.do === 'remove') removed.set(list, (removed.get(list) ?? new Set()).add(edit.index));
    else (list[edit.index] as Map<string, Meaning>).set('uri', `text ${edit.uri}`);
  }
  for (const [list, gone] of removed)
    list.splice(0, list.length, ...list.filter((_, index) => !gone.has(index)));
  for (const [list, entry] of added) list.push(entry);
  return meaning;
}

/** The list at `path`, made where there is nothing. */
function listIn(meaning: Meaning, [key, ...path]: readonly string[]): Meaning[] {
  if (key === undefined) return meaning as Meaning[];
  const map = meaning as Map<string, Meaning>;
  const there = map.get(key);
  const isThere = there instanceof Map || Array.isArray(there);
  const inside =
    isThere && !(path.length > 0 && Array.isArray(there)) ? there : path.length === 0 ? [] : new Map();
  map.set(key, inside);
  return listIn(inside, path);
}

function isSame(a: Meaning, b: Meaning): boolean {
  const flat = (meaning: Meaning) =>
    JSON.stringify(meaning, (_, value) => (value instanceof Map ? { map: [...value] } : value));
  return flat(a) === flat(b);
}
