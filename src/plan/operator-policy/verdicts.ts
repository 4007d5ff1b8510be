// Judges a plan by the operator's policy: what each step brings, as values, against the rule about it (FORMAT.md, F-17.3).
import { fewOf } from '../../codec/enumeration.ts';
import { quotedWhole } from '../../codec/safe-text.ts';
import { findGains, type RightsChange } from '../../policy/gains.ts';
import type { Rights } from '../../policy/policy.ts';
import type { PlanSigner } from '../signers.ts';
import type { Source } from '../source.ts';
import { isChanging, type PlanStep } from '../step.ts';
import type { DesiredComponent, TargetComponent, TargetState } from '../target.ts';
import { gainInWords } from '../words/changes.ts';
import { describeSteps, isEvent, type SentenceKind } from '../words/sentences.ts';
import {
  type Entries,
  lineOfDirectory,
  lineOfFile,
  lineOfId,
  lineOfReach,
  lineOfSigner,
  lineOfStore,
  lineOfUri,
  lineOfVariable,
  type RealPaths,
} from './coverage.ts';
import type { ListRule, OperatorPolicy, RuleName } from './rules.ts';

/** What the operator's policy says about one thing that an import would bring. */
export interface Verdict {
  /** Null for what is said of the snapshot. */
  component_id: string | null;
  /** What would be brought, as a review says it. */
  text: string;
  /** The rule that is about it; null when no rule is. */
  rule: RuleName | null;
  /** The line that decides: of the entry that allows it, or else of the rule. */
  line: number | null;
  decision: 'allowed' | 'refused' | 'not capped';
  /** Whether it is on the host already: then an import would not bring it, and is not refused for it. */
  is_here: boolean;
}

/** What is judged. */
export interface Brought {
  steps: readonly PlanStep[];
  desired: readonly DesiredComponent[];
  target: TargetState;
  /** Null when nobody can tell. */
  openedFrom: Source | null;
  /** Those whose signatures of the snapshot hold. */
  signers: readonly PlanSigner[];
  /**
   * By component, where code is loaded from by this host's own word, or would be fetched from; what a snapshot says of code
   * that is here proves nothing.
   */
  codeFrom: ReadonlyMap<string, Source>;
  /** Where the paths of the policy lead here. */
  real: RealPaths;
}

/** Whatever is said in a review, and what new code may do besides, each with the rule that decides. */
export function judge(policy: OperatorPolicy, brought: Brought): Verdict[] {
  const changing = brought.steps.filter(({ action }) => isChanging(action));
  if (changing.length === 0) return [];
  const judging = new Judging(policy, brought);
  return [...judging.snapshot(), ...changing.flatMap((step) => judging.step(step))];
}

/** The same, and of components that are here already as the snapshot has them, all that they may do. */
export function judgeWithPresent(policy: OperatorPolicy, brought: Brought): Verdict[] {
  const present = brought.steps.filter(({ action }) => action === 'unchanged');
  const judging = new Judging(policy, brought);
  const judged = judge(policy, brought);
  return [
    ...(judged.length > 0 || present.length === 0 ? judged : judging.snapshot()),
    ...present.flatMap((step) => judging.present(step)),
  ];
}

/** Sentences about what no rule caps. */
const UNCAPPED: readonly SentenceKind[] = [
  'secrets',
  'unread-secrets',
  'stored-secrets',
  'ipc',
  'runtime',
  'deny-removed',
];

class Judging {
  readonly #desired: ReadonlyMap<string, DesiredComponent>;
  readonly #there: ReadonlyMap<string, TargetComponent>;

  constructor(
    private readonly policy: OperatorPolicy,
    private readonly brought: Brought,
  ) {
    const byId = <T extends { component_id: string }>(components: readonly T[]) =>
      new Map(components.map((component) => [component.component_id, component]));
    this.#desired = byId(brought.desired);
    this.#there = byId(brought.target.components);
  }

  snapshot(): Verdict[] {
    const { openedFrom, signers } = this.brought;
    const accepted = signers.flatMap(({ names }) => names);
    const by = accepted.length === 0 ? 'nobody who is accepted here' : fewOf(accepted.map(quotedWhole));
    const text = `the snapshot is signed by ${by}`;
    return [
      openedFrom === null
        ? this.#listed(null, 'the snapshot comes from no place that is known', 'sources', () => null)
        : this.#source(null, 'the snapshot', openedFrom),
      this.#listed(null, text, 'signers', (entries) => lineOfSigner(entries, accepted)),
      this.#signature(text, accepted.length > 0),
    ];
  }

  #signature(text: string, isSigned: boolean): Verdict {
    const { line, required } = this.policy.require_signature;
    const decision = !required ? 'not capped' : isSigned ? 'allowed' : 'refused';
    return { component_id: null, text, rule: 'require_signature', line, decision, is_here: false };
  }

  #source(id: string | null, what: string, source: Source): Verdict {
    const { real } = this.brought;
    const verdict = (place: string, line: (entries: Entries<string>) => number | null) =>
      this.#listed(id, `${what} comes from ${place}`, 'sources', line);
    switch (source.kind) {
      case 'store':
        return verdict('the local store', lineOfStore);
      case 'file':
        return verdict(quotedWhole(source.path), (entries) => lineOfFile(entries, source.path, real));
      case 'uri':
        return verdict(quotedWhole(source.uri), (entries) => lineOfUri(entries, source.uri));
    }
  }

  step(step: PlanStep): Verdict[] {
    const { component_id: id, action } = step;
    const { directories } = this.brought.target;
    const said = describeSteps([step], directories);
    const event = said.find(({ kind }) => isEvent(kind));
    const component = this.#listed(
      id,
      event?.text ?? `${quotedWhole(id)} will be changed`,
      'component_ids',
      (entries) => lineOfId(entries, id),
    );
    if (action === 'remove') return [component];
    const isNewCode = action === 'add' || action === 'replace';
    const { before, after } = this.#rightsOf(id);
    return [
      component,
      ...(isNewCode ? this.#codeSource(id) : []),
      ...this.#changes(step, isNewCode, before, after).flatMap((change) => this.#change(id, change)),
      ...(isNewCode ? [this.#memory(id, `${quotedWhole(id)} ${memoryInWords(after)}`, limitOf(after))] : []),
      ...this.#harmlessNoPolicy(id, isNewCode, before, after),
      ...said.filter(({ kind }) => UNCAPPED.includes(kind)).map(({ text }) => notCapped(id, text)),
    ];
  }

  /** It is what it would be where it is added. */
  present({ component_id: id }: PlanStep): Verdict[] {
    const { before: rights } = this.#rightsOf(id);
    const component = this.#listed(id, `${quotedWhole(id)} is here already`, 'component_ids', (entries) =>
      lineOfId(entries, id),
    );
    const may = findGains(null, rights, this.brought.target.withoutPolicy);
    const verdicts = [
      component,
      ...may.flatMap((change) => this.#change(id, change)),
      this.#memory(id, `${quotedWhole(id)} ${memoryInWords(rights)}`, limitOf(rights)),
      ...this.#harmlessNoPolicy(id, true, rights, rights),
    ];
    return verdicts.map((verdict) => ({ ...verdict, is_here: true }));
  }

  #rightsOf(id: string): { before: Rights; after: Rights } {
    const before = this.#there.get(id)?.policy?.rights ?? 'none';
    const wanted = this.#desired.get(id);
    return { before, after: wanted?.keepsPolicy ? before : (wanted?.policy?.rights ?? 'none') };
  }

  /** New code brings all that it may do; for code that stays, what is added. */
  #changes(step: PlanStep, isNewCode: boolean, before: Rights, after: Rights): RightsChange[] {
    const { withoutPolicy } = this.brought.target;
    const keyOf = ({ kind, subject }: RightsChange) => `${kind} ${subject}`;
    const gained = step.gains.filter(({ kind }) => !UNCAPPED.includes(kind));
    const all = findGains(isNewCode ? null : before, after, withoutPolicy).filter(
      ({ kind }) => !UNCAPPED.includes(kind),
    );
    return [...new Map([...gained, ...all].map((change) => [keyOf(change), change])).values()];
  }

  #change(id: string, change: RightsChange): Verdict[] {
    const { policy, brought } = this;
    const { subject } = change;
    const text = `${quotedWhole(id)} ${gainInWords(change, brought.target.directories)}`;
    switch (change.kind) {
      case 'network':
        return [this.#listed(id, text, 'hosts', (entries) => lineOfReach(entries, change.to!))];
      case 'dns': // any network entry opens it
        return [
          this.#listed(id, text, 'hosts', (entries) => (entries.length === 0 ? null : policy.hosts.line)),
        ];
      case 'read':
      case 'write': {
        const { kind } = change;
        const granted = brought.target.directories.get(subject);
        const at = { base: brought.target.path, real: brought.real };
        const line = (entries: Entries<OperatorPolicyDirectory>) =>
          granted === undefined ? null : lineOfDirectory(entries, granted, kind, at);
        return [this.#listed(id, text, 'directories', line)];
      }
      case 'environment':
        return [this.#listed(id, text, 'environment', (entries) => lineOfVariable(entries, subject))];
      case 'no-policy': {
        // Every variable is more than any list of them; what is not read here may be of any kind.
        const beyond =
          subject === 'unreadable'
            ? (['environment', 'hosts', 'directories'] as const)
            : (['environment'] as const);
        return [
          this.#switched(id, text, 'no_policy'),
          ...beyond.map((rule) => this.#listed(id, text, rule, () => null)),
        ];
      }
      case 'code':
        return [this.#switched(id, text, 'replaced_code')];
      case 'limit':
        return [subject === 'memory' ? this.#memory(id, text, change.to) : notCapped(id, text)];
      default:
        return [notCapped(id, text)];
    }
  }

  /** Without a policy is without one, also where that means nothing. */
  #harmlessNoPolicy(id: string, isNewCode: boolean, before: Rights, after: Rights): Verdict[] {
    const isHarmless = after === 'none' && this.brought.target.withoutPolicy === 'nothing';
    if (!isHarmless || (!isNewCode && before === after)) return [];
    return [this.#switched(id, `${quotedWhole(id)} will run without a policy`, 'no_policy')];
  }

  #codeSource(id: string): Verdict[] {
    const source = this.brought.codeFrom.get(id);
    return source === undefined ? [] : [this.#source(id, `the code of ${quotedWhole(id)}`, source)];
  }

  #memory(id: string, text: string, bytes: number | null): Verdict {
    const { line, bytes: most } = this.policy.memory;
    const isWithin = most === null || (bytes !== null && bytes <= most);
    const decision = most === null ? 'not capped' : isWithin ? 'allowed' : 'refused';
    return { component_id: id, text, rule: 'memory', line, decision, is_here: false };
  }

  #switched(id: string, text: string, rule: 'no_policy' | 'replaced_code'): Verdict {
    const { line, allowed } = this.policy[rule];
    const decision = allowed ? 'allowed' : 'refused';
    return { component_id: id, text, rule, line, decision, is_here: false };
  }

  #listed<R extends ListRuleName>(
    component_id: string | null,
    text: string,
    rule: R,
    lineIn: (entries: Entries<ValueOf<OperatorPolicy[R]>>) => number | null,
  ): Verdict {
    const { line, entries } = this.policy[rule] as ListRule<ValueOf<OperatorPolicy[R]>>;
    if (entries === 'any') return { component_id, text, rule, line, decision: 'not capped', is_here: false };
    const allowing = lineIn(entries);
    return {
      component_id,
      text,
      rule,
      line: allowing ?? line,
      decision: allowing === null ? 'refused' : 'allowed',
      is_here: false,
    };
  }
}

type ValueOf<R> = R extends ListRule<infer T> ? T : never;
type ListRuleName = 'component_ids' | 'sources' | 'signers' | 'hosts' | 'directories' | 'environment';
type OperatorPolicyDirectory = ValueOf<OperatorPolicy['directories']>;

function notCapped(component_id: string, text: string): Verdict {
  return { component_id, text, rule: null, line: null, decision: 'not capped', is_here: false };
}

function limitOf(rights: Rights): number | null {
  return typeof rights === 'string' ? null : rights.resources.memoryBytes;
}

function memoryInWords(rights: Rights): string {
  const bytes = limitOf(rights);
  return bytes === null ? 'may use memory without a limit' : `may use up to ${bytes} bytes of memory`;
}
