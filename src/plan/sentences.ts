// A plan in words: what a person is asked to approve. One sentence for each thing that changes or is gained.
// ASCII only, values quoted, so that no text from a snapshot can pose as a sentence (FORMAT.md F-9).
import type { BlobName } from '../codec/blob-name.ts';
import { quotedWhole } from '../codec/safe-text.ts';
import { type Gain, type GainKind, PERHAPS_NO_POLICY } from '../policy/gains.ts';
import { reachInWords } from '../policy/network-host.ts';
import { seenWithoutPolicy } from '../policy/wassette-versions.ts';
import { directoryInWords, type GrantedDirectory, writtenPath } from './directory-grants.ts';
import type { PlanStep } from './step.ts';

export type SentenceKind = GainKind | 'add' | 'remove' | 'policy';

export interface Sentence {
  kind: SentenceKind;
  component_ids: readonly string[];
  text: string;
}

/** Never said of several components at once: a person decides on each. */
const SINGLE = new Set<SentenceKind>(['write', 'runtime', 'no-policy', 'secrets', 'unread-secrets', 'code']);

/** Every sentence of a plan, in the order of its steps. Nothing to change gives none. */
export function describeSteps(
  steps: readonly PlanStep[],
  directories: ReadonlyMap<string, GrantedDirectory>,
): Sentence[] {
  const said = new Map<
    string,
    { kind: SentenceKind; ids: string[]; subjects: string[]; predicate: string }
  >();
  const say = (id: string, kind: SentenceKind, predicate: string, subject = quotedWhole(id)) => {
    const key = SINGLE.has(kind) ? `${kind} ${predicate} ${id}` : `${kind} ${predicate}`;
    const entry = said.get(key) ?? { kind, ids: [], subjects: [], predicate };
    // The steps come one by one.
    if (entry.ids.at(-1) !== id) {
      entry.ids.push(id);
      entry.subjects.push(subject);
    }
    said.set(key, entry);
  };
  for (const step of steps) {
    const id = step.component_id;
    if (step.action === 'add') {
      const { new: code } = step.wasm;
      const subject = `${quotedWhole(id)} (sha256 ${shortHash(code!)}, ${code!.size} bytes)`;
      say(id, 'add', 'will be installed', subject);
    }
    if (step.action === 'remove') say(id, 'remove', 'will be removed');
    const samePolicy = step.policy.old?.sha256 === step.policy.new?.sha256;
    if ((step.action === 'replace' && !samePolicy) || step.action === 'update-policy') {
      say(id, 'policy', step.policy.new === null ? 'will lose the policy file' : 'will get another policy');
    }
    for (const gain of step.gains) {
      if (gain.kind !== 'secrets') say(id, gain.kind, predicateOf(gain, step, directories));
    }
    const secrets = step.gains
      .filter((gain) => gain.kind === 'secrets')
      .map((gain) => quotedWhole(gain.value));
    if (secrets.length > 0) say(id, 'secrets', `will see the secrets stored here: ${secrets.join(', ')}`);
  }
  return [...said.values()].map(({ kind, ids, subjects, predicate }) => ({
    kind,
    component_ids: ids,
    text: `${subjects.join(', ')} ${predicate}`,
  }));
}

/** What the steps take away, one sentence for each thing and component. */
export function describeLosses(
  steps: readonly PlanStep[],
  directories: ReadonlyMap<string, GrantedDirectory>,
): string[] {
  return steps.flatMap((step) =>
    step.losses.map((loss) => `${quotedWhole(step.component_id)} ${lossOf(loss, directories)}`),
  );
}

function predicateOf(gain: Gain, step: PlanStep, directories: ReadonlyMap<string, GrantedDirectory>): string {
  const value = quotedWhole(gain.value);
  switch (gain.kind) {
    case 'network':
      return `may ${reachInWords(gain.reach!)}`;
    case 'dns':
      return 'may look up any name in the DNS, which is a way out for data';
    case 'read':
    case 'write':
    case 'environment':
    case 'ipc':
      return `may ${abilityOf(gain.kind, gain.value, directories)}`;
    case 'deny-removed':
      return `loses the deny entry ${value}`;
    case 'limit':
      return `gets a wider limit: ${value}`;
    case 'runtime':
      return `gets other runtime settings: ${value}`;
    case 'no-policy':
      return `will run ${noPolicyInWords(gain.value)}`;
    case 'code':
      return `gets new code under its permissions: ${codeName(step.wasm.old)} becomes ${codeName(step.wasm.new)}`;
    case 'secrets':
      return `will see the secret ${value}`;
    case 'unread-secrets':
      return `will see secrets stored here whose names cannot be read: ${value}`;
  }
}

/** A loss is a gain of the way back: a deny entry that would be lost then is new now. */
function lossOf({ kind, value, reach }: Gain, directories: ReadonlyMap<string, GrantedDirectory>): string {
  switch (kind) {
    case 'network':
      return reach?.kind === 'host'
        ? `may no longer ${reachInWords(reach)}`
        : `loses the network entry ${quotedWhole(value)}`;
    case 'dns':
      return 'may no longer look up any name in the DNS';
    case 'read':
    case 'write':
    case 'environment':
    case 'ipc':
      return `may no longer ${abilityOf(kind, value, directories)}`;
    case 'deny-removed':
      return `gets the deny entry ${quotedWhole(value)}`;
    case 'limit':
      return `gets a tighter limit: ${quotedWhole(value)}`;
    case 'no-policy':
      return 'no longer runs without a policy that Wassette reads, so may no longer read every environment variable';
    case 'secrets':
      return `may no longer see the secret ${quotedWhole(value)}`;
    case 'unread-secrets':
      return `may no longer see the secrets in ${quotedWhole(value)}`;
    case 'runtime':
    case 'code':
      return `loses the ${kind} ${quotedWhole(value)}`;
  }
}

/** What an allow entry lets a component do, behind "may". */
function abilityOf(
  kind: 'read' | 'write' | 'environment' | 'ipc',
  value: string,
  directories: ReadonlyMap<string, GrantedDirectory>,
): string {
  switch (kind) {
    case 'read':
    case 'write': {
      if (writtenPath(value) === null) return `${kind} nothing through the entry ${quotedWhole(value)}`;
      // Wassette lets it list what it may write.
      const names = kind === 'write' ? ', and see their names' : '';
      return `${kind} files in ${directoryInWords(value, directories)}${names}`;
    }
    case 'environment':
      return `read the environment variable ${quotedWhole(value)}`;
    case 'ipc':
      return `use the IPC endpoint ${quotedWhole(value)}`;
  }
}

function noPolicyInWords(value: string): string {
  switch (value) {
    case 'none':
      return 'WITHOUT A POLICY and may read every environment variable';
    case PERHAPS_NO_POLICY:
      return `WITHOUT A POLICY and may see ${seenWithoutPolicy('unknown')}`;
    default:
      return 'with a policy Wassette CANNOT READ and may read every environment variable';
  }
}

function codeName(file: BlobName | null): string {
  return file === null ? 'nothing' : `sha256 ${shortHash(file)} (${file.size} bytes)`;
}

/** Long enough that nobody finds other code with the same. */
function shortHash(file: BlobName): string {
  return file.sha256.slice(0, 16);
}
