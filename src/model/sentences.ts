// A plan in words: what a person is asked to approve. One sentence for each thing that changes or is gained.
// ASCII only, values quoted, so that no text from a snapshot can pose as a sentence (FORMAT.md F-9).
import { quoted } from '../codec/safe-text.ts';
import type { GrantedDirectory } from './directory-grants.ts';
import type { Gain, GainKind } from './gains.ts';
import type { PlanStep } from './step.ts';

export type SentenceKind = GainKind | 'add' | 'remove' | 'policy';

export interface Sentence {
  kind: SentenceKind;
  component_ids: readonly string[];
  text: string;
}

/** Never said of several components at once: a person decides on each. */
const SINGLE = new Set<SentenceKind>(['write', 'runtime', 'no-policy', 'secrets', 'code']);

/** Every sentence of a plan, in the order of its steps. Nothing to change gives none. */
export function describeSteps(
  steps: readonly PlanStep[],
  directories: ReadonlyMap<string, GrantedDirectory>,
): Sentence[] {
  const said = new Map<string, { kind: SentenceKind; ids: string[]; predicate: string }>();
  const say = (id: string, kind: SentenceKind, predicate: string) => {
    const key = SINGLE.has(kind) ? `${kind} ${predicate} ${id}` : `${kind} ${predicate}`;
    const entry = said.get(key) ?? { kind, ids: [], predicate };
    if (!entry.ids.includes(id)) entry.ids.push(id);
    said.set(key, entry);
  };
  for (const step of steps) {
    const id = step.component_id;
    if (step.action === 'add') say(id, 'add', 'will be installed');
    if (step.action === 'remove') say(id, 'remove', 'will be removed');
    const samePolicy = step.policy.old?.sha256 === step.policy.new?.sha256;
    if ((step.action === 'replace' && !samePolicy) || step.action === 'update-policy') {
      say(id, 'policy', step.policy.new === null ? 'will lose the policy file' : 'will get another policy');
    }
    for (const gain of step.gains) {
      if (gain.kind !== 'secrets') say(id, gain.kind, predicateOf(gain, step, directories));
    }
    const secrets = step.gains.filter((gain) => gain.kind === 'secrets').map((gain) => quoted(gain.value));
    if (secrets.length > 0) say(id, 'secrets', `will see the secrets stored here: ${secrets.join(', ')}`);
  }
  return [...said.values()].map(({ kind, ids, predicate }) => ({
    kind,
    component_ids: ids,
    text: `${ids.map(quoted).join(', ')} ${predicate}`,
  }));
}

function predicateOf(gain: Gain, step: PlanStep, directories: ReadonlyMap<string, GrantedDirectory>): string {
  const value = quoted(gain.value);
  const directory = quoted(directories.get(gain.value)?.real ?? gain.value);
  switch (gain.kind) {
    case 'network':
      return `may reach ${value}`;
    case 'read':
      return `may read files in ${directory}`;
    case 'write':
      return `may write files in ${directory}`;
    case 'environment':
      return `may read the environment variable ${value}`;
    case 'ipc':
      return `may use the IPC endpoint ${value}`;
    case 'deny-removed':
      return `loses the deny entry ${value}`;
    case 'limit':
      return `gets a wider limit: ${value}`;
    case 'runtime':
      return `gets other runtime settings: ${value}`;
    case 'no-policy':
      return gain.value === 'none'
        ? 'will run WITHOUT A POLICY and may read every environment variable'
        : 'will run with a policy Wassette CANNOT READ and may read every environment variable';
    case 'code':
      return `gets new code under its permissions: ${shortHash(step.wasm.old)} becomes ${shortHash(step.wasm.new)}`;
    case 'secrets':
      return `will see the secret ${value}`;
  }
}

function shortHash(file: { sha256: string; size: number } | null): string {
  return file === null ? 'nothing' : `sha256 ${file.sha256.slice(0, 16)} (${file.size} bytes)`;
}
