// What an answer to `tools/call` says, as far as the wrap reads it.
import type { ToolAnswer } from '../../src/wassette/live/live-wassette.ts';
import { isObject, parseMessage, type RawMessage } from './raw-message.ts';

export function toolAnswerIn(result: unknown): ToolAnswer {
  const { isError, content } = isObject(result) ? result : {};
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  const text = isObject(first) && typeof first.text === 'string' ? first.text : '';
  return { isError: isError === true, text };
}

/** The component that `load-component` loaded and where from, or null when the call was another one or failed. */
export function sourceIn(call: RawMessage, response: RawMessage): { id: string; uri: string } | null {
  const { params } = call.value;
  if (!isObject(params) || params.name !== 'load-component' || !isObject(params.arguments)) return null;
  const { isError, text } = toolAnswerIn(response.value.result);
  const id = isError ? undefined : parseMessage(text)?.value.id;
  const uri = params.arguments.path;
  return typeof uri === 'string' && typeof id === 'string' ? { id, uri } : null;
}
