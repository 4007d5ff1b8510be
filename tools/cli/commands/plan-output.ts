// Plans and results as `--json` and the terminal show them.

import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import type { ImportResult } from '../../../src/import.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { valueInWords } from '../../../src/plan/words.ts';
import type { RightsChange } from '../../../src/policy/gains.ts';
import { commandLine, type HostFlags } from '../../command-line.ts';
import { nothingToDo } from '../../nothing-to-do.ts';
import { print, printCommand, printJson, wrapped } from '../terminal.ts';

/** A plan without what only an approval needs. */
export function shownPlan(plan: Plan): object {
  const { digest, source, target, options, steps, sentences, lacks, warnings } = plan;
  return {
    plan_digest: digest,
    source,
    target,
    options: {
      component_ids: options.componentIds,
      skip_existing: options.skipExisting,
      remove_extra: options.removeExtra,
      allow_grants: options.allowGrants,
    },
    steps: steps.map(({ policyMeta, gains, losses, ...step }) => ({
      ...step,
      policy_meta: policyMeta,
      gains: gains.map(shown),
      losses: losses.map(shown),
    })),
    sentences: sentences.map((sentence) => sentence.text),
    lacks,
    warnings,
  };
}

/** What it lets a component reach is said by a sentence. */
function shown(change: RightsChange): object {
  return { kind: change.kind, value: valueInWords(change), enforced: change.enforced };
}

export function printResult(
  { plan, applied, importId, tools }: ImportResult,
  options: HostFlags & { json?: boolean },
  verb: 'Imported' | 'Undone',
): void {
  if (options.json) {
    printJson({
      ...shownPlan(plan),
      applied: applied.length,
      undo_record: importId,
      tools_available: tools,
    });
    return;
  }
  if (importId === null) {
    print(`\n${wrapped('', nothingToDo(plan))}`);
    return;
  }
  print(`\n${verb}: ${counted(applied.length, 'component')} changed.`);
  if (tools === null) print('Wassette reads its directory when it starts: start it now.');
  else print(wrapped('Tools available now: ', tools.map((tool) => safeText(tool, 128)).join(', ') || 'none'));
  if (verb === 'Imported') printCommand('To take this back:', commandLine(['undo'], options));
}
