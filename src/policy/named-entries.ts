// The entries of a policy, each by what it is about. Which field says that depends on the section alone: Wassette ignores any
// other key of an entry, also one that would name something elsewhere.
import { mapping, optionalItems, optionalMapping, requiredText } from '../codec/yaml/fields.ts';
import type { YamlMap } from '../codec/yaml/reader.ts';

/** The sections that have lists of entries, with the fields of which each entry has one that says what it is about. */
export const NAMING_FIELDS = {
  storage: ['uri'],
  network: ['host', 'cidr'],
  environment: ['key'],
  ipc: ['uri'],
} as const;
export type EntrySection = keyof typeof NAMING_FIELDS;
type NamingField = (typeof NAMING_FIELDS)[EntrySection][number];
export const ENTRY_SECTIONS = Object.keys(NAMING_FIELDS) as EntrySection[];

/** An entry, and where it stands in its list. */
export interface NamedEntry {
  section: EntrySection;
  index: number;
  field: NamingField;
  /** A URI, host, range of addresses or variable. */
  name: string;
  map: YamlMap;
}

/** What a policy that `parsePolicy` accepts allows, or denies, in the order of the sections and of each list. */
export function* namedEntries(policy: YamlMap, list: 'allow' | 'deny'): Generator<NamedEntry> {
  const permissions = optionalMapping(policy, 'permissions');
  for (const section of ENTRY_SECTIONS) {
    // No variable is denied: Wassette takes a list of such for any other unknown key, whatever is in it.
    if (section === 'environment' && list === 'deny') continue;
    const items = optionalItems(optionalMapping(permissions, section), list);
    for (const [index, item] of items.entries()) {
      const map = mapping(item, 'an entry');
      const fields: readonly NamingField[] = NAMING_FIELDS[section];
      const field = fields.find((each) => map.entries.has(each)) ?? fields[0]!;
      yield { section, index, field, name: requiredText(map, field).text, map };
    }
  }
}
