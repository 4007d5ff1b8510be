// What a policy allows that a manifest can say, entry by entry as it stands there: a manifest keeps the order.

import {
  list,
  mapping,
  optionalItems,
  optionalMapping,
  required,
  requiredText,
  scalar,
} from '../codec/yaml/fields.ts';
import type { YamlMap } from '../codec/yaml/reader.ts';
import type { Access } from '../policy/policy.ts';
import { readPolicyText } from '../policy/text.ts';
import type { Grants } from './grants.ts';

/** Of a policy that `parsePolicy` takes. */
export function grantsAsWritten(text: string): Grants {
  const permissions = required(mapping(readPolicyText(text), 'the policy'), 'permissions');
  const sections = permissions.kind === 'map' ? permissions : null;
  return {
    network: entries(sections, 'network').flatMap((entry) =>
      entry.entries.has('host') ? [requiredText(entry, 'host').text] : [],
    ),
    storage: entries(sections, 'storage').map((entry) => ({
      uri: requiredText(entry, 'uri').text,
      access: list(required(entry, 'access'), '"access"').items.map(
        (item) => scalar(item, 'an access mode').text as Access,
      ),
    })),
    environment: entries(sections, 'environment').map((entry) => requiredText(entry, 'key').text),
  };
}

function entries(sections: YamlMap | null, name: string): YamlMap[] {
  return optionalItems(optionalMapping(sections, name), 'allow').map((item) => mapping(item, 'an entry'));
}
