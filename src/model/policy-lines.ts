// Where in a policy's text something stands. For errors: what a policy allows does not depend on it.
import { mapping, optionalItems, optionalMapping, optionalScalar } from './policy-fields.ts';
import { readPolicyYaml } from './policy-yaml.ts';

/** The line of the first storage entry that allows `uri`, in a text that is a valid policy; null where none does. */
export function lineOfStorageUri(text: string, uri: string): number | null {
  const sections = optionalMapping(mapping(readPolicyYaml(text), 'the policy'), 'permissions');
  for (const item of optionalItems(optionalMapping(sections, 'storage'), 'allow')) {
    const found = optionalScalar(mapping(item, 'a storage entry'), 'uri');
    if (found?.text === uri) return found.line;
  }
  return null;
}
