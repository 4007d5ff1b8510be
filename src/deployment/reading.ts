// Reads a deployment manifest, which is for `wassette serve --manifest`, by the rules of Wassette 0.8.0 (FORMAT.md, F-12).

import { LIMITS } from '../codec/limits.ts';
import { quoted } from '../codec/safe-text.ts';
import { shownUri } from '../codec/shown-uri.ts';
import { utf8Text } from '../codec/utf8.ts';
import {
  list,
  mapping,
  optionalMapping,
  optionalScalar,
  required,
  requiredVisible,
  scalar,
} from '../codec/yaml/fields.ts';
import { refusalOf, YamlProblem, YamlTooLarge } from '../codec/yaml/problem.ts';
import { readYaml, type YamlMap, type YamlNode } from '../codec/yaml/reader.ts';
import { isNull, unsignedValue } from '../codec/yaml/scalars.ts';
import { FormatError } from '../errors.ts';
import type { GrantLines } from '../policy/lines.ts';
import { assertComponentId } from '../snapshot/component-id.ts';
import {
  type DeclaredLimits,
  GrantReader,
  type Grants,
  optionalText,
  remarkUnknown,
  unsigned,
  WOULD_NOT_START,
} from './grants.ts';
import { idOfOrigin } from './origin-id.ts';
import { Remarks } from './remarks.ts';

export interface DeclaredComponent {
  /** The id that Wassette will give it; a manifest does not contain it. */
  component_id: string;
  uri: string;
  /** For logs and the description of the policy. */
  name: string | null;
  /** Lower-case hex SHA-256 of the code; of the image manifest where the uri is `oci:`. Wassette verifies neither. */
  digest: string | null;
  /** Null leaves the policy of the host as it is. */
  grants: Grants | null;
  limits: DeclaredLimits;
}

export interface Deployment {
  /** In the order of the manifest. */
  components: readonly DeclaredComponent[];
  /** By component. */
  grantLines: ReadonlyMap<string, GrantLines>;
  /** What Wassette ignores, or understands differently than people expect. */
  notes: readonly string[];
}

/** 10,000 components with some permissions each. */
export const MAX_DEPLOYMENT_BYTES = 8 * 1024 * 1024;
const MAX_LEXEMES = 2_000_000;
const MAX_U32 = 2n ** 32n - 1n;

/**
 * Reads a manifest. What Wassette would refuse, or another YAML parser could read differently, is refused.
 * @throws FormatError FORMAT_NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID,
 * FORMAT_LIMIT_EXCEEDED, with the `line` in the details
 */
export function parseDeployment(bytes: Uint8Array): Deployment {
  try {
    return deploymentFrom(readYaml(decoded(bytes), MAX_LEXEMES));
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw refusalOf(error, 'FORMAT_INVALID', `manifest line ${error.line}`);
  }
}

function decoded(bytes: Uint8Array): string {
  if (bytes.length > MAX_DEPLOYMENT_BYTES) {
    throw new YamlTooLarge(1, `it has more than ${MAX_DEPLOYMENT_BYTES} bytes`, 'split the manifest');
  }
  const text = utf8Text(bytes);
  if (text === undefined) throw new YamlProblem(1, 'it is not UTF-8', 'save the manifest as UTF-8');
  return text;
}

function deploymentFrom(root: YamlNode): Deployment {
  if (root.kind !== 'map' || !(root.entries.has('components') || root.entries.has('version')))
    throw notAManifest();
  checkVersion(root);
  if (!root.entries.has('components')) throw notAManifest();
  const remarks = new Remarks();
  const items = componentsIn(root);
  const unknown: string[] = [];
  remarkUnknown(root, ['version', 'components'], 'the manifest', (text) => unknown.push(text));
  const read = items.map((item) => componentFrom(mapping(item, 'a component'), remarks));
  const components = read.map(({ declared }) => declared);
  refuseTwins(components, items);
  const grantLines = new Map(read.map(({ declared, lines }) => [declared.component_id, lines]));
  return { components, grantLines, notes: [...unknown, ...remarks.lines()] };
}

function checkVersion(root: YamlMap): void {
  const version = root.entries.get('version');
  if (version?.kind === 'scalar' && unsignedValue(version) === 1n) return;
  throw new FormatError('FORMAT_UNSUPPORTED_VERSION', 'expected manifest version 1, the number', {
    hint: 'Wassette reads manifests that say "version: 1"',
    details: { expected: 1, line: version?.line ?? 1 },
  });
}

function componentsIn(root: YamlMap): readonly YamlNode[] {
  const node = required(root, 'components');
  const isEmpty = node.kind === 'scalar' && isNull(node);
  const items = isEmpty ? [] : list(node, '"components"').items;
  if (items.length === 0) throw new YamlProblem(node.line, 'it has no component', WOULD_NOT_START);
  if (items.length > LIMITS.components) {
    const said = `it has more than ${LIMITS.components} components`;
    throw new YamlTooLarge(node.line, said, 'split the manifest');
  }
  return items;
}

function componentFrom(entry: YamlMap, remarks: Remarks): { declared: DeclaredComponent; lines: GrantLines } {
  const { text: uri, line } = requiredVisible(entry, 'uri');
  const origin = idOfOrigin(uri);
  if ('problem' in origin) throw new YamlProblem(line, origin.problem, WOULD_NOT_START);
  const { id } = origin;
  assertComponentId(id, `manifest line ${line}`);
  const remark = (text: string) => remarks.about(id, text);
  remarkUnknown(entry, ['uri', 'name', 'digest', 'retry_policy', 'permissions'], 'a component', remark);
  checkRetryPolicy(optionalMapping(entry, 'retry_policy'));
  const reader = new GrantReader(remark);
  const { grants, limits } = reader.read(required(entry, 'permissions'));
  const name = optionalText(entry, 'name');
  return {
    declared: { component_id: id, uri, name, digest: digestIn(entry), grants, limits },
    lines: reader.lines,
  };
}

function digestIn(entry: YamlMap): string | null {
  const node = optionalScalar(entry, 'digest');
  if (node === null) return null;
  const hex = /^sha256:([0-9a-fA-F]{64})$/.exec(node.text)?.[1];
  if (hex !== undefined) return hex.toLowerCase();
  throw new YamlProblem(node.line, 'a digest is not sha256: and 64 hex digits', WOULD_NOT_START);
}

/** Checks it as Wassette does, which then does not use it; neither do we. */
function checkRetryPolicy(policy: YamlMap | null): void {
  if (policy === null) return;
  const needed = (map: YamlMap, key: string, max?: bigint) => {
    required(map, key);
    if (unsigned(map, key, max) === null)
      throw new YamlProblem(map.line, `"${key}" is empty`, WOULD_NOT_START);
  };
  needed(policy, 'attempts', MAX_U32);
  const backoff = mapping(required(policy, 'backoff'), '"backoff"');
  const type = scalar(required(backoff, 'type'), '"type"');
  if (type.text === 'exponential') needed(backoff, 'base_ms');
  else if (type.text === 'linear') needed(backoff, 'increment_ms');
  else throw new YamlProblem(type.line, 'a backoff is neither exponential nor linear', WOULD_NOT_START);
}

/** When two have the same id, Wassette loads one over the other: the last one wins, under its own policy. */
function refuseTwins(components: readonly DeclaredComponent[], items: readonly YamlNode[]): void {
  const seen = new Map<string, DeclaredComponent>();
  for (const [index, component] of components.entries()) {
    const { component_id: id, uri } = component;
    const twin = seen.get(id);
    seen.set(id, component);
    if (twin === undefined) continue;
    const { line } = items[index]!;
    if (twin.uri === uri) throw new YamlProblem(line, 'a uri occurs twice', WOULD_NOT_START);
    throw new FormatError(
      'FORMAT_INVALID_ID',
      `manifest line ${line}: ${quoted(shownUri(twin.uri))} and ${quoted(shownUri(uri))} are both installed as ${quoted(id)}`,
      {
        hint: 'rename one of the files: Wassette would replace one with the other',
        details: { component_id: id, line },
      },
    );
  }
}

function notAManifest(): FormatError {
  return new FormatError('FORMAT_NOT_A_SNAPSHOT', 'the file is not a Wassette deployment manifest', {
    hint: 'a manifest has "version: 1" and a list of "components"',
  });
}
