// Says why a component cannot be joined, in words and as what each side did to it.
import { fewOf } from '../../codec/enumeration.ts';
import { quotedWhole } from '../../codec/safe-text.ts';
import type { PolicyConflict } from '../../policy/merge/merge.ts';
import type { Side } from '../../policy/merge/three-way.ts';
import type { Document } from '../../snapshot/document.ts';
import type { ConflictReason, PolicyKind } from '../../snapshot/merge/component.ts';
import type { ComponentConflict, DocumentSides } from '../../snapshot/merge/documents.ts';
import { gainInWords } from '../words/changes.ts';
import { type SideChange, sideChanges, valueInWords } from './side-change.ts';
import { differenceBetweenStates, type State } from './state-difference.ts';
import { statedComponent } from './stated-component.ts';

/** A component that both sides changed, and not alike. */
export interface MergeConflict {
  component_id: string;
  /** Why nobody but a person can join it: clauses that follow its name. */
  reasons: readonly string[];
  /** What ours did to it; null where it left it as it was. */
  ours: SideChange | null;
  /** What theirs did to it; null where it left it as it was. */
  theirs: SideChange | null;
}

/** @param labels how the snapshots are called in text diffs */
export function mergeConflicts(
  conflicts: readonly ComponentConflict[],
  { base, ours, theirs }: DocumentSides,
  labels: { base: string; ours: string; theirs: string },
): MergeConflict[] {
  const ids = new Set(conflicts.map(({ component_id }) => component_id));
  const before = stateOf(base, labels.base, ids);
  const changesBy = (document: Document, label: string) => {
    const differences = differenceBetweenStates(before, stateOf(document, label, ids));
    return sideChanges(base, document, ids, differences);
  };
  const [byOurs, byTheirs] = [changesBy(ours, labels.ours), changesBy(theirs, labels.theirs)];
  return conflicts.map(({ component_id, reasons }) => ({
    component_id,
    reasons: reasons.map(inWords),
    ours: byOurs.get(component_id) ?? null,
    theirs: byTheirs.get(component_id) ?? null,
  }));
}

function stateOf(document: Document | null, label: string, ids: ReadonlySet<string>): State {
  const components = document?.tree.components.filter(({ component_id }) => ids.has(component_id)) ?? [];
  return {
    label,
    components: components.map((component) =>
      statedComponent(component, document!.policyOf(component), component.metadata.tool_names),
    ),
    withoutPolicy: 'unknown',
  };
}

function inWords(reason: ConflictReason): string {
  switch (reason.kind) {
    case 'removed':
      return `was removed by ${reason.by} and changed by ${otherSide(reason.by)}`;
    case 'code':
      return 'has different code on each side';
    case 'source':
      return `has the same code from two sources: ${bothInWords(reason)}`;
    case 'policy-or-none':
      return `has ${POLICIES[reason.ours]} in ours, and ${POLICIES[reason.theirs]} in theirs`;
    case 'policies':
      return 'has two policies that were not made from one';
    case 'policy':
      return fewOf(reason.conflicts.map(policyInWords));
    case 'new-code-under-grants': {
      const gains = reason.gains.map((gain) => gainInWords(gain, new Map()));
      const what = gains.length === 0 ? 'another policy' : fewOf(gains);
      return `has new code by ${reason.codeOf}, which did not have what ${otherSide(reason.codeOf)} gives it: ${what}`;
    }
    case 'field':
      return `has two values of ${quotedWhole(reason.name)}: ${bothInWords(reason)}`;
  }
}

const POLICIES: Record<PolicyKind, string> = {
  own: 'a policy of its own',
  kept: 'the policy of its host',
  none: 'no policy',
};

function bothInWords({ ours, theirs }: Record<Side, unknown>): string {
  return `${valueInWords(ours)} in ours, and ${valueInWords(theirs)} in theirs`;
}

function policyInWords(conflict: PolicyConflict): string {
  switch (conflict.about) {
    case 'entry':
      return `is allowed two things by the entry ${quotedWhole(conflict.key)}`;
    case 'comment':
      return `has the entry ${quotedWhole(conflict.key)}, which one side changed and the other wrote a comment on`;
    case 'denied':
      return `is allowed ${quotedWhole(conflict.key)} by one side and denied it by the other`;
    case 'unit':
      return `has two values of ${quotedWhole(conflict.path)} in its policy`;
    case 'text': {
      const line = conflict.line === null ? '' : ` (line ${conflict.line})`;
      return `has a policy in ${conflict.side}${line} that cannot be joined by whole lines`;
    }
  }
}

function otherSide(side: Side): Side {
  return side === 'ours' ? 'theirs' : 'ours';
}
