// Compares two states: code, policies and what they allow, names of secrets. Where the states come from, and how a
// difference is laid out, is decided elsewhere.
import { canonicalBytes } from '../../codec/canonical-json.ts';
import { differenceBetweenTools, type ToolDifference } from '../../component/tool-difference.ts';
import type { RightsChangeKind } from '../../policy/gains.ts';
import type { Rights } from '../../policy/policy.ts';
import type { WithoutPolicy } from '../../policy/wassette-versions.ts';
import { differenceInWords } from '../words/changes.ts';
import { PolicyPatches } from '../words/policy-patches.ts';
import type { UncomparedPart } from './uncompared.ts';

/** The code of a component, as far as it is known: the code itself may not be available. */
export interface StatedCode {
  sha256: string | null;
  /** In bytes. */
  size: number | null;
  /** Where it can be had. */
  sourceUri: string | null;
}

/** One component of a state. */
export interface StatedComponent {
  component_id: string;
  code: StatedCode;
  /** Their names; null where nobody says them. */
  tools: readonly string[] | null;
  /**
   * The definitions of its tools, as Wassette lists them, by each who says them: what a host has cached, and each Wassette
   * that runs there. Absent where nobody says them.
   */
  toolLists?: readonly (readonly unknown[])[];
  /** Null for a manifest that leaves the policy of its host as it is. */
  rights: Rights | null;
  /** Null without a policy, where only its rights are known, and where it is no text. */
  policyText: string | null;
  /** Null where nothing says them, and where some may be stored whose names cannot be read. */
  secretNames: readonly string[] | null;
  /** What there is of it and could not be read. */
  unread?: readonly UncomparedPart[];
}

export interface State {
  /** How its policies are called in a text diff, such as a reference. */
  label: string;
  components: readonly StatedComponent[];
  /** What there is of a host, of no single component, and could not be read. */
  unread?: readonly UncomparedPart[];
  /** What having no policy means where it runs. */
  withoutPolicy: WithoutPolicy;
}

/** What is in one list of names and not in the other. */
export interface NamesDifference {
  added: readonly string[];
  removed: readonly string[];
}

/** Of one component's code; null where it is not there, or not known. */
export interface CodeDifference {
  from: StatedCode | null;
  to: StatedCode | null;
  /** None where one side does not name them. */
  tools: NamesDifference;
}

/** Of one component's policy. */
export interface PolicyDifference {
  /** In words that follow the name of the component. */
  gains: readonly string[];
  /** What each gain is about, in the same order. */
  gainKinds: readonly RightsChangeKind[];
  losses: readonly string[];
  /** A unified diff of both texts; null where one is not known or cannot be read, or where too many lines differ. */
  patch: string | null;
}

/** What differs of one component. */
export interface ComponentDifference {
  component_id: string;
  action: 'added' | 'removed' | 'changed';
  /** Null where it is the same. */
  code: CodeDifference | null;
  /** Null where it is the same. */
  policy: PolicyDifference | null;
  /** What differs in the definitions of its tools; none where it was added or removed, or where one side does not say them. */
  tools: readonly ToolDifference[];
  /** Null where they are the same. */
  secretNames: NamesDifference | null;
  /**
   * How what it may do afterwards fits what its code can do, in words that follow its name. Absent where the code was not
   * looked at; that there is none says nothing.
   */
  remarks?: readonly string[];
}

/** The components that differ, by id; none for two states that run the same code under the same policies. */
export function differenceBetweenStates(from: State, to: State): ComponentDifference[] {
  const before = new Map(from.components.map((component) => [component.component_id, component]));
  const after = new Map(to.components.map((component) => [component.component_id, component]));
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
  const patches = new PolicyPatches(from.label, to.label);
  const meaning = from.withoutPolicy === to.withoutPolicy ? to.withoutPolicy : 'unknown';
  return ids.flatMap(
    (id) => differenceOf(before.get(id) ?? null, after.get(id) ?? null, meaning, patches) ?? [],
  );
}

function differenceOf(
  before: StatedComponent | null,
  after: StatedComponent | null,
  meaning: WithoutPolicy,
  patches: PolicyPatches,
): ComponentDifference | null {
  const code = codeDifference(before, after);
  const policy = policyDifference(before, after, meaning, patches);
  const tools = toolsDifference(before, after);
  const secretNames = secretsDifference(before, after);
  const { component_id } = (before ?? after)!;
  const action = before === null ? 'added' : after === null ? 'removed' : 'changed';
  const isSame = code === null && policy === null && tools.length === 0 && secretNames === null;
  return action === 'changed' && isSame ? null : { component_id, action, code, policy, tools, secretNames };
}

function codeDifference(
  before: StatedComponent | null,
  after: StatedComponent | null,
): CodeDifference | null {
  const [from, to] = [before?.code ?? null, after?.code ?? null];
  if (from !== null && to !== null && isSameCode(from, to)) return null;
  const isKnown = before?.tools !== null && after?.tools !== null;
  const tools = isKnown ? namesBetween(before?.tools ?? [], after?.tools ?? []) : { added: [], removed: [] };
  return { from, to, tools };
}

/** What is not known is the same as far as it comes from the same address. */
function isSameCode(from: StatedCode, to: StatedCode): boolean {
  if (from.sha256 !== null && to.sha256 !== null) return from.sha256 === to.sha256;
  return from.sha256 === to.sha256 && from.sourceUri === to.sourceUri;
}

/** Of whoever says them otherwise than another the first is told. */
function toolsDifference(before: StatedComponent | null, after: StatedComponent | null): ToolDifference[] {
  const found = new Map<string, ToolDifference>();
  for (const from of before?.toolLists ?? [])
    for (const to of after?.toolLists ?? [])
      for (const tool of differenceBetweenTools(from, to))
        if (!found.has(tool.name)) found.set(tool.name, tool);
  return [...found.values()];
}

/** Where one side does not say its names there is nothing to compare. */
function secretsDifference(
  before: StatedComponent | null,
  after: StatedComponent | null,
): NamesDifference | null {
  if (before?.secretNames === null || after?.secretNames === null) return null;
  const names = namesBetween(before?.secretNames ?? [], after?.secretNames ?? []);
  return names.added.length + names.removed.length === 0 ? null : names;
}

/** Two texts that allow the same differ, too: which one is there is part of a state. */
function policyDifference(
  before: StatedComponent | null,
  after: StatedComponent | null,
  meaning: WithoutPolicy,
  patches: PolicyPatches,
): PolicyDifference | null {
  // A policy that stays what it is on a host cannot be compared.
  if (before?.rights === null || after?.rights === null) return null;
  if (before !== null && after !== null && isSamePolicy(before, after)) return null;
  const words = differenceInWords(before?.rights ?? null, after?.rights ?? null, meaning);
  const isKnown = [before, after].every((component) => component === null || isTextShown(component));
  const id = (before ?? after)!.component_id;
  const texts = [before?.policyText ?? null, after?.policyText ?? null] as const;
  return { ...words, patch: isKnown ? patches.between(id, ...texts) : null };
}

function isSamePolicy(before: StatedComponent, after: StatedComponent): boolean {
  return isTextKnown(before) && isTextKnown(after)
    ? before.policyText === after.policyText
    : canonicalBytes(before.rights).equals(canonicalBytes(after.rights));
}

/** What cannot be read as a policy may be anything, such as a file of passwords under its name. */
function isTextShown(component: StatedComponent): boolean {
  return isTextKnown(component) && component.rights !== 'unreadable';
}

function isTextKnown({ policyText, rights }: StatedComponent): boolean {
  return policyText !== null || rights === 'none';
}

function namesBetween(old: readonly string[], now: readonly string[]): NamesDifference {
  const [before, after] = [new Set(old), new Set(now)];
  return {
    added: now.filter((name) => !before.has(name)),
    removed: old.filter((name) => !after.has(name)),
  };
}
