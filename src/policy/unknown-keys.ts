// Finds keys of a policy that Wassette ignores, at any level. They may mean something to somebody, so an export names them.
import type { YamlMap, YamlNode } from '../codec/yaml/reader.ts';
import { NAMING_FIELDS } from './named-entries.ts';

type Shape = 'any' | { each: Shape } | { keys: Readonly<Record<string, Shape>> };

const { storage, network, environment, ipc } = NAMING_FIELDS;
const keys = (...names: string[]): Shape => ({
  keys: Object.fromEntries(names.map((name) => [name, 'any'])),
});
const rules = (entry: Shape): Shape => ({ keys: { allow: { each: entry }, deny: { each: entry } } });

const POLICY: Shape = {
  keys: {
    $schema: 'any',
    version: 'any',
    description: 'any',
    permissions: {
      keys: {
        storage: rules(keys(...storage, 'access')),
        network: rules(keys(...network)),
        environment: { keys: { allow: { each: keys(...environment) } } },
        runtime: 'any',
        resources: { keys: { limits: keys('cpu', 'memory'), cpu: 'any', memory: 'any', io: 'any' } },
        ipc: rules(keys(...ipc)),
      },
    },
  },
};

/** Something that Wassette ignores. */
export interface UnknownPart {
  /** The keys that lead to it, the last of which is unknown, and the place in each list on the way. */
  path: readonly (string | number)[];
  node: YamlNode;
}

/** In order of appearance, in a policy that `parsePolicy` accepts. */
export function unknownPolicyParts(policy: YamlMap): UnknownPart[] {
  const found: UnknownPart[] = [];
  const visit = (node: YamlNode, shape: Shape, path: UnknownPart['path']): void => {
    if (shape === 'any') return;
    if (node.kind === 'list' && 'each' in shape)
      for (const [index, item] of node.items.entries()) visit(item, shape.each, [...path, index]);
    if (node.kind !== 'map' || !('keys' in shape)) return;
    for (const [key, value] of node.entries) {
      const inner = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
      if (inner === undefined) found.push({ path: [...path, key], node: value });
      else visit(value, inner, [...path, key]);
    }
  };
  visit(policy, POLICY, []);
  return found;
}

/** Each unknown key once, in the same order. */
export function unknownPolicyKeys(policy: YamlMap): string[] {
  return [...new Set(unknownPolicyParts(policy).map(({ path }) => String(path.at(-1))))];
}
