// Moves whole settings of a policy, such as its limits, from one text to another by their lines.
import { isDeepStrictEqual } from 'node:util';
import { YamlProblem } from '../../codec/yaml/problem.ts';
import type { YamlMap, YamlNode } from '../../codec/yaml/reader.ts';
import { deepestFirst, type Insertion, PolicyGaps } from '../splicing/additions.ts';
import { lineEndIn, outdented, startWithComments } from '../splicing/layout.ts';
import { refusing, withSplices } from '../splicing/splice.ts';
import { type PolicyTree, placedTree, policyTree } from '../text.ts';
import { type PolicyParts, type PolicyReading, unitKey } from './parts.ts';

const OURS = { componentId: 'ours' };
const THEIRS = { componentId: 'theirs' };

/**
 * @param wanted each is as `policy`, which is ours, or as `source`, which is theirs, has it
 * @throws FormatError FORMAT_POLICY_LAYOUT where one does not stand on lines of its own, in `ours` or in `theirs`
 */
export function unitsSpliced(
  policy: PolicyReading,
  wanted: PolicyParts['units'],
  source: PolicyTree,
): PolicyTree {
  const here = policy.units;
  const differing = [...new Map([...here, ...wanted])]
    .filter(([key]) => !isDeepStrictEqual(here.get(key), wanted.get(key)))
    .map(([, { keys }]) => keys)
    // What comes below keys that are missing comes in this order.
    .sort((a, b) => b.length - a.length);
  if (differing.length === 0) return policy;
  const lineEnd = lineEndIn(policy.text);
  const ended = policy.text.endsWith('\n') ? policy : policyTree(`${policy.text}${lineEnd}`);
  const from = refusing(THEIRS, () => new UnitLines(source.text, placedTree(source)));
  const linesFor = (path: readonly string[]) =>
    wanted.has(unitKey(path)) ? refusing(THEIRS, () => from.linesAt(path)) : [];
  const changes = differing.map((path) => ({ path, lines: linesFor(path) }));
  const splices = refusing(OURS, () => {
    const tree = placedTree(ended);
    const into = new UnitLines(ended.text, tree);
    const additions = changes
      .filter(({ path }) => !into.hasPlaceFor(path))
      .map(({ path, lines }) => ({ what: 'setting', path, text: `${lines.join('\n')}\n` }) as const);
    return [
      ...new PolicyGaps(ended.text, tree).added(additions),
      ...changes
        .filter(({ path }) => into.hasPlaceFor(path))
        .map(({ path, lines }) => into.spliceFor(path, lines, lineEnd)),
    ];
  });
  return policyTree(withSplices(ended.text, deepestFirst(splices)));
}

/** Whole lines, the first of which begins with a key. */
interface Lines {
  start: number;
  end: number;
  /** Of the key. */
  column: number;
}

/** The settings of a policy by their lines. */
class UnitLines {
  /** By what they belong to. */
  readonly #last = new Map<YamlMap, Lines>();

  constructor(
    private readonly text: string,
    private readonly policy: YamlMap,
  ) {}

  /** The lines of a setting with the comments above, as if its key stood at the margin. @throws YamlProblem */
  linesAt(path: readonly string[]): string[] {
    const { parent, key } = this.#parentOf(path);
    const lines = this.#linesOf(parent, key);
    const { end, column } = lines;
    return this.text
      .slice(this.#withComments(parent, key, lines), end)
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => outdented(line, column));
  }

  /**
   * Puts lines where the setting was with the comments above it, or at the end of what it belongs to; takes it away where
   * there are none.
   * @throws YamlProblem
   */
  spliceFor(path: readonly string[], lines: readonly string[], lineEnd: string): Insertion {
    const { parent, key } = this.#parentOf(path);
    const isThere = parent.entries.has(key);
    const there = isThere ? this.#linesOf(parent, key) : this.#lastIn(parent);
    const margin = ' '.repeat(there.column);
    const now = lines.map((line) => `${line === '' ? '' : margin}${line}${lineEnd}`).join('');
    const start = isThere ? this.#withComments(parent, key, there) : there.end;
    return { range: [start, there.end], text: now, indent: there.column };
  }

  /** Where a setting begins with the comments above it; those above the first may be about all of them. */
  #withComments(map: YamlMap, key: string, { start, column }: Lines): number {
    const [first] = map.entries.keys();
    return key === first ? start : startWithComments(this.text, start, column);
  }

  /** Whether something is already in the mapping that this setting belongs to. */
  hasPlaceFor(path: readonly string[]): boolean {
    const parent = path
      .slice(0, -1)
      .reduce<YamlNode | undefined>(
        (node, key) => (node?.kind === 'map' ? node.entries.get(key) : undefined),
        this.policy,
      );
    return parent?.kind === 'map' && parent.entries.size > 0;
  }

  /** @throws YamlProblem where there is no mapping in which it stands */
  #parentOf(path: readonly string[]): { parent: YamlMap; key: string } {
    const keys = [...path];
    const key = keys.pop()!;
    let parent = this.policy;
    for (const each of keys) {
      const node: YamlNode | undefined = parent.entries.get(each);
      if (node?.kind !== 'map') throw laidOutOtherwise(parent.keyLines.get(each) ?? parent.line);
      parent = node;
    }
    return { parent, key };
  }

  /** Looked for once: many settings may come there. */
  #lastIn(map: YamlMap): Lines {
    const known = this.#last.get(map);
    if (known !== undefined) return known;
    const key = [...map.entries.keys()].at(-1);
    if (key === undefined) throw laidOutOtherwise(map.line);
    const lines = this.#linesOf(map, key);
    this.#last.set(map, lines);
    return lines;
  }

  #linesOf(map: YamlMap, key: string): Lines {
    const [keyStart, keyEnd] = map.keyRanges.get(key)!;
    const start = this.text.lastIndexOf('\n', keyStart - 1) + 1;
    const isAlone = /^ *$/.test(this.text.slice(start, keyStart));
    const end = Math.max(this.text.indexOf(':', keyEnd) + 1, endOf(this.text, map.entries.get(key)!));
    const rest = /(?: +#[^\n]*| *\r?)(?:\n|$)/y;
    rest.lastIndex = end;
    const isEnded = this.text[end - 1] === '\n';
    if (!isAlone || !(isEnded || rest.test(this.text))) throw laidOutOtherwise(map.keyLines.get(key)!);
    return { start, end: isEnded ? end : rest.lastIndex, column: keyStart - start };
  }
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
