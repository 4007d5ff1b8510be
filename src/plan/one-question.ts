// How much of a plan one question can hold. Apart from what judges plans: a server needs it before its first plan.

/** Nobody reads more sentences than this; an agent's plan with more is refused. */
export const MAX_SENTENCES = 100;
const MAX_CHARACTERS = 12_000;

/** Whether one question, or one answer to an agent, can hold all of them. */
export function fitsOneQuestion(sentences: readonly string[]): boolean {
  return sentences.length <= MAX_SENTENCES && lengthOf(sentences) <= MAX_CHARACTERS;
}

export function lengthOf(sentences: readonly string[]): number {
  return sentences.reduce((sum, sentence) => sum + sentence.length, 0);
}
