// Remarks on how what is allowed fits what code can do, to follow the name of the component. That code lacks a function is
// certain; that it has one says only that it could call it. So none says that something is not needed, or will fail, and none
// takes the place of a sentence about a gain.
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import type { Abilities, CodeAbility } from '../../component/abilities.ts';
import { NOTHING_GRANTED } from '../../policy/name-rules.ts';
import { beyond, type NetworkReach, reachesOf } from '../../policy/network-host.ts';
import type { Rights } from '../../policy/policy.ts';
import { writtenPath } from '../directory-grants.ts';

/** Code together with what it may do. */
export interface CodeUnderRights {
  /** Null where the code is not at hand, or not understood: then nothing is said. */
  abilities: Abilities | null;
  rights: Rights;
}

/** What is allowed by name; nothing where there is no policy that Wassette reads. */
interface Allowed {
  hosts: readonly NetworkReach[];
  directories: readonly string[];
  variables: readonly string[];
  lookUps: boolean;
}

const NOTHING: Allowed = { hosts: [], directories: [], variables: [], lookUps: false };
const MOST_NAMED = 5;
/** As many are said whole. */
const FEW_REMARKS = 3;
/** A remark on what is allowed and not used begins so, and has before what the code does not do: */
const ALLOWED = 'it is allowed ';
const BUT = ', but its code ';
const READS_NONE = 'reads none';

/** @param replaced the code before, where there is other code now */
export function fitInWords(
  { abilities, rights }: CodeUnderRights,
  replaced: CodeUnderRights | null = null,
): string[] {
  // A policy that we cannot read may be one that Wassette reads.
  if (abilities === null || rights === 'unreadable') return [];
  const allowed = allowedBy(rights);
  const newly = replaced?.abilities ? beyondThese(abilities, replaced.abilities) : null;
  return [
    ...unused(allowed, abilities),
    ...notAllowed(allowed, abilities),
    ...(newly === null ? [] : newlyUsed(inBoth(allowed, allowedBy(replaced!.rights)), newly)),
  ];
}

/** What is remarked on a component, in words that follow its name. */
export interface Remarked {
  component_id: string;
  remarks?: readonly string[] | undefined;
}

/**
 * With the names in front: a remark that is made on several components is said once. Where there are more than a few, what
 * is allowed and not used is not named any more for components whose code lacks the same.
 */
export function withNames(components: readonly Remarked[]): string[] {
  const all = said(components);
  return all.length <= FEW_REMARKS ? all : said(inShort(components));
}

function said(components: readonly Remarked[]): string[] {
  const names = new Map<string, string[]>();
  for (const { component_id, remarks = [] } of components) {
    for (const remark of remarks) {
      const known = names.get(remark) ?? [];
      known.push(quoted(component_id));
      names.set(remark, known);
    }
  }
  return [...names].map(([remark, each]) => `${fewOf(each)}: ${remark}`);
}

/** With one remark for all that is not used, where it is the same for another component. */
function inShort(components: readonly Remarked[]): Remarked[] {
  const short = components.map(({ remarks = [] }) => {
    const lacking = remarks.filter(isOnUnused).map(lackingIn);
    return lacking.length === 0 ? null : `its code ${lacking.join(', and ')}, which it is allowed`;
  });
  return components.map(({ component_id, remarks = [] }, i) => {
    const one = short[i] ?? null;
    if (one === null || short.indexOf(one) === short.lastIndexOf(one)) return { component_id, remarks };
    return { component_id, remarks: [one, ...remarks.filter((remark) => !isOnUnused(remark))] };
  });
}

/** What the code does not do, in words that name nothing. */
function lackingIn(remark: string): string {
  const lacking = remark.slice(remark.lastIndexOf(BUT) + BUT.length);
  return lacking === READS_NONE ? 'reads no environment variables' : lacking;
}

function isOnUnused(remark: string): boolean {
  return remark.startsWith(ALLOWED) && remark.includes(BUT);
}

function unused({ hosts, directories, variables }: Allowed, abilities: Abilities): string[] {
  const lookUps = abilities.has('look-ups') ? ' (it can look up names, which any network entry allows)' : '';
  const lacks = (ability: CodeAbility, names: readonly string[], remark: string) =>
    names.length === 0 || abilities.has(ability) ? [] : [remark];
  const s = variables.length === 1 ? '' : 's';
  return [
    ...lacks(
      'http',
      textsOf(hosts),
      `${ALLOWED}${few(textsOf(hosts))}${BUT}makes no HTTP requests${lookUps}`,
    ),
    ...lacks('files', directories, `${ALLOWED}${few(directories)}${BUT}opens no files`),
    ...lacks(
      'environment',
      variables,
      `${ALLOWED}the environment variable${s} ${few(variables)}${BUT}${READS_NONE}`,
    ),
  ];
}

/** That code can read variables says nothing: nearly all of it can. */
function notAllowed({ hosts, directories }: Allowed, abilities: Abilities): string[] {
  return [
    ...(abilities.has('http') && hosts.length === 0
      ? ['its code can make HTTP requests; no host is allowed']
      : []),
    ...(abilities.has('files') && directories.length === 0
      ? ['its code can open files; no directory is allowed']
      : []),
  ];
}

/** @param allowed before and after */
function newlyUsed({ hosts, directories, variables, lookUps }: Allowed, newly: Abilities): string[] {
  const remark = (ability: CodeAbility, doing: string, already: string | null) =>
    already === null || !newly.has(ability)
      ? []
      : [`the new code can ${doing}, the old could not; ${already} already allowed`];
  const named = (names: readonly string[]) =>
    names.length === 0 ? null : `${few(names)} ${names.length === 1 ? 'is' : 'are'}`;
  return [
    ...remark('http', 'make HTTP requests', named(textsOf(hosts))),
    ...remark('files', 'open files', named(directories)),
    ...remark('environment', 'read environment variables', named(variables)),
    ...remark('look-ups', 'look up names in the DNS', lookUps ? 'any name is' : null),
  ];
}

function allowedBy(rights: Rights): Allowed {
  if (typeof rights === 'string') return NOTHING;
  const { network, storage, environment } = rights;
  return {
    // Other entries reach nothing.
    hosts: reachesOf(network.allow).filter(({ kind }) => kind === 'host' || kind === 'unknown'),
    directories: storage.allow.map(({ uri }) => uri).filter((uri) => writtenPath(uri) !== null),
    variables: environment.filter((name) => name !== NOTHING_GRANTED),
    lookUps: network.allow.length > 0,
  };
}

function inBoth(now: Allowed, before: Allowed): Allowed {
  const beyondBefore = beyond(before.hosts);
  return {
    hosts: now.hosts.filter((reach) => beyondBefore(reach) === null),
    directories: now.directories.filter((uri) => before.directories.includes(uri)),
    variables: now.variables.filter((name) => before.variables.includes(name)),
    lookUps: now.lookUps && before.lookUps,
  };
}

function beyondThese(abilities: Abilities, others: Abilities): Abilities {
  return new Set([...abilities].filter((ability) => !others.has(ability)));
}

function textsOf(hosts: readonly NetworkReach[]): string[] {
  return hosts.map(({ text }) => text);
}

function few(names: readonly string[]): string {
  return fewOf(names.map(quoted), MOST_NAMED);
}
