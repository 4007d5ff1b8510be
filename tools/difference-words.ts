// What differs between two states in words, for whoever lays it out.
import { quotedWhole } from '../src/codec/safe-text.ts';
import type {
  CodeDifference,
  ComponentDifference,
  NamesDifference,
  StatedCode,
} from '../src/plan/state-difference.ts';
import { bytes } from './cli/terminal.ts';

export const NO_PATCH =
  'policy: no text diff, since one text is not known, cannot be read, or too many lines differ';

export function titleOf({ component_id, action }: ComponentDifference): string {
  return `${quotedWhole(component_id)} ${action}`;
}

export function linesOf({ code, secretNames }: ComponentDifference): string[] {
  return [
    ...(code === null ? [] : [codeInWords(code), ...namesInWords('tool', code.tools)]),
    ...(secretNames === null ? [] : namesInWords('secret', secretNames)),
  ];
}

function codeInWords({ from, to }: CodeDifference): string {
  const both = [from, to].filter((code) => code !== null).map(oneCode);
  return `code: ${both.join(' becomes ')}`;
}

function oneCode({ sha256, size, sourceUri }: StatedCode): string {
  if (sha256 === null) return sourceUri === null ? 'not known' : `that of ${quotedWhole(sourceUri)}`;
  return `sha256 ${sha256.slice(0, 16)}${size === null ? '' : ` (${bytes(size)})`}`;
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
