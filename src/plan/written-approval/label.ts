// Labels of hosts: words by which an approval says on which of them it counts.
import { quoted } from '../../codec/safe-text.ts';
import { UsageError } from '../../errors.ts';

export const LABEL = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** @throws UsageError USAGE_BAD_ARGUMENT for what is no label; sorted, each once */
export function labelsIn(texts: readonly string[]): string[] {
  for (const text of texts) {
    if (LABEL.test(text)) continue;
    throw new UsageError('USAGE_BAD_ARGUMENT', `${quoted(text)} is no label of a host`, {
      hint: 'a label has a-z, 0-9, ".", "_" and "-", begins with a letter or digit, and has at most 63 of them',
    });
  }
  return [...new Set(texts)].sort();
}
