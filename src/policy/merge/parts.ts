// Takes a policy apart as a merge goes by it: an entry for each thing that it allows, and a unit for each thing else.
import { optionalMapping, type PlainValue } from '../../codec/yaml/fields.ts';
import type { YamlMap, YamlNode } from '../../codec/yaml/reader.ts';
import { isNull, isText } from '../../codec/yaml/scalars.ts';
import { ENTRY_SECTIONS, type EntrySection, type NamedEntry, namedEntries } from '../named-entries.ts';
import { hostNamed, reachedBy } from '../network-host.ts';
import { accessOf, type Policy } from '../policy.ts';
import { type PolicyTree, policyTree } from '../text.ts';

/** What a policy says about one host, range, directory, variable or endpoint. */
export interface PolicyEntry {
  section: EntrySection;
  /** As it is written, each way once and sorted. */
  names: readonly string[];
  /** The access to a directory, or what requests reach through a host; sorted, and never nothing. */
  gives: readonly string[];
  /** What else such entries say, as JSON, each thing once and sorted: nothing that Wassette reads. */
  rest: readonly string[];
}

/** Any other setting, as a whole. */
export interface PolicyUnit {
  /** The path to it, such as `permissions`, `network`, `deny`. */
  keys: readonly string[];
  value: PlainValue;
}

export interface PolicyParts {
  entries: ReadonlyMap<string, PolicyEntry>;
  units: ReadonlyMap<string, PolicyUnit>;
}

/** A policy that was read and taken apart, once. */
export interface PolicyReading extends PolicyTree, PolicyParts {
  /** The entries of what it allows, one by one and in their order. */
  listed: readonly ListedEntry[];
  /** What it denies, by the same keys as what it allows. */
  denied: ReadonlyMap<string, PolicyEntry>;
}

export function readingOfPolicy({ text, tree }: Policy): PolicyReading {
  return readingOf(tree === null ? policyTree(text) : { text, tree });
}

/** @param policy a valid one */
export function readingOf({ text, tree }: PolicyTree): PolicyReading {
  const permissions = optionalMapping(tree, 'permissions');
  const units = [
    ...unitsOf(tree, [], ['permissions']),
    ...unitsOf(permissions, ['permissions'], ENTRY_SECTIONS),
    ...ENTRY_SECTIONS.flatMap((section) => [
      ...unitsOf(optionalMapping(permissions, section), ['permissions', section], ['allow']),
    ]),
  ];
  const listed = [...entriesIn(tree, 'allow')];
  return {
    text,
    tree,
    listed,
    entries: joinedByKey(listed),
    units: new Map(units.map((unit) => [unitKey(unit.keys), unit])),
    denied: joinedByKey(entriesIn(tree, 'deny')),
  };
}

/** One text for each path: a key may hold a dot. */
export function unitKey(keys: readonly string[]): string {
  return JSON.stringify(keys);
}

function joinedByKey(listed: Iterable<ListedEntry>): Map<string, PolicyEntry> {
  const byKey = new Map<string, SingleEntry[]>();
  for (const { key, entry } of listed) {
    const alike = byKey.get(key);
    if (alike === undefined) byKey.set(key, [entry]);
    else alike.push(entry);
  }
  return new Map([...byKey].map(([key, alike]) => [key, joined(alike)]));
}

function joined(alike: readonly SingleEntry[]): PolicyEntry {
  return {
    section: alike[0]!.section,
    names: sortedUnique(alike.map(({ name }) => name)),
    gives: sortedUnique(alike.flatMap(({ gives }) => gives)),
    rest: sortedUnique(alike.map(({ rest }) => rest)),
  };
}

function sortedUnique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** What one entry says. */
interface SingleEntry {
  section: EntrySection;
  name: string;
  gives: readonly string[];
  rest: string;
}

/** An entry, where it stands in the list of its section. */
interface ListedEntry {
  /** Equal for entries about the same. */
  key: string;
  entry: SingleEntry;
  index: number;
}

/** In their order. */
function* entriesIn(policy: YamlMap, list: 'allow' | 'deny'): Generator<ListedEntry> {
  for (const named of namedEntries(policy, list)) {
    const { section, field, index } = named;
    yield { key: `${section} ${field} ${subjectOf(named)}`, entry: entryOf(named), index };
  }
}

/** However it is spelt: what one side takes away must not come back because the other has written it otherwise. */
function subjectOf({ section, field, name }: NamedEntry): string {
  if (field === 'host') return hostNamed(name);
  return section === 'storage' ? directoryOf(name) : name;
}

/** A storage URI without doubled slashes, one at the end, and `.`; what is relative stays apart from what begins at the root. */
export function directoryOf(uri: string): string {
  if (!uri.startsWith('fs://')) return uri;
  const written = uri.slice('fs://'.length);
  const names = written.split('/').filter((name) => name !== '.' && name !== '');
  return `fs://${written.startsWith('/') ? '/' : ''}${names.join('/')}`;
}

function entryOf(named: NamedEntry): SingleEntry {
  const { section, field, name, map } = named;
  const others = new Map(map.entries);
  others.delete(field);
  if (section === 'storage') others.delete('access');
  const rest = JSON.stringify(meaningOf({ ...map, entries: others }));
  return { section, name, gives: givenBy(named), rest };
}

function givenBy({ section, field, name, map }: NamedEntry): readonly string[] {
  if (section === 'storage') return accessOf(map);
  if (section === 'network') return reachedBy(field === 'host' ? { host: name } : { cidr: name });
  return ['use'];
}

/** What is not there and what is nothing are the same to Wassette. */
function* unitsOf(
  map: YamlMap | null,
  path: readonly string[],
  others: readonly string[],
): Generator<PolicyUnit> {
  for (const [key, node] of map?.entries ?? []) {
    const value = others.includes(key) ? null : meaningOf(node);
    if (value !== null) yield { keys: [...path, key], value };
  }
}

/** As one YAML reader takes it: text keeps apart from what only looks like it, and no number is rounded. */
export function meaningOf(node: YamlNode): PlainValue {
  if (node.kind === 'list') return node.items.map(meaningOf);
  if (node.kind === 'map')
    return Object.fromEntries([...node.entries].map(([key, value]) => [key, meaningOf(value)]));
  if (isNull(node)) return null;
  return isText(node) ? JSON.stringify(node.text) : node.text;
}
