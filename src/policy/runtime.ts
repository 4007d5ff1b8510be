// Reads the runtime section of a policy. Wassette enforces none of it, but drops a policy in which it is invalid.

import {
  mapping,
  optionalItems,
  optionalMapping,
  optionalScalar,
  type PlainValue,
  plainValue,
  scalar,
} from '../codec/yaml/fields.ts';
import { YamlProblem } from '../codec/yaml/problem.ts';
import type { YamlMap } from '../codec/yaml/reader.ts';
import { booleanValue } from '../codec/yaml/scalars.ts';

const CAPABILITIES = ['ALL', 'NET_BIND_SERVICE', 'SYS_ADMIN', 'SYS_TIME'];

/** The whole section as plain values, so that any change in it shows; null when there is none. @throws YamlProblem */
export function readRuntime(runtime: YamlMap | null): PlainValue {
  if (runtime === null) return null;
  const security = optionalMapping(optionalMapping(runtime, 'docker'), 'security');
  for (const key of ['privileged', 'no_new_privileges']) checkBoolean(security, key);
  const capabilities = optionalMapping(security, 'capabilities');
  for (const key of ['drop', 'add']) checkCapabilities(capabilities, key);
  optionalMapping(runtime, 'hyperlight');
  return plainValue(mapping(runtime, 'the runtime section'));
}

function checkBoolean(security: YamlMap | null, key: string): void {
  const node = optionalScalar(security, key);
  if (node === null || booleanValue(node) !== null) return;
  throw new YamlProblem(
    node.line,
    `"${key}" is neither true nor false`,
    'write true or false without quotes',
  );
}

function checkCapabilities(capabilities: YamlMap | null, key: string): void {
  for (const item of optionalItems(capabilities, key)) {
    if (CAPABILITIES.includes(scalar(item, 'a capability').text)) continue;
    throw new YamlProblem(
      item.line,
      'an unknown capability is named',
      `the capabilities are ${CAPABILITIES.join(', ')}`,
    );
  }
}
