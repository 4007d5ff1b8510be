// Applies `--read-only`, `--never-widen`, `--approval` and the operator's policy to Wassette's own tools: those that
// one of them holds back are neither listed nor called. Components' tools pass, except under the name of one that is held
// back: Wassette would call its own.
import { quoted } from '../../src/codec/safe-text.ts';
import { PolicyError } from '../../src/errors.ts';
import { isSwitchedOff, liveComponents } from '../../src/wassette/live/answers.ts';
import type { ToolCaller } from '../../src/wassette/live/live-wassette.ts';
import type { ServerOptions } from '../mcp/server-options.ts';
import {
  elementTexts,
  isObject,
  memberText,
  parseMessage,
  type RawMessage,
  withMember,
} from '../messages/raw-message.ts';
import { listedNames, type ToolLister } from './listed-names.ts';
import { type FenceFlag, isKnownOwn, looksOwn, reasonAgainst } from './own-tools.ts';

const ANSWER_MS = 10_000;

/** The wrapped Wassette, as the fence uses it. */
type FencedWassette = ToolCaller & ToolLister;

/** The fence for the flags that the server was started with; null without any. Errors name the stricter flag. */
export function fenceFor(
  {
    readOnly,
    neverWiden,
    approval,
    policy,
  }: Pick<ServerOptions, 'readOnly' | 'neverWiden' | 'approval' | 'policy'>,
  wassette: FencedWassette,
): ToolFence | null {
  const flags: FenceFlag[] = [];
  if (readOnly) flags.push('--read-only');
  if (neverWiden) flags.push('--never-widen');
  // What they allow, no operator would be asked about.
  if (approval !== undefined) flags.push(`--approval ${approval.by}`);
  if (policy?.wassette_tools.allowed === false) flags.push('wassette_tools');
  return flags.length === 0 ? null : new ToolFence(flags, wassette, policy?.wassette_tools.line);
}

export class ToolFence {
  /** Names that it lists and no component explains; undefined before it was asked, null when they cannot be determined. */
  #own: ReadonlySet<string> | null | undefined;

  constructor(
    private readonly flags: readonly FenceFlag[],
    private readonly wassette: FencedWassette,
    /** Of the rule in the operator's policy. */
    private readonly line = 0,
  ) {}

  /** The answer to a call that is held back; null for a call that is passed on. */
  async refusalOf(call: RawMessage): Promise<RawMessage | null> {
    const name = isObject(call.value.params) ? call.value.params.name : undefined;
    const flag = typeof name === 'string' ? this.#flagAgainst(name) : null;
    if (flag === null) return null; // also where Wassette will find no name
    if (!isKnownOwn(name as string)) {
      this.#own ??= await this.#ownTools();
      // Asked again before it is held back: it may be the tool of a new component.
      if (this.#isOwn(name as string)) this.#own = await this.#ownTools();
      if (!this.#isOwn(name as string)) return null;
    }
    return refusal(name as string, flag, this.line);
  }

  /** An answer to `tools/list` without the tools that are held back. */
  async filtered(response: RawMessage): Promise<RawMessage> {
    const listed = memberText(response, ['result', 'tools']);
    if (listed === null || !listed.startsWith('[')) return response;
    this.#own = await this.#ownTools();
    const kept = elementTexts(listed).filter((text) => {
      const name = parseMessage(text)?.value.name;
      if (typeof name !== 'string' || this.#flagAgainst(name) === null) return true;
      return !isKnownOwn(name) && !this.#isOwn(name);
    });
    return withMember(response, ['result', 'tools'], `[${kept.join(',')}]`);
  }

  /** The flag that would hold the tool back if it is Wassette's own; null when none would. */
  #flagAgainst(name: string): FenceFlag | null {
    return this.flags.find((flag) => reasonAgainst(name, flag) !== null) ?? null;
  }

  #isOwn(name: string): boolean {
    return this.#own?.has(name) ?? looksOwn(name);
  }

  async #ownTools(): Promise<ReadonlySet<string> | null> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      const counts = new Map<string, number>();
      const count = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by);
      for (const name of await listedNames(this.wassette, signal)) count(name, 1);
      for (const { tools } of await liveComponents(this.wassette, signal))
        for (const name of tools ?? []) count(name, -1);
      return new Set([...counts].filter(([, more]) => more > 0).map(([name]) => name));
    } catch (error) {
      return isSwitchedOff(error) ? new Set() : null;
    }
  }
}

/** An error result like those of our own tools. */
function refusal(name: string, flag: FenceFlag, line: number): RawMessage {
  const isRule = flag === 'wassette_tools';
  const cause = isRule
    ? `line ${line} of the operator policy (${flag}) refuses such tools`
    : `the operator started this server with ${flag}`;
  const error = new PolicyError(
    'POLICY_OUTSIDE_FENCE',
    `${quoted(name)} is held back: ${cause}, and it ${reasonAgainst(name, flag)}`,
    {
      hint: `ask the operator to do it, or to ${isRule ? 'change that policy' : 'start this server without that option'}`,
      details: { tool: quoted(name), option: flag },
    },
  );
  const result = { isError: true, content: [{ type: 'text', text: JSON.stringify(error.toJSON()) }] };
  return parseMessage(JSON.stringify({ jsonrpc: '2.0', id: 0, result }))!;
}
