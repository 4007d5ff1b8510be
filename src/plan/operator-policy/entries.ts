// The entries of an operator's policy. One that would not mean what it looks like is refused.
import path from 'node:path';
import { hasInvisible } from '../../codec/yaml/characters.ts';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import type { YamlNode, YamlScalar } from '../../codec/yaml/reader.ts';
import { environmentKeyProblem, hostProblem } from '../../policy/name-rules.ts';
import { hostOddity, type NetworkReach, reachesOf } from '../../policy/network-host.ts';
import type { Access } from '../../policy/policy.ts';
import { partsOfPath } from '../directory-grants.ts';
import { LABEL } from '../written-approval/label.ts';
import type { CappedDirectory } from './rules.ts';

const ID = /^[A-Za-z0-9_][A-Za-z0-9._@+ -]{0,127}\*?$/;
const URI = /^(oci|https?):\/\/[^/\s?#@\\%*]+(\/[^\s?#\\%*]*)?$/;

/** @throws YamlProblem */
export function cappedId({ text, line }: YamlScalar): string {
  if (text === '*' || ID.test(text)) return text;
  throw new YamlProblem(
    line,
    'an entry is neither the id of a component nor the beginning of one',
    'write an id such as weather, or team-* for all that begin with team-',
  );
}

/** @throws YamlProblem */
export function cappedSource({ text, line }: YamlScalar): string {
  const isUri = URI.test(text) && !partsOfPath(text).includes('..');
  if (text === 'store' || isUri) return text;
  if (path.isAbsolute(text)) return plainPath(text, line);
  throw new YamlProblem(
    line,
    'an entry is no place that snapshots or code come from',
    'write store, an absolute path, or the beginning of a URI such as oci://ghcr.io/team/',
  );
}

/** @throws YamlProblem */
export function cappedSigner({ text, line }: YamlScalar): string {
  if (/^[^\s,*?!"]{1,255}$/.test(text) && !hasInvisible(text)) return text;
  throw new YamlProblem(
    line,
    'an entry is not the name of one signer',
    'write the name by which the list of accepted signers has the key, such as alice@example.com',
  );
}

/** @throws YamlProblem */
export function cappedLabel({ text, line }: YamlScalar): string {
  if (LABEL.test(text)) return text;
  throw new YamlProblem(line, 'an entry is no label of a host', 'write a word such as production');
}

/** @throws YamlProblem */
export function cappedHost({ text, line }: YamlScalar): NetworkReach {
  const problem = hostProblem(text);
  if (problem !== null) throw new YamlProblem(line, problem, 'write a host such as api.example.com');
  const oddity = hostOddity(text);
  const [reach] = reachesOf([{ host: text }]);
  if (oddity !== null || reach === undefined || reach.kind === 'failure' || reach.kind === 'unknown') {
    const hint = 'write the bare host that is meant, such as api.example.com or https://api.example.com';
    throw new YamlProblem(line, 'a host is not written as what Wassette reaches by it', hint);
  }
  if (reach.kind === 'host' && reach.everyPort) {
    const hint = 'Wassette does not act upon ports: write the host without one, if every port may be reached';
    throw new YamlProblem(line, 'a host has a port', hint);
  }
  return reach;
}

/** @throws YamlProblem */
export function cappedDirectory({ text, line }: YamlScalar, access: YamlNode): CappedDirectory {
  if (path.isAbsolute(text)) return { path: plainPath(text, line), access: modesIn(access) };
  throw new YamlProblem(line, 'the path of a directory is not absolute', 'write it from the root on');
}

/** @throws YamlProblem */
export function cappedVariable({ text, line }: YamlScalar): string {
  const problem = text.includes('=') ? 'an environment key has an equals sign' : environmentKeyProblem(text);
  if (problem === null) return text;
  throw new YamlProblem(line, problem, 'write the name of one variable');
}

function plainPath(text: string, line: number): string {
  const hint = 'write the path of a directory; all that is below it counts, too';
  if (partsOfPath(text).includes('..')) throw new YamlProblem(line, 'a path leads through ".."', hint);
  if (text.includes('*')) throw new YamlProblem(line, 'a path has an asterisk', hint);
  if (hasInvisible(text)) throw new YamlProblem(line, 'a path has an invisible character', hint);
  return path.normalize(text);
}

function modesIn(node: YamlNode): Access[] {
  const hint = 'write access: [read] or [read, write]';
  if (node.kind !== 'list' || node.items.length === 0)
    throw new YamlProblem(node.line, 'a directory has no list of access modes', hint);
  return node.items.map((item) => {
    const mode = item.kind === 'scalar' ? item.text : '';
    if (mode === 'read' || mode === 'write') return mode;
    throw new YamlProblem(item.line, 'an access mode is neither read nor write', hint);
  });
}
