// How the difference of one component is printed: by `diff`, by `merge` for what each side did, and by `log` without texts.
import type {
  ComponentDifference,
  PolicyDifference,
  StatedCode,
} from '../../../../src/plan/comparison/state-difference.ts';
import { linesOf, NO_PATCH, titleOf } from '../../../difference-words.ts';
import { print, styled, wrapped } from '../../terminal.ts';

const MARKS = { added: '+', removed: '-', changed: '~' } as const;
const COLOURS = { added: 'green', removed: 'red', changed: 'yellow' } as const;

/** For a terminal. @param margin goes before each line @param more what else has changed */
export function printDifference(
  component: ComponentDifference,
  margin = '',
  more: readonly string[] = [],
): void {
  const { action, policy, remarks = [] } = component;
  printChange(component, margin);
  for (const line of more) print(wrapped(`${margin}    `, line));
  for (const remark of remarks) print(wrapped(`${margin}    ? `, remark));
  if (policy?.patch === null) print(wrapped(`${margin}    `, NO_PATCH));
  else if (action === 'changed' && policy?.patch) print(`\n${indented(policy.patch, `${margin}    `)}`);
}

/** The same without the text of its policy. */
export function printChange(component: ComponentDifference, margin: string): void {
  const { action, policy } = component;
  print(styled(wrapped(`${margin}${MARKS[action]} `, titleOf(component)), COLOURS[action]));
  for (const line of linesOf(component)) print(wrapped(`${margin}    `, line));
  for (const text of policy?.gains ?? []) print(styled(wrapped(`${margin}    + `, text), 'green'));
  for (const text of policy?.losses ?? []) print(styled(wrapped(`${margin}    - `, text), 'red'));
}

/** As JSON. */
export function shownDifference(component: ComponentDifference): object {
  const { component_id, action, code, policy, tools, secretNames, remarks = [] } = component;
  return {
    component_id,
    action,
    code: code && { from: shownCode(code.from), to: shownCode(code.to), tools: code.tools },
    policy: policy && shownPolicy(policy),
    tools,
    secret_names: secretNames,
    remarks,
  };
}

function shownCode(code: StatedCode | null): object | null {
  return code && { sha256: code.sha256, size: code.size, source_uri: code.sourceUri };
}

function shownPolicy({ gains, losses, patch }: PolicyDifference): object {
  return { gains, losses, patch };
}

function indented(text: string, margin: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${margin}${line}`)
    .join('\n');
}
