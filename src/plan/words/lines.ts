// Lines about a plan, of which everyone who shows it makes what they show.
import type { Plan } from '../plan.ts';
import { inParts, type Sentence } from './sentences.ts';
import type { StakeKind } from './stakes.ts';

export interface ViewLine {
  /** `+ ~ * -` for what happens to a component, `=` for what stays, `!` for what is allowed, `?` for what to know. */
  mark: '+' | '~' | '*' | '-' | '=' | '!' | '?';
  text: string;
  /** Whether it can do most harm. */
  risky: boolean;
  /** What it is about, as far as that can be at stake; null where it is not. */
  kind: StakeKind | null;
  /** The components that it is about, as it names them; none where it says so itself. */
  subjects: readonly string[];
  /** What it says of them: all of it where it is no sentence about components. */
  predicate: string;
}

/** Sentences as lines. @param markOf null for a sentence that is left out */
export function linesOf(
  { steps }: Pick<Plan, 'steps'>,
  sentences: readonly Sentence[],
  markOf: (sentence: Sentence) => ViewLine['mark'] | null,
): ViewLine[] {
  const byId = new Map(steps.map((step) => [step.component_id, step]));
  return sentences.flatMap((sentence) => {
    const { kind, text } = sentence;
    const mark = markOf(sentence);
    return mark === null
      ? []
      : [{ mark, text, risky: false, kind, ...inParts(sentence, (id) => byId.get(id)) }];
  });
}

export function linesWith(mark: ViewLine['mark'], texts: readonly string[]): ViewLine[] {
  return texts.map((text) => ({ mark, text, risky: false, kind: null, subjects: [], predicate: text }));
}
