// Finds the line of a grant in a policy's text. For error messages; what a policy allows does not depend on it.
import { mapping, optionalItems, optionalMapping, optionalScalar } from '../codec/yaml/fields.ts';
import { readPolicyText } from './text.ts';

/** What names a grant that errors may be about: a host or a storage URI. One may be the same text as the other. */
const NAMED_BY = { network: 'host', storage: 'uri' } as const;
export type GrantSection = keyof typeof NAMED_BY;

/** The line of the first entry for each host and each storage URI. */
export type GrantLines = Readonly<Record<GrantSection, ReadonlyMap<string, number>>>;

/** The line of the first entry that allows this host, or this storage URI, in a valid policy; null when none does. */
export function lineOfGrant(text: string, section: GrantSection, name: string): number | null {
  const sections = optionalMapping(readPolicyText(text), 'permissions');
  for (const item of optionalItems(optionalMapping(sections, section), 'allow')) {
    const found = optionalScalar(mapping(item, 'an entry'), NAMED_BY[section]);
    if (found?.text === name) return found.line;
  }
  return null;
}
