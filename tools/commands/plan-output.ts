// Plans and results as `--json` and the terminal show them.
import { safeText } from '../../src/codec/safe-text.ts';
import type { ImportResult } from '../../src/import.ts';
import type { Plan } from '../../src/model/plan.ts';
import { print, printJson, wrapped } from '../terminal.ts';

/** A plan without what only an approval needs. */
export function shownPlan(plan: Plan): object {
  const { digest, source, target, options, steps, sentences, lacks, warnings } = plan;
  return {
    plan_digest: digest,
    source,
    target,
    options,
    steps,
    sentences: sentences.map((sentence) => sentence.text),
    lacks,
    warnings,
  };
}

export function printResult(
  { plan, applied, importId, tools }: ImportResult,
  json: boolean,
  verb: 'Imported' | 'Undone',
): void {
  if (json) {
    printJson({
      ...shownPlan(plan),
      applied: applied.length,
      undo_record: importId,
      tools_available: tools,
    });
    return;
  }
  if (importId === null) {
    print('\nNothing to do.');
    return;
  }
  print(`\n${verb}: ${applied.length} component(s) changed.`);
  if (tools === null) print('Wassette reads its directory when it starts: start it now to serve them.');
  else print(wrapped('Tools available now: ', tools.map((tool) => safeText(tool, 128)).join(', ') || 'none'));
  if (verb === 'Imported') print('`wassette-state undo` takes this back.');
}
