// Lays out what differs between two states for a page: a block for each component, those that gain something first.
import type { StatesDifference } from '../../src/diff.ts';
import type { ComponentDifference } from '../../src/plan/state-difference.ts';
import { lastImportInWords, linesOf, NO_PATCH, summaryOf, titleOf } from '../difference-words.ts';
import type { Block, Line, Review, Tone } from './review.ts';

export function reviewOfDifference(difference: StatesDifference): Review {
  const { from, to, isHost, components, notes } = difference;
  const blocks = components.map(blockOf);
  const first: readonly Tone[] = ['danger', 'gain'];
  return {
    title: 'Wassette tools',
    summary: summaryOf(components),
    facts: [
      { label: 'From', value: from },
      { label: 'To', value: to },
      ...(isHost ? [{ label: 'Last import there', value: lastImportInWords(difference) }] : []),
    ],
    approving: null,
    blocks: [
      ...first.flatMap((each) => blocks.filter(({ tone }) => tone === each)),
      ...blocks.filter(({ tone }) => !first.includes(tone)),
      ...(notes.length === 0
        ? []
        : [{ tone: 'note', title: 'Good to know', why: null, lines: notes.map(lineOf) } as const]),
    ],
    end: null,
  };
}

function blockOf(component: ComponentDifference): Block {
  const { policy } = component;
  return {
    tone: toneOf(component),
    title: titleOf(component),
    why: isMisleading(component) ? 'its code is the same, but models are told something else of it' : null,
    lines: [
      ...linesOf(component).map(lineOf),
      ...(policy?.gains ?? []).map((text) => lineOf(`gains: ${text}`)),
      ...(policy?.losses ?? []).map((text) => lineOf(`loses: ${text}`)),
      ...patchOf(policy?.patch, component.action),
    ],
  };
}

function toneOf(component: ComponentDifference): Tone {
  const { action, policy } = component;
  if (isMisleading(component)) return 'danger';
  if (policy !== null && policy.gains.length > 0) return 'gain';
  return action === 'removed' || (policy !== null && policy.losses.length > 0) ? 'loss' : 'plain';
}

function isMisleading({ code, tools }: ComponentDifference): boolean {
  return code === null && tools.length > 0;
}

/** What is all new or all gone is said by the lines above it. */
function patchOf(patch: string | null | undefined, action: ComponentDifference['action']): Line[] {
  if (patch === null) return [lineOf(NO_PATCH)];
  return patch && action === 'changed' ? [{ ...lineOf(''), file: patch.trimEnd() }] : [];
}

function lineOf(text: string): Line {
  return { subjects: [], text, risky: false };
}
