// The permissions of one component in a deployment manifest, by the rules of Wassette 0.8.0.

import { quoted } from '../codec/safe-text.ts';
import { hasInvisible } from '../codec/yaml/characters.ts';
import {
  list,
  mapping,
  mappingOrNothing,
  optionalMapping,
  optionalScalar,
  required,
  requiredVisible,
  scalar,
} from '../codec/yaml/fields.ts';
import { YamlProblem } from '../codec/yaml/problem.ts';
import type { YamlMap, YamlNode } from '../codec/yaml/reader.ts';
import { isNull, unsignedValue } from '../codec/yaml/scalars.ts';
import type { GrantLines } from '../policy/lines.ts';
import { accessOf, type StorageGrant } from '../policy/policy.ts';
import { environmentKeyProblem, hostProblem, storageUriProblem } from '../policy/rules.ts';

/** What a manifest can grant, in the order of the document, as Wassette attaches it. */
export interface Grants {
  network: readonly string[];
  storage: readonly StorageGrant[];
  environment: readonly string[];
}

/** Limits that Wassette 0.8 reads and does not apply. */
export interface DeclaredLimits {
  memoryBytes: string | null;
  cpuTimeMs: string | null;
}

const SECTIONS = ['network', 'storage', 'environment', 'resources'];
export const WOULD_NOT_START = 'Wassette would not start with this manifest';
const MAX_U64 = 2n ** 64n - 1n;

interface ReadGrants {
  /** Null for permissions that leave the policy of the host as it is. */
  grants: Grants | null;
  grantLines: GrantLines;
  limits: DeclaredLimits;
}

/** @param remark takes what Wassette would ignore @throws YamlProblem */
export function readGrants(node: YamlNode, remark: (text: string) => void): ReadGrants {
  const sections = mappingOrNothing(node, '"permissions"');
  for (const [key, { line }] of sections?.entries ?? []) {
    if (!SECTIONS.includes(key)) {
      throw new YamlProblem(
        line,
        'a section under "permissions" is none of network, storage, environment, resources',
        WOULD_NOT_START,
      );
    }
  }
  const grantLines = new Map<string, number>();
  const noteLine = (line: number, value: string) => {
    if (!grantLines.has(value)) grantLines.set(value, line);
  };
  const network = allowed(sections, 'network', ['host'], (entry) => hostOf(entry, noteLine), remark);
  const storage = allowed(
    sections,
    'storage',
    ['uri', 'access'],
    (entry) => storageOf(entry, noteLine),
    remark,
  );
  const environment = allowed(
    sections,
    'environment',
    ['key', 'value_from'],
    (entry) => keyOf(entry, remark),
    remark,
  );
  const limits = limitsIn(optionalMapping(sections, 'resources'), remark);
  if (network === null && storage === null && environment === null)
    return { grants: null, grantLines, limits };
  const keys = environment ?? [];
  if (new Set(keys).size < keys.length) {
    throw new YamlProblem(node.line, 'an environment key occurs twice', WOULD_NOT_START);
  }
  return {
    grants: {
      network: network ?? [],
      storage: storage ?? [],
      environment: keys,
    },
    grantLines,
    limits,
  };
}

/** The entries of a section's `allow`; null without the section. */
function allowed<T>(
  sections: YamlMap | null,
  name: string,
  known: readonly string[],
  read: (entry: YamlMap) => T,
  remark: (text: string) => void,
): T[] | null {
  const section = optionalMapping(sections, name);
  if (section === null) return null;
  remarkUnknown(section, ['allow'], `permissions.${name}`, remark);
  const { items, line } = list(required(section, 'allow'), '"allow"');
  if (items.length === 0) throw new YamlProblem(line, `the "allow" of ${name} is empty`, WOULD_NOT_START);
  return items.map((item) => {
    const entry = mapping(item, `an entry of ${name}`);
    remarkUnknown(entry, known, `an entry of ${name}`, remark);
    return read(entry);
  });
}

type NoteLine = (line: number, value: string) => void;

function hostOf(entry: YamlMap, noteLine: NoteLine): string {
  const { text, line } = requiredVisible(entry, 'host');
  noteLine(line, text);
  return checked(text, line, hostProblem(text));
}

function storageOf(entry: YamlMap, noteLine: NoteLine): StorageGrant {
  const { text: uri, line } = requiredVisible(entry, 'uri');
  noteLine(line, uri);
  checked(
    uri,
    line,
    storageUriProblem(uri) ?? (uri.startsWith('fs://') ? null : 'a storage uri does not start with fs://'),
  );
  return { uri, access: accessOf(entry) };
}

function keyOf(entry: YamlMap, remark: (text: string) => void): string {
  const { text: key, line } = requiredVisible(entry, 'key');
  const from = optionalScalar(entry, 'value_from');
  if (from !== null && from.text !== key)
    remark('Wassette does not apply value_from: a variable is read under its own name');
  return checked(key, line, environmentKeyProblem(key));
}

function limitsIn(section: YamlMap | null, remark: (text: string) => void): DeclaredLimits {
  if (section !== null)
    remarkUnknown(section, ['memory_bytes', 'cpu_time_ms'], 'permissions.resources', remark);
  const limits = {
    memoryBytes: unsigned(section, 'memory_bytes'),
    cpuTimeMs: unsigned(section, 'cpu_time_ms'),
  };
  if (limits.memoryBytes !== null || limits.cpuTimeMs !== null)
    remark('Wassette 0.8 does not apply the limits of a manifest, so none is set');
  return limits;
}

/** A field of Rust type u64, as decimal digits; null when it is absent. */
export function unsigned(map: YamlMap | null, key: string, max = MAX_U64): string | null {
  const node = optionalScalar(map, key);
  if (node === null) return null;
  const value = unsignedValue(node);
  if (value === null || value > max)
    throw new YamlProblem(node.line, `"${key}" is not a whole number from 0 on`, WOULD_NOT_START);
  return String(value);
}

/** Keys that Wassette reads over without a word, such as a mistyped one or a deny list. */
export function remarkUnknown(
  map: YamlMap,
  known: readonly string[],
  where: string,
  remark: (text: string) => void,
): void {
  for (const key of map.entries.keys()) {
    if (!known.includes(key)) remark(`Wassette ignores the key ${quoted(key)} of ${where}`);
  }
}

/** Text of an optional field that is shown to people. */
export function optionalText(map: YamlMap, key: string): string | null {
  const node = map.entries.get(key);
  if (node === undefined) return null;
  const { text, line, plain } = scalar(node, `"${key}"`);
  if (isNull({ text, plain })) return null;
  return checked(text, line, hasInvisible(text) ? `"${key}" contains an invisible character` : null);
}

function checked(text: string, line: number, problem: string | null): string {
  if (problem !== null) throw new YamlProblem(line, problem, WOULD_NOT_START);
  return text;
}
