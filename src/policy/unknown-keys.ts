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

/** Each unknown key once, in order of appearance, in a policy that `parsePolicy` accepts. */
export function unknownPolicyKeys(policy: YamlMap): string[] {
  const found = new Set<string>();
  const visit = (node: YamlNode, shape: Shape): void => {
    if (shape === 'any') return;
    if (node.kind === 'list' && 'each' in shape) for (const item of node.items) visit(item, shape.each);
    if (node.kind !== 'map' || !('keys' in shape)) return;
    for (const [key, value] of node.entries) {
      const inner = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
      if (inner === undefined) found.add(key);
      else visit(value, inner);
    }
  };
  visit(policy, POLICY);
  return [...found];
}
