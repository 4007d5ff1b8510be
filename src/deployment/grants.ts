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
} from '../codec/yaml/fields.ts';
import { YamlProblem } from '../codec/yaml/problem.ts';
import type { YamlMap, YamlNode, YamlScalar } from '../codec/yaml/reader.ts';
import { unsignedValue } from '../codec/yaml/scalars.ts';
import type { GrantLines, GrantSection } from '../policy/lines.ts';
import { environmentKeyProblem, hostProblem, storageUriProblem } from '../policy/name-rules.ts';
import { accessOf, type StorageGrant } from '../policy/policy.ts';

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

/** Reads the permissions of one component, and notes where what they grant stands. */
export class GrantReader {
  readonly #lines = { network: new Map<string, number>(), storage: new Map<string, number>() };

  /** @param remark takes what Wassette would ignore */
  constructor(private readonly remark: (text: string) => void) {}

  /** The line of each host and storage URI that was read. */
  get lines(): GrantLines {
    return this.#lines;
  }

  /** Null `grants` leave the policy of the host as it is. @throws YamlProblem */
  read(node: YamlNode): { grants: Grants | null; limits: DeclaredLimits } {
    const sections = mappingOrNothing(node, '"permissions"');
    for (const [key, { line }] of sections?.entries ?? []) {
      if (SECTIONS.includes(key)) continue;
      const said = 'a section under "permissions" is not network, storage, environment or resources';
      throw new YamlProblem(line, said, WOULD_NOT_START);
    }
    const network = this.#allowed(sections, 'network', ['host'])?.map((entry) => this.#host(entry));
    const storage = this.#allowed(sections, 'storage', ['uri', 'access'])?.map((entry) =>
      this.#storage(entry),
    );
    const environment = this.#allowed(sections, 'environment', ['key', 'value_from'])?.map((entry) =>
      this.#key(entry),
    );
    const limits = this.#limits(optionalMapping(sections, 'resources'));
    if ((network ?? storage ?? environment) === undefined) return { grants: null, limits };
    if (new Set(environment).size < (environment ?? []).length)
      throw new YamlProblem(node.line, 'an environment key occurs twice', WOULD_NOT_START);
    return {
      grants: { network: network ?? [], storage: storage ?? [], environment: environment ?? [] },
      limits,
    };
  }

  /** The entries of a section's `allow`; undefined without the section. */
  #allowed(sections: YamlMap | null, name: string, known: readonly string[]): YamlMap[] | undefined {
    const section = optionalMapping(sections, name);
    if (section === null) return undefined;
    remarkUnknown(section, ['allow'], `permissions.${name}`, this.remark);
    const { items, line } = list(required(section, 'allow'), '"allow"');
    if (items.length === 0) throw new YamlProblem(line, `the "allow" of ${name} is empty`, WOULD_NOT_START);
    return items.map((item) => {
      const entry = mapping(item, `an entry of ${name}`);
      remarkUnknown(entry, known, `an entry of ${name}`, this.remark);
      return entry;
    });
  }

  #host(entry: YamlMap): string {
    const { text, line } = this.#named(entry, 'network', 'host');
    return checked(text, line, hostProblem(text));
  }

  #storage(entry: YamlMap): StorageGrant {
    const { text: uri, line } = this.#named(entry, 'storage', 'uri');
    const isOfFiles = uri.startsWith('fs://');
    checked(
      uri,
      line,
      storageUriProblem(uri) ?? (isOfFiles ? null : 'a storage uri does not start with fs://'),
    );
    return { uri, access: accessOf(entry) };
  }

  /** What a grant is called; errors about it name the line where that stands first. */
  #named(entry: YamlMap, section: GrantSection, field: string): YamlScalar {
    const named = requiredVisible(entry, field);
    const lines = this.#lines[section];
    if (!lines.has(named.text)) lines.set(named.text, named.line);
    return named;
  }

  #key(entry: YamlMap): string {
    const { text: key, line } = requiredVisible(entry, 'key');
    const from = optionalScalar(entry, 'value_from');
    if (from !== null && from.text !== key)
      this.remark('Wassette does not apply value_from: a variable is read under its own name');
    return checked(key, line, environmentKeyProblem(key));
  }

  #limits(section: YamlMap | null): DeclaredLimits {
    if (section !== null)
      remarkUnknown(section, ['memory_bytes', 'cpu_time_ms'], 'permissions.resources', this.remark);
    const limits = {
      memoryBytes: unsigned(section, 'memory_bytes'),
      cpuTimeMs: unsigned(section, 'cpu_time_ms'),
    };
    if (limits.memoryBytes !== null || limits.cpuTimeMs !== null)
      this.remark('Wassette 0.8 does not apply the limits of a manifest, so none is set');
    return limits;
  }
}

/** A field of Rust type u64, as decimal digits; null when it is absent. */
export function unsigned(map: YamlMap | null, key: string, max = MAX_U64): string | null {
  const node = optionalScalar(map, key);
  if (node === null) return null;
  const value = unsignedValue(node);
  if (value === null || value > max)
    throw new YamlProblem(node.line, `"${key}" is not a whole number of at least 0`, WOULD_NOT_START);
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
  const node = optionalScalar(map, key);
  if (node === null) return null;
  const { text, line } = node;
  return checked(text, line, hasInvisible(text) ? `"${key}" contains an invisible character` : null);
}

function checked(text: string, line: number, problem: string | null): string {
  if (problem !== null) throw new YamlProblem(line, problem, WOULD_NOT_START);
  return text;
}
