// Reads an operator's policy (FORMAT.md, F-17.2). It is strict, so that a mistake allows nothing: every rule is there, every
// key is known, and the text ends with a line break, so that the beginning of one is never a wider policy.
import { fewOf } from '../../codec/enumeration.ts';
import { safeText } from '../../codec/safe-text.ts';
import { nearest } from '../../codec/suggestion.ts';
import { refusalOf, YamlProblem } from '../../codec/yaml/problem.ts';
import { readYaml, type YamlMap, type YamlNode, type YamlScalar } from '../../codec/yaml/reader.ts';
import { booleanValue, isText, unsignedValue } from '../../codec/yaml/scalars.ts';
import { wholeText } from '../../codec/yaml/whole-text.ts';
import { FormatError } from '../../errors.ts';
import { memoryLimit } from '../../policy/limits.ts';
import {
  cappedDirectory,
  cappedHost,
  cappedId,
  cappedLabel,
  cappedSigner,
  cappedSource,
  cappedVariable,
} from './entries.ts';
import { type ListRule, type OperatorPolicy, RULES, type RuleName, type SwitchRule } from './rules.ts';

/** A policy of a thousand hosts has some 50 kB. */
export const MAX_OPERATOR_POLICY_BYTES = 1024 * 1024;

const KEYS: readonly string[] = ['version', ...RULES];

/**
 * @param file how errors name it
 * @throws FormatError FORMAT_INVALID_OPERATOR_POLICY, FORMAT_UNSUPPORTED_VERSION, FORMAT_LIMIT_EXCEEDED, each with the
 * `line` in the details
 */
export function parseOperatorPolicy(bytes: Uint8Array, file: string): OperatorPolicy {
  try {
    return { file, ...rulesIn(wholeText(bytes), file) };
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw refusalOf(error, 'FORMAT_INVALID_OPERATOR_POLICY', where(file, error.line));
  }
}

function where(file: string, line: number): string {
  return `operator policy ${safeText(file, 4_096)} line ${line}`;
}

function rulesIn(text: string, file: string): Omit<OperatorPolicy, 'file'> {
  const root = readYaml(text);
  if (root.kind !== 'map')
    throw new YamlProblem(root.line, 'it is not a mapping', `its keys are: ${KEYS.join(', ')}`);
  refuseUnknown(root, KEYS);
  checkVersion(root, file);
  const missing = RULES.filter((name) => !root.entries.has(name));
  if (missing.length > 0) {
    const hint =
      'say of each what is allowed: "any", "allow" or, of a signature, "false" where nothing is capped';
    throw new YamlProblem(root.line, `it says nothing of ${fewOf(missing, RULES.length)}`, hint);
  }
  return {
    component_ids: listRule(root, 'component_ids', (item) => cappedId(textOf(item))),
    sources: listRule(root, 'sources', (item) => cappedSource(textOf(item))),
    signers: listRule(root, 'signers', (item) => cappedSigner(textOf(item))),
    require_signature: { line: lineOf(root, 'require_signature'), required: isRequired(root) },
    hosts: listRule(root, 'hosts', (item) => cappedHost(textOf(item))),
    directories: listRule(root, 'directories', (item) => {
      const entry = mappingOf(item);
      return cappedDirectory(textOf(fieldOf(entry, 'path')), fieldOf(entry, 'access'));
    }),
    environment: listRule(root, 'environment', (item) => cappedVariable(textOf(item))),
    memory: { line: lineOf(root, 'memory'), bytes: memoryIn(root) },
    no_policy: switchRule(root, 'no_policy'),
    replaced_code: switchRule(root, 'replaced_code'),
    wassette_tools: switchRule(root, 'wassette_tools'),
    approvers: listRule(root, 'approvers', (item) => cappedSigner(textOf(item))),
    labels: listRule(root, 'labels', (item) => cappedLabel(textOf(item))),
  };
}

function refuseUnknown(map: YamlMap, known: readonly string[]): void {
  for (const key of map.entries.keys()) {
    if (known.includes(key)) continue;
    const close = nearest(key, known);
    const hint = close === null ? `the keys are: ${known.join(', ')}` : `did you mean "${close}"?`;
    throw new YamlProblem(map.keyLines.get(key)!, 'a key is unknown', hint);
  }
}

function checkVersion(root: YamlMap, file: string): void {
  const version = root.entries.get('version');
  if (version?.kind === 'scalar' && unsignedValue(version) === 1n) return;
  const line = root.keyLines.get('version') ?? root.line;
  throw new FormatError('FORMAT_UNSUPPORTED_VERSION', `${where(file, line)}: expected "version: 1"`, {
    hint: 'this program reads version 1',
    details: { expected: 1, line },
  });
}

function lineOf(root: YamlMap, name: RuleName): number {
  return root.keyLines.get(name)!;
}

function listRule<T>(root: YamlMap, name: RuleName, read: (item: YamlNode) => T): ListRule<T> {
  const line = lineOf(root, name);
  const node = root.entries.get(name)!;
  if (isAny(node)) return { line, entries: 'any' };
  if (node.kind === 'list')
    return { line, entries: node.items.map((item) => ({ value: read(item), line: item.line })) };
  throw new YamlProblem(line, `"${name}" is neither a list nor "any"`, 'write [] where nothing is allowed');
}

function memoryIn(root: YamlMap): number | null {
  const node = root.entries.get('memory')!;
  if (isAny(node)) return null;
  if (node.kind === 'scalar') return memoryLimit(node);
  throw new YamlProblem(lineOf(root, 'memory'), '"memory" is not one amount', 'write, for example, "512Mi"');
}

function switchRule(root: YamlMap, name: RuleName): SwitchRule {
  const node = root.entries.get(name)!;
  const line = lineOf(root, name);
  const word = node.kind === 'scalar' ? node.text : '';
  if (word === 'allow' || word === 'refuse') return { line, allowed: word === 'allow' };
  throw new YamlProblem(line, `"${name}" is neither allow nor refuse`, 'write one of the two');
}

function isRequired(root: YamlMap): boolean {
  const node = root.entries.get('require_signature')!;
  const value = node.kind === 'scalar' ? booleanValue(node) : null;
  if (value !== null) return value;
  const line = lineOf(root, 'require_signature');
  throw new YamlProblem(line, '"require_signature" is neither true nor false', 'write one of the two');
}

function isAny(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.text === 'any';
}

function mappingOf(item: YamlNode): YamlMap {
  const hint = 'write, for example, { path: /srv/data, access: [read] }';
  if (item.kind !== 'map') throw new YamlProblem(item.line, 'a directory is not a path with an access', hint);
  refuseUnknown(item, ['path', 'access']);
  return item;
}

function fieldOf(entry: YamlMap, key: 'path' | 'access'): YamlNode {
  const node = entry.entries.get(key);
  if (node !== undefined) return node;
  throw new YamlProblem(entry.line, `a directory has no "${key}"`, 'give its path and its access');
}

function textOf(item: YamlNode): YamlScalar {
  if (item.kind === 'scalar' && isText(item) && item.text !== '') return item;
  throw new YamlProblem(item.line, 'an entry is not text', 'quote it if it is meant as text');
}
