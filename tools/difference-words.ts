// What differs between two states in words, for whoever lays it out.
import { fewOf } from '../src/codec/enumeration.ts';
import { quotedWhole } from '../src/codec/safe-text.ts';
import type { ToolDifference, ToolPart, ToolValue } from '../src/component/tool-difference.ts';
import type { StatesDifference } from '../src/diff.ts';
import { minutesOf } from '../src/disk/clock.ts';
import type {
  CodeDifference,
  ComponentDifference,
  NamesDifference,
  StatedCode,
} from '../src/plan/comparison/state-difference.ts';
import type { Uncompared } from '../src/plan/comparison/uncompared.ts';
import { bytes } from './cli/terminal.ts';

export const NO_PATCH =
  'policy: no text diff, since one text is not known, cannot be read, or too many lines differ';

export function titleOf({ component_id, action }: ComponentDifference): string {
  return `${quotedWhole(component_id)} ${action}`;
}

/** All but what it may do. */
export function linesOf(component: ComponentDifference): string[] {
  return [...codeLinesOf(component), ...toolLinesOf(component), ...secretLinesOf(component)];
}

export function codeLinesOf({ code }: ComponentDifference): string[] {
  return code === null ? [] : [codeInWords(code), ...namesInWords('tool', code.tools)];
}

export function toolLinesOf({ code, tools }: ComponentDifference): string[] {
  // Which tools came or went with the code was said with it.
  const said = new Set(code === null ? [] : [...code.tools.added, ...code.tools.removed]);
  return tools.flatMap((tool) => (tool.action !== 'changed' && said.has(tool.name) ? [] : toolInWords(tool)));
}

export function secretLinesOf({ secretNames }: ComponentDifference): string[] {
  return secretNames === null ? [] : namesInWords('secret', secretNames);
}

function codeInWords({ from, to }: CodeDifference): string {
  const both = [from, to].filter((code) => code !== null).map(oneCode);
  return `code: ${both.join(' becomes ')}`;
}

function oneCode({ sha256, size, sourceUri }: StatedCode): string {
  if (sha256 === null) return sourceUri === null ? 'not known' : `that of ${quotedWhole(sourceUri)}`;
  return `sha256 ${sha256.slice(0, 16)}${size === null ? '' : ` (${bytes(size)})`}`;
}

/** What a model is told of a tool: each part that differs, in one line. */
export function toolInWords({ name, action, parts, unsaid }: ToolDifference): string[] {
  const tool = `tool ${quotedWhole(name)}`;
  if (action !== 'changed') return [`${action === 'added' ? 'new' : 'gone'} ${tool}`];
  return [
    ...parts.map((part) => `${tool}: ${partInWords(part)}`),
    ...(unsaid === 0 ? [] : [`${tool}: ${unsaid} more parts of its definition differ`]),
  ];
}

function partInWords({ part, from, to }: ToolPart): string {
  const where = /^[\w$.[\]-]+$/.test(part) ? part : quotedWhole(part);
  return `${where}: ${valueInWords(from)} becomes ${valueInWords(to)}`;
}

function valueInWords(value: ToolValue | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? quotedWhole(value) : String(value);
}

function namesInWords(what: 'tool' | 'secret', { added, removed }: NamesDifference): string[] {
  const line = (sign: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [`${sign} ${what}${names.length === 1 ? '' : 's'} ${names.map(quotedWhole).join(', ')}`];
  return [...line('new', added), ...line('gone', removed)];
}

export function summaryOf(components: readonly ComponentDifference[]): string {
  const count = (action: ComponentDifference['action']) =>
    components.filter((component) => component.action === action).length;
  const parts = (['added', 'removed', 'changed'] as const)
    .filter((action) => count(action) > 0)
    .map((action) => `${count(action)} ${action}`);
  return parts.join(', ') || 'no difference';
}

/** In one line whether the states are equal, as far as that can be said. */
export function verdictOn({
  components,
  uncompared,
}: Pick<StatesDifference, 'components' | 'uncompared'>): string {
  const isCertain = components.length > 0 || uncompared.length === 0;
  return isCertain ? summaryOf(components) : 'no difference in what could be compared';
}

/** What could not be compared, and why. */
export function uncomparedInWords({ component_ids, why }: Uncompared): string {
  return component_ids.length === 0 ? why : `${fewOf(component_ids.map(quotedWhole))}: ${why}`;
}

/** The same, and what helps. */
export function uncomparedAndHelp(part: Uncompared): string {
  return `${uncomparedInWords(part)}; ${part.hint}`;
}

/** Since when this host may have changed otherwise than by an import. */
export function lastImportInWords({ lastImport }: Pick<StatesDifference, 'lastImport'>): string {
  if (lastImport === null) return 'none that is known here';
  const { imported_at, source, names, undone_at } = lastImport;
  const called = names.length === 0 ? '' : `${names.map(quotedWhole).join(', ')}, `;
  const undone = undone_at === null ? '' : `, taken back ${minutesOf(undone_at)}`;
  return `${minutesOf(imported_at)}, of ${called}${source}${undone}`;
}
