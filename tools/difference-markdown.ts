// What differs between two states in Markdown, for a pull request: in no value anything becomes markup, a link or a mention, and no
// line of a policy can end the block it stands in.
import { quotedWhole, safeText } from '../src/codec/safe-text.ts';
import type { StatesDifference } from '../src/diff.ts';
import type { ComponentDifference } from '../src/plan/comparison/state-difference.ts';
import {
  lastImportInWords,
  linesOf,
  NO_PATCH,
  titleOf,
  uncomparedAndHelp,
  verdictOn,
} from './difference-words.ts';

export function markdownOf(difference: StatesDifference): string {
  const { from, to, isHost, components, uncompared, notes } = difference;
  const noted = [
    ...uncompared.map((part) => item('**not compared**', uncomparedAndHelp(part))),
    ...notes.map((note) => item('note', safeText(note, Number.POSITIVE_INFINITY))),
  ];
  return [
    `### Wassette tools: ${verdictOn(difference)}`,
    '',
    inMarkdown(`From ${quotedWhole(from)} to ${quotedWhole(to)}.`),
    ...(isHost ? [inMarkdown(`Last import there: ${lastImportInWords(difference)}.`)] : []),
    ...components.flatMap((component) => ['', ...componentLines(component)]),
    ...(noted.length === 0 ? [] : ['', ...noted]),
  ].join('\n');
}

function componentLines(component: ComponentDifference): string[] {
  const { policy, remarks = [] } = component;
  return [
    `#### ${inMarkdown(titleOf(component))}`,
    '',
    ...linesOf(component).map((line) => `- ${inMarkdown(line)}`),
    ...(policy?.gains ?? []).map((text) => item('**gains**', text)),
    ...(policy?.losses ?? []).map((text) => item('loses', text)),
    ...remarks.map((text) => item('remark', text)),
    ...(policy?.patch === null ? [`- ${NO_PATCH}`] : []),
    ...(policy?.patch ? ['', fenced(policy.patch)] : []),
  ];
}

function item(label: string, words: string): string {
  return `- ${label}: ${inMarkdown(words)}`;
}

/** What stands between spaces, but for those in quotes; what was cut off there is named by a digest. */
const PIECE = /\(?((?:"[^"]*"(?:\.\.\.\(sha256 [0-9a-f]+\))?|[^\s"]+|")+)/g;
const PLAIN_WORD = /^(?:[A-Za-z]+(?:['-][A-Za-z]+)*|sha256|\d+(?:[-:.]\d+)*)?$/;

/**
 * Quoted values, and whatever else is more than a word or a number, as code: GitHub makes links of addresses and mentions of names
 * anywhere but there, and an escape would not keep it from that.
 */
function inMarkdown(words: string): string {
  return words.replace(PIECE, (piece, inside: string) => {
    const value = inside.slice(0, endOfValue(inside));
    return PLAIN_WORD.test(value) ? piece : piece.replace(value, () => asCode(value));
  });
}

/** Where the marks begin that belong to the sentence. */
function endOfValue(text: string): number {
  let end = text.length;
  while (end > 0 && ').,;:'.includes(text[end - 1]!)) end -= 1;
  return /\(sha256 [0-9a-f]+$/.test(text.slice(0, end).slice(-30)) ? end + 1 : end;
}

function asCode(text: string): string {
  const fence = fenceAround(text, '`');
  const space = /^`|`$/.test(text) ? ' ' : '';
  return `${fence}${space}${text}${space}${fence}`;
}

function fenced(patch: string): string {
  const fence = fenceAround(patch, '```');
  return `${fence}diff\n${patch.trimEnd()}\n${fence}`;
}

function fenceAround(text: string, shortest: string): string {
  let fence = shortest;
  while (text.includes(fence)) fence += '`';
  return fence;
}
