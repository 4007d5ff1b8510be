// Where entries and settings that come into a policy are put in its text.
import { YamlProblem } from '../../codec/yaml/problem.ts';
import type { YamlList, YamlMap, YamlNode, YamlRange } from '../../codec/yaml/reader.ts';
import { isNull } from '../../codec/yaml/scalars.ts';
import type { Splice } from './entry-lines.ts';
import { childrenOf, indented, ONE_A_LINE, PolicyLayout } from './layout.ts';

/** What comes into a policy. */
export interface Addition {
  what: 'entries' | 'setting';
  /** The keys that lead to the list of these entries, or to the setting. */
  path: readonly string[];
  /** The lines, with LF, as they would stand at the margin. */
  text: string;
}

/** Whole lines that come between others. */
export interface Insertion extends Splice {
  /** How far they are indented. */
  indent: number;
}

/** What comes to one place: keys with what is below them, and then lines. */
interface Branch {
  text: string;
  keys: Map<string, Branch>;
}

/** Between two lines, where entries may be put. */
interface Gap {
  offset: number;
  /** How far what comes there is indented. */
  indent: number;
  /** The keys that have to come first, outermost first. */
  missing: readonly string[];
  /** What has to go: `[]`, `{}` or `null`. */
  emptied: YamlRange | null;
}

/** The places in a policy where something can come. */
export class PolicyGaps {
  readonly #layout: PolicyLayout;
  /** The offsets behind what is in mappings, looked for once: many settings may come there. */
  readonly #ends = new Map<YamlMap, number>();

  /** @param text ends with a line end */
  constructor(
    text: string,
    private readonly policy: YamlMap,
  ) {
    this.#layout = new PolicyLayout(text);
  }

  /**
   * Entries at the end of their lists, and settings at the end of what they belong to, below the keys that are missing for
   * them.
   * @throws YamlProblem
   */
  added(additions: readonly Addition[]): Insertion[] {
    const places = new Map<string, { gap: Gap; branch: Branch }>();
    for (const { what, path, text } of additions) {
      const gap = this.#gapAt(path);
      const id = `${gap.offset} ${gap.indent}`;
      const { branch } = places.get(id) ?? places.set(id, { gap, branch: newBranch() }).get(id)!;
      const last = gap.missing.at(-1);
      branchAt(branch, gap.missing.slice(0, -1)).text +=
        what === 'entries' && last !== undefined ? `${last}:\n${indented(text, this.#dashStep())}` : text;
    }
    return [...places.values()].flatMap(({ gap, branch }) => this.#insertions(gap, branch));
  }

  #insertions({ offset, indent, emptied }: Gap, branch: Branch): Insertion[] {
    const end = this.#layout.lineEndBefore(offset);
    const text = indented(this.#linesOf(branch), indent).replaceAll('\n', end);
    return [
      ...(emptied === null ? [] : [{ range: emptied, text: '', indent }]),
      { range: [offset, offset], text, indent },
    ];
  }

  #linesOf({ text, keys }: Branch): string {
    const below = [...keys].map(
      ([key, branch]) => `${key}:\n${indented(this.#linesOf(branch), this.#step())}`,
    );
    return below.join('') + text;
  }

  #gapAt(path: readonly string[]): Gap {
    let map = this.policy;
    for (const [depth, key] of path.entries()) {
      this.#layout.assertBlock(map);
      const node = map.entries.get(key);
      const missing = path.slice(depth);
      if (node === undefined)
        return {
          offset: this.#endOf(map),
          indent: this.#layout.column(map),
          missing,
          emptied: null,
        };
      if (isEmpty(node)) return this.#gapBelow(map, key, node, missing.slice(1));
      if (node.kind === 'map') map = node;
      else if (node.kind === 'list' && missing.length === 1) return this.#gapAtEndOf(node);
    }
    throw new YamlProblem(map.line, 'a list is missing where entries belong', ONE_A_LINE);
  }

  #endOf(map: YamlMap): number {
    const end = this.#ends.get(map) ?? this.#layout.afterLinesOf(map);
    this.#ends.set(map, end);
    return end;
  }

  #gapAtEndOf(list: YamlList): Gap {
    this.#layout.assertBlock(list);
    const indent = this.#layout.dashColumn(list.items.at(-1)!);
    return { offset: this.#layout.afterLinesOf(list), indent, missing: [], emptied: null };
  }

  /** Below the line of a key that has nothing: `allow: []`, `storage: {}`, `network: null` or `network:`. */
  #gapBelow(map: YamlMap, key: string, node: YamlNode, missing: readonly string[]): Gap {
    const after = this.#layout.afterColon(map, key);
    const isWritten = node.range[1] > node.range[0];
    const end = isWritten ? node.range[1] : after;
    const step = missing.length === 0 ? this.#dashStep() : this.#step();
    return {
      offset: this.#layout.afterLine(end, node.line),
      indent: this.#layout.column(map) + step,
      missing,
      emptied: isWritten ? [after, end] : null,
    };
  }

  /** By how much this policy indents its sections. */
  #step(): number {
    const permissions = this.policy.entries.get('permissions');
    if (permissions?.kind !== 'map' || this.#layout.isFlow(permissions)) return 2;
    return this.#layout.column(permissions) - this.#layout.column(this.policy);
  }

  /** By how much it indents a dash below the key of its list: not at all in what Wassette writes. */
  #dashStep(): number {
    return this.#dashStepIn(this.policy) ?? this.#step();
  }

  #dashStepIn(map: YamlMap): number | null {
    for (const node of map.entries.values()) {
      if (node.kind === 'scalar' || this.#layout.isFlow(node)) continue;
      const step =
        node.kind === 'list' ? this.#layout.column(node) - this.#layout.column(map) : this.#dashStepIn(node);
      if (step !== null) return step;
    }
    return null;
  }
}

function newBranch(): Branch {
  return { text: '', keys: new Map() };
}

function branchAt(branch: Branch, [key, ...path]: readonly string[]): Branch {
  if (key === undefined) return branch;
  const below = branch.keys.get(key) ?? newBranch();
  branch.keys.set(key, below);
  return branchAt(below, path);
}

/** In the order of what comes at one place: what belongs to the section before it is first. */
export function deepestFirst(insertions: readonly Insertion[]): Insertion[] {
  return insertions.toSorted((a, b) => b.indent - a.indent);
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === 'scalar' ? isNull(node) : childrenOf(node).length === 0;
}
