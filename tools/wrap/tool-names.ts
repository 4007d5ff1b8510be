// Decides whose tool a name means. Our tools keep their names; a component's tool with the same name gets an alias.
import {
  elementTexts,
  isObject,
  memberText,
  parseMessage,
  type RawMessage,
  RPC_ERROR,
  withMember,
} from '../messages/raw-message.ts';
import { type Shape, unusable } from '../messages/shape.ts';
import { withoutOurPage } from './own-pages.ts';

/** Reserved even when the operator does not offer all of them, so that no component can take their place. */
export const OURS = ['export_state', 'import_state', 'list_snapshot_components'];
const ALIAS = 'component_';

export function isOurs(name: unknown): boolean {
  return typeof name === 'string' && OURS.includes(name);
}

/** Adds one prefix to a name that is ours, with any number of prefixes already. */
function aliasOf(name: string): string {
  return isOurs(withoutPrefixes(name)) ? ALIAS + name : name;
}

/** The component's own name for an alias; any other name unchanged. */
function behindAlias(name: string): string {
  return name.startsWith(ALIAS) && isOurs(withoutPrefixes(name)) ? name.slice(ALIAS.length) : name;
}

function withoutPrefixes(name: string): string {
  let bare = name;
  while (bare.startsWith(ALIAS)) bare = bare.slice(ALIAS.length);
  return bare;
}

/** The child takes an object of arguments; our tools read theirs themselves. */
export function usableByChild(shape: Shape): Shape {
  if (shape.kind === 'unusable') return shape;
  const { method, params } = shape.message.value;
  if (method !== 'tools/call' || !isObject(params) || isOurs(params.name)) return shape;
  return params.arguments === undefined || isObject(params.arguments)
    ? shape
    : unusable(shape, 'its arguments are not an object');
}

/** A `tools/call` with the name that the child knows. */
export function toChild(call: RawMessage): RawMessage {
  const name = isObject(call.value.params) ? call.value.params.name : undefined;
  if (typeof name !== 'string' || behindAlias(name) === name) return call;
  return withMember(call, ['params', 'name'], JSON.stringify(behindAlias(name)));
}

/** The child's answer to `tools/list` with aliases, and `added` (JSON texts of our tools) at its end. */
export function mergeTools(response: RawMessage, added: readonly string[]): RawMessage {
  const listed = memberText(response, ['result', 'tools']);
  if (listed === null || !listed.startsWith('[')) return response;
  const tools = elementTexts(listed).map((text) => {
    const listedTool = parseMessage(text);
    if (listedTool === null || typeof listedTool.value.name !== 'string') return text;
    const tool = withoutOurPage(listedTool);
    const alias = aliasOf(listedTool.value.name);
    return alias === listedTool.value.name
      ? tool.text
      : withMember(tool, ['name'], JSON.stringify(alias)).text;
  });
  return withMember(response, ['result', 'tools'], `[${[...tools, ...added].join(',')}]`);
}

/** A child without tools answers that it does not know the method: then only ours are listed. */
export function withoutMissingMethod(response: RawMessage): RawMessage {
  const { error } = response.value;
  if (!isObject(error) || error.code !== RPC_ERROR.methodNotFound) return response;
  return parseMessage('{"jsonrpc":"2.0","id":0,"result":{"tools":[]}}')!;
}
