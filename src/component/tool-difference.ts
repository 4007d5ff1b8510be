// Compares what two sources say of the same tools. A model chooses a tool, and fills in its arguments, by everything in its
// definition: what stands in a description alone can lead it astray.
import { sha256Hex } from '../codec/digest.ts';

/** A value in the definition of a tool. */
export type ToolValue = string | number | boolean | null;

/** A member of a definition that differs. */
export interface ToolPart {
  /** Where it is, such as `description` or `inputSchema.properties.city.type`. */
  part: string;
  /** Undefined where there is none. Of a long text it is the piece in which it begins to differ. */
  from: ToolValue | undefined;
  /** As `from`. */
  to: ToolValue | undefined;
}

/** What differs of one tool. */
export interface ToolDifference {
  name: string;
  action: 'added' | 'removed' | 'changed';
  /** Empty unless it was changed. */
  parts: readonly ToolPart[];
  /** How many more parts differ. */
  unsaid: number;
  /** Of its definition in `to`, whole and with its keys in order; null where it was removed. */
  sha256: string | null;
}

const MOST_PARTS = 20;
/** Deeper than a snapshot or a tool cache can be. */
const DEEPEST = 200;
const MOST_CHARACTERS = 600;
/** Of a long text, how much is shown before the difference. */
const BEFORE = 100;

/**
 * In the order of their names; tools of one name are compared in the order in which they stand.
 * @param from tool objects as Wassette lists them
 */
export function differenceBetweenTools(from: readonly unknown[], to: readonly unknown[]): ToolDifference[] {
  const [before, after] = [byName(from), byName(to)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key): ToolDifference[] => {
    const name = key.slice(0, key.lastIndexOf('#'));
    if (!after.has(key)) return [{ name, action: 'removed', parts: [], unsaid: 0, sha256: null }];
    const tool = after.get(key);
    if (!before.has(key)) return [{ name, action: 'added', parts: [], unsaid: 0, sha256: digestOf(tool) }];
    const found = new FoundParts();
    found.compare(before.get(key), tool, '', 0);
    const { count, parts, unsaid } = found;
    return count === 0 ? [] : [{ name, action: 'changed', parts, unsaid, sha256: digestOf(tool) }];
  });
}

function digestOf(tool: unknown): string {
  return sha256Hex(JSON.stringify(ordered(tool, 0)) ?? '');
}

/** With its keys in one order, down to where definitions are compared. */
function ordered(value: unknown, depth: number): unknown {
  if (!isContainer(value)) return typeof value === 'string' ? withoutAddress(value) : value;
  if (depth === DEEPEST) return shown(value);
  if (Array.isArray(value)) return value.map((item) => ordered(item, depth + 1));
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key], depth + 1)]));
}

function byName(tools: readonly unknown[]): Map<string, unknown> {
  const named = new Map<string, unknown>();
  const counts = new Map<string, number>();
  for (const tool of tools) {
    const name = isContainer(tool) && typeof tool.name === 'string' ? tool.name : '';
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    named.set(`${name}#${nth}`, withoutNulls(tool));
  }
  return named;
}

/** What a tool does not have is left out by some, and null for others. */
function withoutNulls(tool: unknown): unknown {
  if (!isContainer(tool) || !Object.values(tool).includes(null)) return tool;
  return Object.fromEntries(Object.entries(tool).filter(([, value]) => value !== null));
}

class FoundParts {
  readonly parts: ToolPart[] = [];
  count = 0;

  get unsaid(): number {
    return this.count - this.parts.length;
  }

  /** Ignores the order of keys, which differs between versions of Wassette. */
  compare(from: unknown, to: unknown, part: string, depth: number): void {
    if (from === to || isSameHandle(from, to)) return;
    if (depth < DEEPEST && areComparedInside(from, to)) {
      const isList = Array.isArray(from ?? to);
      for (const key of new Set([...keysOf(from), ...keysOf(to)]))
        this.compare(memberOf(from, key), memberOf(to, key), partIn(part, key, isList), depth + 1);
    } else {
      this.count += 1;
      if (this.parts.length < MOST_PARTS) this.parts.push({ part, ...excerpts(shown(from), shown(to)) });
    }
  }
}

/** How Wassette describes a handle of a resource: with an address of the process that compiled it. */
const HANDLE = /^(?:own|borrow)'d resource: ResourceType \{.* component: \d+\b/;

function isSameHandle(from: unknown, to: unknown): boolean {
  return typeof from === 'string' && typeof to === 'string' && withoutAddress(from) === withoutAddress(to);
}

function withoutAddress(text: string): string {
  return HANDLE.test(text) ? text.replace(/ component: \d+\b/, '') : text;
}

/** What is there on one side alone is told member by member, too. */
function areComparedInside(from: unknown, to: unknown): boolean {
  if (isContainer(from) && isContainer(to)) return Array.isArray(from) === Array.isArray(to);
  const [there, other] = from === undefined ? [to, from] : [from, to];
  return other === undefined && isContainer(there) && Object.keys(there).length > 0;
}

type Container = Record<string, unknown>;

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function keysOf(value: unknown): string[] {
  return isContainer(value) ? Object.keys(value) : [];
}

function memberOf(value: unknown, key: string): unknown {
  return isContainer(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function partIn(part: string, key: string, isList: boolean): string {
  if (isList) return `${part}[${key}]`;
  const name = /^[\w$-]{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, MOST_CHARACTERS));
  return part === '' ? name : `${part}.${name}`;
}

function shown(value: unknown): ToolValue | undefined {
  if (isContainer(value)) return Array.isArray(value) ? '[...]' : '{...}';
  return value as ToolValue | undefined;
}

function excerpts(from: ToolValue | undefined, to: ToolValue | undefined): Pick<ToolPart, 'from' | 'to'> {
  const start = typeof from === 'string' && typeof to === 'string' ? commonStart(from, to) : 0;
  return { from: excerpt(from, start), to: excerpt(to, start) };
}

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function excerpt(text: ToolValue | undefined, differsAt: number): ToolValue | undefined {
  if (typeof text !== 'string' || text.length <= MOST_CHARACTERS) return text;
  const start = Math.max(0, Math.min(differsAt - BEFORE, text.length - MOST_CHARACTERS));
  const end = start + MOST_CHARACTERS;
  return `${start > 0 ? '...' : ''}${text.slice(start, end)}${end < text.length ? '...' : ''}`;
}
