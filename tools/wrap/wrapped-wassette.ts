// The wrapped Wassette as the live Wassette of an import: called through the multiplexer, alongside the agent's requests.

import { idOfOrigin } from '../../src/deployment/origin-id.ts';
import { StoreError } from '../../src/errors.ts';
import { ID_PATTERN } from '../../src/snapshot/component-id.ts';
import {
  firstText,
  type LiveComponent,
  type LiveWassette,
  type ToolAnswer,
} from '../../src/wassette/live/live-wassette.ts';
import { versionAsker } from '../../src/wassette/live/program/version.ts';
import { environmentForWrapped } from '../../src/wassette/locations.ts';
import { isObject, parseMessage, type RawMessage } from '../messages/raw-message.ts';
import { loaderIn, programIn } from './child/command.ts';
import type { Multiplexer } from './multiplexer.ts';
import { isKnownOwn } from './own-tools.ts';

/** Compiling takes a minute at most. */
const CALL_TIMEOUT_MS = 10 * 60_000;

export class WrappedWassette implements LiveWassette {
  readonly program: readonly string[] | null;
  readonly version: LiveWassette['version'];

  constructor(
    private readonly multiplexer: Multiplexer,
    readonly pid: number,
    command: readonly string[],
  ) {
    const program = programIn(command);
    this.program = loaderIn(command);
    this.version = program === null ? async () => null : versionAsker(program, environmentForWrapped());
  }

  withoutChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.multiplexer.hold.holdChanges(work, signal);
  }

  alone<T>(changed: readonly LiveComponent[], work: () => Promise<T>): Promise<T> {
    return this.multiplexer.hold.holdEverything(changed, work);
  }

  /** @throws StoreError STORE_UNREACHABLE when there is no answer in time; Error with the answer's message */
  async callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<ToolAnswer> {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    const call = { name, arguments: args };
    try {
      return readToolAnswer(await this.multiplexer.request('child', 'tools/call', call, either));
    } catch (error) {
      if (!timeout.aborted || signal?.aborted) throw error;
      throw new StoreError('STORE_UNREACHABLE', `Wassette did not answer "${name}" within 10 minutes`, {
        hint: 'look at its log, stop it, and start it again',
      });
    }
  }
}

function readToolAnswer(result: unknown): ToolAnswer {
  const { isError, content } = isObject(result) ? result : {};
  return { isError: isError === true, text: firstText(Array.isArray(content) ? content : []) };
}

/** The component that Wassette may load before it answers such a call; null for any other call. */
export function idLoadedBy({ value: { params } }: RawMessage): string | null {
  if (!isObject(params) || !isKnownOwn(String(params.name)) || !isObject(params.arguments)) return null;
  const { component_id, path } = params.arguments;
  const origin = params.name === 'load-component' && typeof path === 'string' ? idOfOrigin(path) : {};
  const id = 'id' in origin ? origin.id : component_id;
  return typeof id === 'string' && ID_PATTERN.test(id) ? id : null;
}

/** The component that `load-component` loaded, and its origin; null for any other call, or when it failed. */
export function originIn(call: RawMessage, response: RawMessage): { id: string; uri: string } | null {
  const { params } = call.value;
  if (!isObject(params) || params.name !== 'load-component' || !isObject(params.arguments)) return null;
  const { isError, text } = readToolAnswer(response.value.result);
  const id = isError ? undefined : parseMessage(text)?.value.id;
  const uri = params.arguments.path;
  return typeof uri === 'string' && typeof id === 'string' ? { id, uri } : null;
}
