// Who decides at the command line.
import type { Approver } from '../../src/site/approval.ts';
import { confirm, print } from './terminal.ts';

/** The person at the terminal, to whom the plan was shown already. */
export function askingHere(question: string, hintWhenDeclined: string, signal: AbortSignal): Approver {
  return {
    judge() {},
    async ask() {
      print('');
      return (await confirm(question, signal)) ? 'approved' : 'declined';
    },
    hintWhenDeclined,
  };
}

/** Nobody any more: the decision was made before, or asked for by an option. */
export const WITHOUT_A_QUESTION: Approver = {
  judge() {},
  ask: async () => 'approved',
  hintWhenDeclined: '',
};
