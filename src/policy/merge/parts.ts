// Takes a policy apart as a merge goes by it: an entry for each thing that it allows, and a unit for each thing else.
import { optionalMapping, type PlainValue } from '../../codec/yaml/fields.ts';
import type { YamlMap, YamlNode } from '../../codec/yaml/reader.ts';
import { isNull, isText } from '../../codec/yaml/scalars.ts';
import {
  ENTRY_SECTIONS,
  type EntrySection,
  type NamedEntry,
  type NamingField,
  namedEntries,
} from '../named-entries.ts';
import { type Access, accessOf } from '../policy.ts';
import { readPolicyText } from '../text.ts';

/** What a policy allows about one host, range, directory, variable or endpoint. */
export interface PolicyEntry {
  section: EntrySection;
  field: NamingField;
  name: string;
  /** Of a directory, sorted; otherwise empty. */
  access: readonly Access[];
  /** What else such entries say, one after the other: nothing that Wassette reads. */
  rest: readonly PlainValue[];
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

/** @param text of a valid policy */
export function partsOf(text: string): PolicyParts {
  const policy = readPolicyText(text);
  const permissions = optionalMapping(policy, 'permissions');
  const units = [
    ...unitsOf(policy, [], ['permissions']),
    ...unitsOf(permissions, ['permissions'], ENTRY_SECTIONS),
    ...ENTRY_SECTIONS.flatMap((section) => [
      ...unitsOf(optionalMapping(permissions, section), ['permissions', section], ['allow']),
    ]),
  ];
  return {
    entries: joinedByKey(entriesIn(policy, 'allow')),
    units: new Map(units.map((unit) => [unitKey(unit.keys), unit])),
  };
}

/** One text for each path: a key may hold a dot. */
export function unitKey(keys: readonly string[]): string {
  return JSON.stringify(keys);
}

/** What a policy denies, as `partsOf` has what it allows. @param text of a valid policy */
export function deniedIn(text: string): ReadonlyMap<string, PolicyEntry> {
  return joinedByKey(entriesIn(readPolicyText(text), 'deny'));
}

function joinedByKey(listed: Iterable<ListedEntry>): Map<string, PolicyEntry> {
  const entries = new Map<string, PolicyEntry>();
  for (const { key, entry } of listed) {
    const earlier = entries.get(key);
    entries.set(key, earlier === undefined ? entry : joined(earlier, entry));
  }
  return entries;
}

/** An entry, where it stands in the list of its section. */
interface ListedEntry {
  /** Equal for entries about the same. */
  key: string;
  entry: PolicyEntry;
  index: number;
}

/** In their order. */
export function* entriesIn(policy: YamlMap, list: 'allow' | 'deny'): Generator<ListedEntry> {
  for (const named of namedEntries(policy, list)) {
    const entry = entryOf(named);
    yield { key: `${entry.section} ${entry.field} ${subjectOf(entry)}`, entry, index: named.index };
  }
}

/** However it is spelt: what one side takes away must not come back because the other has written it otherwise. */
function subjectOf({ section, field, name }: PolicyEntry): string {
  if (field === 'host') return name.toLowerCase();
  return section === 'storage' ? directoryOf(name) : name;
}

/** A storage URI without doubled slashes, one at the end, and `.`; what is relative stays apart from what begins at the root. */
export function directoryOf(uri: string): string {
  if (!uri.startsWith('fs://')) return uri;
  const written = uri.slice('fs://'.length);
  const names = written.split('/').filter((name) => name !== '.' && name !== '');
  return `fs://${written.startsWith('/') ? '/' : ''}${names.join('/')}`;
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
function meaningOf(node: YamlNode): PlainValue {
  if (node.kind === 'list') return node.items.map(meaningOf);
  if (node.kind === 'map')
    return Object.fromEntries([...node.entries].map(([key, value]) => [key, meaningOf(value)]));
  if (isNull(node)) return null;
  return isText(node) ? JSON.stringify(node.text) : node.text;
}

function entryOf({ section, field, name, map }: NamedEntry): PolicyEntry {
  const isStorage = section === 'storage';
  const others = new Map(map.entries);
  others.delete(field);
  if (isStorage) others.delete('access');
  const rest = others.size === 0 ? [] : [meaningOf({ ...map, entries: others })];
  return {
    section,
    field,
    name,
    access: isStorage ? [...new Set(accessOf(map))].sort() : [],
    rest,
  };
}

function joined(a: PolicyEntry, b: PolicyEntry): PolicyEntry {
  return { ...a, access: [...new Set([...a.access, ...b.access])].sort(), rest: [...a.rest, ...b.rest] };
}
