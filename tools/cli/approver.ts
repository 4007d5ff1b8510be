// The approvers at the command line: who decides about a plan there.
import type { Approver } from '../../src/site/approval/approver.ts';
import { confirm } from './question.ts';
import { print } from './terminal.ts';

/** Asks the person at the terminal, who has already seen the plan. @param isInputTaken as for `canAsk` */
export function askingHere(
  question: string,
  hintWhenDeclined: string,
  signal: AbortSignal,
  isInputTaken = false,
): Approver {
  return {
    kind: 'terminal',
    judge() {},
    async ask() {
      print('');
      return (await confirm(question, signal, isInputTaken)) ? 'approved' : 'declined';
    },
    how: 'terminal',
    hintWhenDeclined,
  };
}

/** Asks nobody: the decision was made before, by the digest of the plan, or for any plan by an option. */
export function withoutAQuestion(how: 'command-line' | 'nobody-asked'): Approver {
  return { kind: 'terminal', judge() {}, ask: async () => 'approved', how, hintWhenDeclined: '' };
}
