// The rules that secretlint recommends, run without its core: that keeps a record of each run as long as the process lives,
// and compares all that it found pair by pair.
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { Credential } from './credential.ts';

/** A rule of secretlint, as far as it is used here; its own types are in a package that nothing else needs. */
interface RecommendedRule {
  meta: { id: string };
  create(context: RuleContext, options: object): { file?(source: RuleSource): unknown };
}

interface RuleContext {
  sharedOptions: object;
  createTranslator(messages: unknown): (id: string, values?: unknown) => RuleMessage;
  report(found: { message: RuleMessage; range: readonly [start: number, end: number] }): void;
}

interface RuleMessage {
  message: string;
  messageId: string;
  data: undefined;
}

/** A text that is in no file: some rules look for one beside it, or only into files of certain names. */
interface RuleSource {
  content: string;
  filePath: 'text';
  ext: '.txt';
}

const PREFIX = '@secretlint/secretlint-rule-';

/** By it a text could say that it is not to be searched. */
const SILENCING = `${PREFIX}filter-comments`;

const OPTIONS: Record<string, object> = { [`${PREFIX}aws`]: { enableIDScanRule: true } };

/** @returns what finds, in one text after another, what secretlint recommends to look for */
export function recommendedSearch(): (text: string) => Credential[] {
  let found: Credential[] = [];
  const handlers = (rules as readonly RecommendedRule[])
    .filter(({ meta }) => meta.id !== SILENCING)
    .map((rule) => {
      const name = rule.meta.id.replace(PREFIX, '');
      const context: RuleContext = {
        sharedOptions: {},
        // The words of secretlint would quote the value.
        createTranslator: () => (messageId) => ({ message: '', messageId, data: undefined }),
        report: ({ range: [start, end] }) => void found.push({ rule: name, start, end }),
      };
      return rule.create(context, OPTIONS[rule.meta.id] ?? {});
    });
  return (text) => {
    found = [];
    for (const handler of handlers) handler.file?.({ content: text, filePath: 'text', ext: '.txt' });
    return found;
  };
}
