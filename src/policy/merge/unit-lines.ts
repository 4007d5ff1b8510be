// Moves whole settings of a policy, such as its limits, from one text to another by their lines.
import { isDeepStrictEqual } from 'node:util';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import type { YamlMap, YamlNode } from '../../codec/yaml/reader.ts';
import { outdented, type Splice } from '../entry-lines.ts';
import { refusing, withSplices } from '../splice.ts';
import { readPolicyText } from '../text.ts';
import { type PolicyParts, partsOf, unitKey } from './parts.ts';

/**
 * @param wanted each is as `text` or as `source` has it
 * @throws FormatError FORMAT_POLICY_LAYOUT where one does not stand on lines of its own, in `ours` or in `theirs`
 */
export function unitsSpliced(text: string, wanted: PolicyParts['units'], source: string): string {
  const here = partsOf(text).units;
  const differing = [...new Map([...here, ...wanted])]
    .filter(([key]) => !isDeepStrictEqual(here.get(key), wanted.get(key)))
    .map(([, { keys }]) => keys)
    // Of two that come at the same place, what belongs to the section there is first.
    .sort((a, b) => b.length - a.length);
  if (differing.length === 0) return text;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const ended = text.endsWith('\n') ? text : `${text}${lineEnd}`;
  const [policy, from] = [readPolicyText(ended), readPolicyText(source)];
  const splices = differing.map((path) => {
    const isWanted = wanted.has(unitKey(path));
    const lines = isWanted ? refusing({ componentId: 'theirs' }, () => linesAt(source, from, path)) : [];
    return refusing({ componentId: 'ours' }, () => spliceFor(ended, policy, path, lines, lineEnd));
  });
  return withSplices(ended, splices);
}

/** Whole lines, the first of which begins with a key. */
interface Lines {
  start: number;
  end: number;
  /** Of the key. */
  column: number;
}

/** The lines of a setting as if its key stood at the margin. */
function linesAt(text: string, policy: YamlMap, path: readonly string[]): string[] {
  const { parent, key } = parentOf(policy, path);
  const { start, end, column } = linesOf(text, parent, key);
  return text
    .slice(start, end)
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => outdented(line, column));
}

/** Puts lines where the setting was, or at the end of what it belongs to; takes it away where there are none. */
function spliceFor(
  text: string,
  policy: YamlMap,
  path: readonly string[],
  lines: readonly string[],
  lineEnd: string,
): Splice {
  const { parent, key } = parentOf(policy, path);
  const last = [...parent.entries.keys()].at(-1);
  const isThere = parent.entries.has(key);
  const { start, end, column } = linesOf(text, parent, isThere ? key : last);
  const margin = ' '.repeat(column);
  const now = lines.map((line) => `${line === '' ? '' : margin}${line}${lineEnd}`).join('');
  return { range: [isThere ? start : end, end], text: now };
}

/** @throws YamlProblem where there is no mapping in which it stands */
function parentOf(policy: YamlMap, path: readonly string[]): { parent: YamlMap; key: string } {
  const keys = [...path];
  const key = keys.pop()!;
  let parent = policy;
  for (const each of keys) {
    const node: YamlNode | undefined = parent.entries.get(each);
    if (node?.kind !== 'map') throw laidOutOtherwise(parent.keyLines.get(each) ?? parent.line);
    parent = node;
  }
  return { parent, key };
}

function linesOf(text: string, map: YamlMap, key: string | undefined): Lines {
  if (key === undefined) throw laidOutOtherwise(map.line);
  const [keyStart, keyEnd] = map.keyRanges.get(key)!;
  const start = text.lastIndexOf('\n', keyStart - 1) + 1;
  const isAlone = /^ *$/.test(text.slice(start, keyStart));
  const end = Math.max(text.indexOf(':', keyEnd) + 1, endOf(text, map.entries.get(key)!));
  const rest = /(?: +#[^\n]*| *\r?)(?:\n|$)/y;
  rest.lastIndex = end;
  const isWhole = text[end - 1] === '\n' || rest.test(text);
  if (!isAlone || !isWhole) throw laidOutOtherwise(map.keyLines.get(key)!);
  return { start, end: text[end - 1] === '\n' ? end : rest.lastIndex, column: keyStart - start };
}

/** Behind the last character of a value; what follows it in the text may be a comment on something else. */
function endOf(text: string, node: YamlNode): number {
  const isInBrackets = node.kind !== 'scalar' && /[[{]/.test(text.charAt(node.range[0]));
  if (node.kind === 'scalar' || isInBrackets) return node.range[1];
  const children = node.kind === 'list' ? node.items : [...node.entries.values()];
  const keys = node.kind === 'map' ? [...node.keyRanges.values()].map(([, end]) => end + 1) : [];
  return Math.max(...keys, ...children.map((child) => endOf(text, child)));
}

function laidOutOtherwise(line: number): YamlProblem {
  return new YamlProblem(
    line,
    'a setting does not stand on lines of its own',
    'write it on lines of its own, and export again',
  );
}
