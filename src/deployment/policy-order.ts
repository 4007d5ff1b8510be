// Reads from a policy the grants that a manifest can express, in the order of the policy, which a manifest keeps.

import {
  mapping,
  mappingOrNothing,
  optionalItems,
  optionalMapping,
  required,
  requiredText,
} from '../codec/yaml/fields.ts';
import type { YamlMap } from '../codec/yaml/reader.ts';
import { accessOf } from '../policy/policy.ts';
import type { Grants } from './grants.ts';

/** Of a policy that `parsePolicy` takes. */
export function grantsAsWritten(policy: YamlMap): Grants {
  const sections = mappingOrNothing(required(policy, 'permissions'), '"permissions"');
  return {
    network: entries(sections, 'network').flatMap((entry) =>
      entry.entries.has('host') ? [requiredText(entry, 'host').text] : [],
    ),
    storage: entries(sections, 'storage').map((entry) => ({
      uri: requiredText(entry, 'uri').text,
      access: accessOf(entry),
    })),
    environment: entries(sections, 'environment').map((entry) => requiredText(entry, 'key').text),
  };
}

function entries(sections: YamlMap | null, name: string): YamlMap[] {
  return optionalItems(optionalMapping(sections, name), 'allow').map((item) => mapping(item, 'an entry'));
}
