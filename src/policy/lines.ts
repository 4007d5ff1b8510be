// Finds the line of a grant in a policy's text. For error messages; what a policy allows does not depend on it.
import { mapping, optionalItems, optionalMapping, optionalScalar } from '../codec/yaml/fields.ts';
import { readPolicyText } from './text.ts';

/** The line of the first entry for each host and each storage URI. */
export type GrantLines = ReadonlyMap<string, number>;

/** The line of the first storage entry that allows `uri`, in a valid policy; null when none does. */
export function lineOfStorageUri(text: string, uri: string): number | null {
  return lineOfEntry(text, 'storage', 'uri', uri);
}

/** The same for a network host. */
export function lineOfHost(text: string, host: string): number | null {
  return lineOfEntry(text, 'network', 'host', host);
}

function lineOfEntry(text: string, section: string, key: string, value: string): number | null {
  const sections = optionalMapping(readPolicyText(text), 'permissions');
  for (const item of optionalItems(optionalMapping(sections, section), 'allow')) {
    const found = optionalScalar(mapping(item, 'an entry'), key);
    if (found?.text === value) return found.line;
  }
  return null;
}
