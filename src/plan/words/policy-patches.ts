// Unified diffs of the policies of two states. Finding one takes the square of the lines that differ, so there is a bound.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { safeText } from '../../codec/safe-text.ts';

/** Lines that may differ between two policies: about half a second. */
const MOST_LINES = 2_000;
/** Lines that may differ between all policies of two states. */
const MOST_LINES_IN_ALL = 20_000;

export class PolicyPatches {
  #left = MOST_LINES_IN_ALL;

  /** @param from how the policies of each state are called, such as a reference */
  constructor(
    private readonly from: string,
    private readonly to: string,
  ) {}

  /** Empty for equal texts; null where too many lines differ. A text is null where there is no policy. */
  between(componentId: string, old: string | null, now: string | null): string | null {
    if (old === now) return '';
    const maxEditLength = Math.min(MOST_LINES, this.#left);
    const patch = createTwoFilesPatch(
      nameOf(old, this.from, componentId),
      nameOf(now, this.to, componentId),
      printable(old),
      printable(now),
      undefined,
      undefined,
      { headerOptions: FILE_HEADERS_ONLY, maxEditLength },
    );
    this.#left -= patch === undefined ? maxEditLength : changedLines(patch);
    return patch ?? null;
  }
}

/** What is not there is the empty file that `git diff` names. */
function nameOf(text: string | null, label: string, componentId: string): string {
  if (text === null) return '/dev/null';
  return `${safeText(label, 400)}/${safeText(componentId, 128)}.policy.yaml`;
}

/** A policy in a document is printable already, but one on disk may contain anything. */
function printable(text: string | null): string {
  return (text ?? '')
    .split('\n')
    .map((line) => safeText(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

function changedLines(patch: string): number {
  return patch.split('\n').filter((line) => /^[-+]/.test(line)).length;
}
