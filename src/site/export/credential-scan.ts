// Looks through every text that an export would write for what seems to be a credential, and refuses. It names where one
// stands, and never what it is.

import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import type { Credential } from '../../credentials/credential.ts';
import { type FindingPlace, findingId } from '../../credentials/finding-id.ts';
import { credentialSearch } from '../../credentials/search.ts';
import { PolicyError } from '../../errors.ts';
import type { SnapshotDocument } from '../../snapshot/shape.ts';
import { type DocumentText, textsOf } from '../../snapshot/texts.ts';

interface Finding extends FindingPlace {
  id: string;
  /** The index of the component. */
  component: number | null;
  /** Of the text of the field; the first is 1. */
  line: number;
}

const MOST_NAMED = 20;
/** More than anybody looks through: the search ends. */
const MOST_FOUND = 500;

/** Between two texts: no rule reads across it. */
const BETWEEN = '\n\0\n';
/** Texts are searched together up to about this length, since a search costs more to begin than to go on. */
const TOGETHER = 64 * 1024;

/**
 * @param name that of the snapshot in the store, if it gets one
 * @param allowed ids of findings that somebody lets through
 * @returns a line about those that were let through, if any
 * @throws PolicyError POLICY_CREDENTIAL_FOUND for all others
 */
export function assertNoCredentials(
  { tree, name }: { tree: SnapshotDocument; name?: string | undefined },
  allowed: ReadonlySet<string>,
): string[] {
  const refused: Finding[] = [];
  const passed: Finding[] = [];
  for (const finding of findingsIn(tree, name)) {
    (allowed.has(finding.id) ? passed : refused).push(finding);
    if (refused.length > MOST_FOUND) break;
  }
  const ids = new Set(
    [...refused, ...passed].flatMap((f) => (f.field === 'component_id' ? [f.component] : [])),
  );
  const inWords = (finding: Finding) => described(finding, ids.has(finding.component));
  if (refused.length > 0) throw credentialsFound(refused, inWords);
  if (passed.length === 0) return [];
  return [`looks like a credential and was allowed: ${fewOf(passed.map(inWords), MOST_NAMED, '; ')}`];
}

function* findingsIn(tree: SnapshotDocument, name: string | undefined): Generator<Finding> {
  const search = credentialSearch();
  const ordinals = new Map<string, number>();
  for (const texts of groupsOf(allTexts(tree, name))) {
    for (const { rule, at, line } of credentialsIn(texts, search)) {
      const { component, field } = at;
      const componentId = component === null ? null : tree.components[component]!.component_id;
      const key = JSON.stringify([component, field, rule]);
      const ordinal = (ordinals.get(key) ?? 0) + 1;
      ordinals.set(key, ordinal);
      const place = { componentId, field, rule, ordinal };
      yield { ...place, id: findingId(place), component, line };
    }
  }
}

function* allTexts(tree: SnapshotDocument, name: string | undefined): Generator<DocumentText> {
  if (name !== undefined) yield { component: null, field: 'name', text: name };
  yield* textsOf(tree);
}

function* groupsOf(texts: Iterable<DocumentText>): Generator<DocumentText[]> {
  let group: DocumentText[] = [];
  let length = 0;
  for (const text of texts) {
    group.push(text);
    length += text.text.length;
    if (length < TOGETHER) continue;
    yield group;
    group = [];
    length = 0;
  }
  if (group.length > 0) yield group;
}

function credentialsIn(
  texts: readonly DocumentText[],
  search: (text: string) => Credential[],
): { rule: string; at: DocumentText; line: number }[] {
  const found = search(texts.map(({ text }) => text).join(BETWEEN));
  let index = 0;
  let begin = 0;
  return found.map(({ rule, start }) => {
    while (start >= begin + texts[index]!.text.length + BETWEEN.length) {
      begin += texts[index]!.text.length + BETWEEN.length;
      index++;
    }
    const at = texts[index]!;
    return { rule, at, line: at.text.slice(0, start - begin).split('\n').length };
  });
}

/** @param isUnnamed whether the id of its component is a finding, too */
function described({ component, componentId, field, line, rule, id }: Finding, isUnnamed: boolean): string {
  const owner =
    component === null || componentId === null
      ? 'snapshot'
      : `component ${isUnnamed ? component + 1 : quoted(componentId)}`;
  return `${owner}, ${field}, line ${line}: ${rule} (${id})`;
}

function credentialsFound(found: readonly Finding[], inWords: (finding: Finding) => string): PolicyError {
  const named = found.slice(0, MOST_FOUND);
  const count = found.length > MOST_FOUND ? `more than ${MOST_FOUND}` : found.length;
  const what =
    found.length === 1
      ? 'what is to be exported seems to hold a credential'
      : `what is to be exported seems to hold ${count} credentials`;
  return new PolicyError(
    'POLICY_CREDENTIAL_FOUND',
    `${what}: ${fewOf(named.map(inWords), MOST_NAMED, '; ')}`,
    {
      hint: 'take it out where it stands; if others could read it there, have it replaced',
      remedy: { do: 'allow-finding', ids: named.map(({ id }) => id) },
      details: { count: found.length, findings: named.slice(0, MOST_NAMED).map(inWords) },
    },
  );
}
