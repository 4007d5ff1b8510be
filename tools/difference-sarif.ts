// What differs between two states as SARIF 2.1.0, which code scanning shows at the snapshot's file: a rule for each kind of
// difference, a result for each thing that differs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '../src/codec/digest.ts';
import type { StatesDifference } from '../src/diff.ts';
import type { ComponentDifference } from '../src/plan/comparison/state-difference.ts';
import type { Uncompared } from '../src/plan/comparison/uncompared.ts';
import {
  codeLinesOf,
  lastImportInWords,
  secretLinesOf,
  titleOf,
  toolInWords,
  uncomparedAndHelp,
} from './difference-words.ts';
import { VERSION } from './version.ts';

type Level = 'error' | 'warning' | 'note';

/** What a difference can be; `severity` is what GitHub ranks security alerts by, from 0 to 10. */
const RULES = {
  'component-added': { level: 'error', severity: 8, says: 'A component was added' },
  'component-removed': { level: 'warning', severity: 3, says: 'A component was removed' },
  'code-changed': { level: 'error', severity: 8, says: 'A component has other code' },
  'permission-gained': { level: 'error', severity: 9, says: 'A component may do more' },
  'permission-lost': { level: 'warning', severity: 2, says: 'A component may do less' },
  'policy-text-changed': { level: 'note', severity: 1, says: 'A policy allows the same in other words' },
  'tool-changed': { level: 'error', severity: 9, says: 'Models are told something else of a tool' },
  'not-compared': { level: 'error', severity: 5, says: 'Something could not be compared' },
  'secret-changed': { level: 'note', severity: 1, says: 'Other secrets are stored for a component' },
} as const satisfies Record<string, { level: Level; severity: number; says: string }>;

type RuleId = keyof typeof RULES;
const RULE_IDS = Object.keys(RULES) as RuleId[];

interface Result {
  rule: RuleId;
  text: string;
  /** By what the same is known in the next run, where that is not its text. */
  known?: string;
  /** What differs as a whole, where the text shows only a part of it. */
  whole?: unknown;
}

/** @param workingDirectory files below it are named relative to it, as a repository's are */
export function sarifOf(difference: StatesDifference, workingDirectory: string): object {
  const { from, to, isHost, components, uncompared, notes } = difference;
  const uri = uriOf(from, workingDirectory);
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'wassette-state', version: VERSION, rules: RULE_IDS.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...components.flatMap((component) =>
            resultsOf(component).map((result) => resultAt(uri, component.component_id, result)),
          ),
          ...uncomparedAt(uri, uncompared),
        ],
        properties: { from, to, notes, ...(isHost ? { lastImport: lastImportInWords(difference) } : {}) },
      },
    ],
  };
}

function ruleOf(id: RuleId): object {
  const { level, severity, says } = RULES[id];
  return {
    id,
    shortDescription: { text: says },
    defaultConfiguration: { level },
    properties: { tags: ['security'], 'security-severity': severity.toFixed(1) },
  };
}

function resultAt(uri: string, component: string, result: Result): object {
  const { rule, text } = result;
  return {
    ruleId: rule,
    ruleIndex: RULE_IDS.indexOf(rule),
    level: RULES[rule].level,
    message: { text: withoutPlaceholders(text) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
        logicalLocations: [{ name: component, kind: 'module' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprintOf(component, result) },
  };
}

/**
 * The same difference in the next run is the same alert. GitHub looks at this fingerprint alone; where there is none, its upload
 * action makes one of the line, which is the same for all results of a rule: who dismisses one of them dismisses all.
 */
function fingerprintOf(component: string, { rule, text, known = text, whole = null }: Result): string {
  return sha256Hex(JSON.stringify([rule, component, known, whole])).slice(0, 32);
}

/**
 * For each component by itself, so that the alert of one that can be compared again is closed. Known by what it is about, and by
 * its place among those: its text names processes, which are others in the next run.
 */
function uncomparedAt(uri: string, uncompared: readonly Uncompared[]): object[] {
  const counts = new Map<string, number>();
  return uncompared.flatMap((part) => {
    const { about, component_ids: ids } = part;
    const each = ids.length === 0 ? [null] : ids;
    return each.map((id) => {
      const key = JSON.stringify([about, id]);
      const place = counts.get(key) ?? 0;
      counts.set(key, place + 1);
      const text = uncomparedAndHelp({ ...part, component_ids: id === null ? [] : [id] });
      return resultAt(uri, id ?? 'this host', { rule: 'not-compared', text, known: `${about} ${place}` });
    });
  });
}

function resultsOf(component: ComponentDifference): Result[] {
  const { action, code, policy, tools } = component;
  const of = (rule: RuleId, texts: readonly string[], whole?: unknown) =>
    texts.map((text): Result => ({ rule, text: `${titleOf(component)}: ${text}`, whole }));
  const inOneLine = (lines: readonly string[]) => (lines.length === 0 ? [] : [lines.join('; ')]);
  const isSameForAll = policy !== null && policy.gains.length + policy.losses.length === 0;
  return [
    ...of(
      action === 'changed' ? 'code-changed' : `component-${action}`,
      inOneLine(codeLinesOf(component)),
      code,
    ),
    ...of('permission-gained', policy?.gains ?? []),
    ...of('permission-lost', policy?.losses ?? []),
    ...(isSameForAll
      ? of('policy-text-changed', ['its policy has another text, which allows the same'], policy.patch)
      : []),
    ...tools.flatMap((tool) => of('tool-changed', [toolInWords(tool).join('; ')], tool.sha256)),
    ...of('secret-changed', inOneLine(secretLinesOf(component))),
  ];
}

/** Braces stand for arguments in a message. What is quoted has no brackets left, so there is no link in it. */
function withoutPlaceholders(text: string): string {
  return text.replaceAll(/[{}]/g, '$&$&');
}

/**
 * Of a file in the working directory where it is; of anything else what it is called, with its scheme as a folder. Always relative:
 * GitHub rejects a whole file of results for one address with another scheme than that of its checkout.
 */
function uriOf(reference: string, workingDirectory: string): string {
  return pathOf(reference, workingDirectory)
    .filter((part) => !['', '.', '..'].includes(part))
    .map(encodeURIComponent)
    .join('/');
}

function pathOf(reference: string, workingDirectory: string): string[] {
  const scheme = /^(?:sha256(?=:)|[a-z][a-z0-9+.-]*(?=:\/\/))/i.exec(reference)?.[0];
  const isFile = scheme === undefined || scheme.toLowerCase() === 'file';
  if (!isFile) return [scheme, ...reference.slice(scheme.length + 1).split('/')];
  const file = scheme === undefined ? path.resolve(workingDirectory, reference) : fileURLToPath(reference);
  const relative = path.relative(workingDirectory, file).split(path.sep);
  return relative[0] === '..' || path.isAbsolute(relative.join(path.sep))
    ? ['file', ...file.split(path.sep)]
    : relative;
}
