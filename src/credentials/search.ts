// Finds what seems to be a credential in a text. No secret is looked up anywhere: only how it is written counts.
import type { Credential, Rule } from './credential.ts';
import { SPOKEN_RULES, TOKEN_RULES } from './own-rules.ts';
import { recommendedSearch } from './recommended-rules.ts';

/** @returns what finds, in one text after another, the credentials in it, in order */
export function credentialSearch(): (text: string) => Credential[] {
  const recommended = recommendedSearch();
  return (text) => {
    const tokens = once([...recommended(text), ...matchesOf(TOKEN_RULES, text)]);
    // A token that is said to be a password is one finding, and its own rule says more about it.
    return [...tokens, ...withoutOverlaps(once(matchesOf(SPOKEN_RULES, text)), tokens)].sort(byStart);
  };
}

function matchesOf(rules: readonly Rule[], text: string): Credential[] {
  return rules.flatMap(({ name, pattern, confirms }) =>
    [...text.matchAll(pattern)]
      .filter((match) => confirms?.(match) ?? true)
      .map((match) => ({ rule: name, start: match.index, end: match.index + match[0].length })),
  );
}

/** Without those that overlap an earlier one of the same rule, in order. */
function once(found: readonly Credential[]): Credential[] {
  const ends = new Map<string, number>();
  return [...found].sort(byStart).filter(({ rule, start, end }) => {
    if (start < (ends.get(rule) ?? 0)) return false;
    ends.set(rule, end);
    return true;
  });
}

/** Those of `found` that overlap none of `others`; both are in order. */
function withoutOverlaps(found: readonly Credential[], others: readonly Credential[]): Credential[] {
  let end = 0;
  let next = 0;
  return found.filter((one) => {
    for (; next < others.length && others[next]!.start < one.end; next++)
      end = Math.max(end, others[next]!.end);
    return end <= one.start;
  });
}

function byStart(a: Credential, b: Credential): number {
  return a.start - b.start;
}
