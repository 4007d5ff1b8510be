// Reads a policy's text as the permissions that Wassette 0.4 to 0.8 takes from it (FORMAT.md, F-4).

import { LIMITS } from '../codec/limits.ts';
import { quoted } from '../codec/safe-text.ts';
import { utf8Text } from '../codec/utf8.ts';
import {
  list,
  mapping,
  mappingOrNothing,
  optionalItems,
  optionalMapping,
  optionalScalar,
  type PlainValue,
  plainValue,
  required,
  requiredText,
  scalar,
} from '../codec/yaml/fields.ts';
import { refusalOf, YamlProblem } from '../codec/yaml/problem.ts';
import type { YamlMap, YamlScalar } from '../codec/yaml/reader.ts';
import { isText } from '../codec/yaml/scalars.ts';
import { FormatError } from '../errors.ts';
import { cpuLimit, ioLimit, legacyCpuLimit, legacyMemoryLimit, memoryLimit } from './limits.ts';
import { cidrProblem, environmentKeyProblem, hostProblem, storageUriProblem } from './name-rules.ts';
import { readRuntime } from './runtime.ts';
import { type PolicyTree, readPolicyText } from './text.ts';

export type { PlainValue } from '../codec/yaml/fields.ts';
/** What a component may do in a directory. */
export type Access = 'read' | 'write';
/** A directory that a component may reach. */
export interface StorageGrant {
  /** As the policy has it, such as `fs:///srv/data`. */
  uri: string;
  /** Sorted, each once: what all entries for this uri grant together. */
  access: readonly Access[];
}
/** What a component may reach; Wassette does not act upon `cidr`. */
export type NetworkGrant = { host: string } | { cidr: string };

/** What a policy limits; null where it says nothing. */
export interface ResourceLimits {
  /** `limits.cpu`, or the legacy `cpu` when that is missing. Not enforced by Wassette. */
  cpuMillicores: number | null;
  /** `limits.memory`, or the legacy `memory` where that is missing, as Wassette does; null means no limit. */
  memoryBytes: number | null;
  /** Not enforced by Wassette. */
  io: number | null;
}

/** What a policy says, regardless of order, spelling and comments: lists are sorted and have each entry once. */
export interface Permissions {
  storage: { allow: readonly StorageGrant[]; deny: readonly StorageGrant[] };
  /** Hosts; ranges are read and not acted upon. */
  network: { allow: readonly NetworkGrant[]; deny: readonly NetworkGrant[] };
  /** Names of the environment variables that may be read. */
  environment: readonly string[];
  /** The section as it stands, for change detection; null when there is none. */
  runtime: PlainValue;
  resources: ResourceLimits;
  /** URIs. */
  ipc: { allow: readonly string[]; deny: readonly string[] };
}

/**
 * What decides a component's rights: its permissions; `none` without a policy file; `unreadable` for a policy that is not read
 * here. Wassette may read that one, and then allows whatever it says, or drops it, and then it is as without a policy.
 */
export type Rights = Permissions | 'none' | 'unreadable';

/** The rights that a policy file, or having none, gives; `unreadable` when we cannot read it. */
export function rightsIn(policy: Uint8Array | null, componentId: string): Rights {
  if (policy === null) return 'none';
  try {
    return parsePolicy(policyTextOf(policy, { componentId }), { componentId });
  } catch {
    return 'unreadable';
  }
}

/** Whose policy it is, for the messages. */
export interface PolicyOwner {
  componentId: string;
}

/**
 * Parses a policy as Wassette 0.4 to 0.8 would. Text that another YAML parser could read differently is refused,
 * and so is what Wassette would refuse: it would run the component as if it had no policy.
 * @throws FormatError FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED, both with `component_id` and `line` in the details
 */
export function parsePolicy(text: string, where: PolicyOwner): Permissions {
  return reading(where, () => permissionsIn(readPolicyText(text)));
}

function reading<T>(where: PolicyOwner, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const at = `component ${quoted(where.componentId)}: policy line ${error.line}`;
    throw refusalOf(error, 'FORMAT_INVALID_POLICY', at, { component_id: where.componentId });
  }
}

/** A policy and its rights: made once, where the text is read, and passed on. */
export interface Policy {
  readonly text: string;
  readonly rights: Permissions;
  /** As the text was read, where that is kept: it takes several times as much memory as all else. */
  readonly tree: YamlMap | null;
}

/** @throws FormatError as `parsePolicy`; FORMAT_LIMIT_EXCEEDED for a text that is too long to be parsed */
export function readPolicy(text: string, where: PolicyOwner): Policy {
  return { ...readPolicyWithTree(text, where), tree: null };
}

/** @throws FormatError as `readPolicy` */
export function readPolicyWithTree(text: string, where: PolicyOwner): Policy {
  assertPolicySize(Buffer.byteLength(text), where);
  return reading(where, () => {
    const tree = readPolicyText(text);
    return { text, rights: permissionsIn(tree), tree };
  });
}

/** The same for a text that was read already, and is not kept so. @throws FormatError as `readPolicy` */
export function checkedPolicy({ text, tree }: PolicyTree, where: PolicyOwner): Policy {
  assertPolicySize(Buffer.byteLength(text), where);
  return reading(where, () => ({ text, rights: permissionsIn(tree), tree: null }));
}

/** @throws FormatError FORMAT_INVALID_POLICY for bytes that are not UTF-8; FORMAT_LIMIT_EXCEEDED */
export function policyTextOf(bytes: Uint8Array, where: PolicyOwner): string {
  assertPolicySize(bytes.length, where);
  const text = utf8Text(bytes);
  if (text !== undefined) return text;
  throw new FormatError(
    'FORMAT_INVALID_POLICY',
    `component ${quoted(where.componentId)}: the policy is not UTF-8`,
    { hint: 'save the policy as UTF-8', details: { component_id: where.componentId } },
  );
}

function assertPolicySize(bytes: number, { componentId }: PolicyOwner): void {
  const { policyBytes: limit } = LIMITS;
  if (bytes <= limit) return;
  throw new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `component ${quoted(componentId)}: a policy of ${bytes} bytes is over the limit of ${limit}`,
    { hint: 'shorten the policy', details: { component_id: componentId, limit } },
  );
}

/** What `parsePolicy` gives, of a policy that was read already. @throws YamlProblem */
export function permissionsIn(policy: YamlMap): Permissions {
  const version = requiredText(policy, 'version');
  if (!version.text.startsWith('1.')) {
    throw new YamlProblem(
      version.line,
      'the policy version does not start with "1."',
      'write version: "1.0"',
    );
  }
  optionalScalar(policy, 'description');
  const sections = mappingOrNothing(required(policy, 'permissions'), '"permissions"');
  const storage = optionalMapping(sections, 'storage');
  const network = optionalMapping(sections, 'network');
  const ipc = optionalMapping(sections, 'ipc');
  return {
    storage: { allow: storageGrants(storage, 'allow'), deny: storageGrants(storage, 'deny') },
    network: { allow: networkGrants(network, 'allow'), deny: networkGrants(network, 'deny') },
    environment: environmentKeys(optionalMapping(sections, 'environment')),
    runtime: readRuntime(optionalMapping(sections, 'runtime')),
    resources: resourceLimits(optionalMapping(sections, 'resources')),
    ipc: { allow: ipcUris(ipc, 'allow'), deny: ipcUris(ipc, 'deny') },
  };
}

function storageGrants(section: YamlMap | null, key: string): StorageGrant[] {
  return joinedGrants(
    optionalItems(section, key).map((item) => {
      const entry = mapping(item, 'a storage entry');
      const uri = requiredText(entry, 'uri');
      check(uri.line, storageUriProblem(uri.text));
      return { uri: uri.text, access: accessOf(entry) };
    }),
  );
}

/** Sorted, each URI once, with what all its entries grant together. */
export function joinedGrants(entries: readonly StorageGrant[]): StorageGrant[] {
  const byUri = new Map<string, Set<Access>>();
  for (const { uri, access } of entries) byUri.set(uri, new Set([...(byUri.get(uri) ?? []), ...access]));
  return sortedUnique(byUri.keys()).map((uri) => ({ uri, access: sortedUnique(byUri.get(uri)!) }));
}

/** The modes of a storage entry, as they are written; at least one. @throws YamlProblem */
export function accessOf(entry: YamlMap): Access[] {
  const hint = 'write access: [read] or [read, write]';
  const access = list(required(entry, 'access'), '"access"').items.map((item): Access => {
    const { text, line } = scalar(item, 'an access mode');
    if (text === 'read' || text === 'write') return text;
    throw new YamlProblem(line, 'an access mode is neither read nor write', hint);
  });
  if (access.length === 0) throw new YamlProblem(entry.line, 'a storage entry has no access', hint);
  return access;
}

function networkGrants(section: YamlMap | null, key: string): NetworkGrant[] {
  const entries = optionalItems(section, key).map((item) => networkEntry(mapping(item, 'a network entry')));
  const hosts = entries.filter((entry) => 'host' in entry).map((entry) => entry.host);
  const cidrs = entries.filter((entry) => 'cidr' in entry).map((entry) => entry.cidr);
  return [...sortedUnique(hosts).map((host) => ({ host })), ...sortedUnique(cidrs).map((cidr) => ({ cidr }))];
}

function networkEntry(entry: YamlMap): NetworkGrant {
  plainValue(entry);
  const names = (['host', 'cidr'] as const).filter((name) => entry.entries.has(name));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new YamlProblem(
      entry.line,
      'a network entry is not one host or one cidr',
      'write - host: api.example.com',
    );
  }
  const value = requiredText(entry, name);
  // Unlike in a storage or environment entry, serde_yaml goes by the value's type here: 123 is not a host.
  check(value.line, isText(value) ? null : `"${name}" is not text`);
  check(value.line, name === 'host' ? hostProblem(value.text) : cidrProblem(value.text));
  return name === 'host' ? { host: value.text } : { cidr: value.text };
}

function environmentKeys(section: YamlMap | null): string[] {
  const keys = optionalItems(section, 'allow').map((item) => {
    const key = requiredText(mapping(item, 'an environment entry'), 'key');
    check(key.line, environmentKeyProblem(key.text));
    return key.text;
  });
  return sortedUnique(keys);
}

function ipcUris(section: YamlMap | null, key: string): string[] {
  return sortedUnique(
    optionalItems(section, key).map((item) => requiredText(mapping(item, 'an ipc entry'), 'uri').text),
  );
}

function resourceLimits(section: YamlMap | null): ResourceLimits {
  const limits = optionalMapping(section, 'limits');
  const legacyCpu = readOptional(section, 'cpu', legacyCpuLimit);
  const legacyMemory = readOptional(section, 'memory', legacyMemoryLimit);
  return {
    cpuMillicores: readOptional(limits, 'cpu', cpuLimit) ?? legacyCpu,
    memoryBytes: readOptional(limits, 'memory', memoryLimit) ?? legacyMemory,
    io: readOptional(section, 'io', ioLimit),
  };
}

function readOptional<T>(map: YamlMap | null, key: string, read: (scalar: YamlScalar) => T): T | null {
  const value = optionalScalar(map, key);
  return value === null ? null : read(value);
}

function check(line: number, problem: string | null): void {
  if (problem !== null)
    throw new YamlProblem(line, problem, 'Wassette would ignore the whole policy because of this');
}

function sortedUnique<T extends string>(values: Iterable<T>): T[] {
  return [...new Set(values)].sort();
}
