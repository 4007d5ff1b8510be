// Our pages in a wrapped session: they are asked of us, and no tool of the child can have its results shown in one.
import { OUR_PAGES } from '../mcp/apps.ts';
import { isObject, parseMessage, type RawMessage, repeats, withoutMember } from '../messages/raw-message.ts';

/** What a list of these methods is called. */
const LISTS = { 'resources/list': 'resources', 'resources/templates/list': 'resourceTemplates' };

/** Whether a client asks for one of our pages. */
export function asksForOurPage({ value: { method, params } }: RawMessage): boolean {
  return method === 'resources/read' && isObject(params) && isOurPage(params.uri);
}

/** The answer for a server that has no resources, where `method` lists some; null for any other method. */
export function noResources(method: unknown): RawMessage | null {
  if (!Object.hasOwn(LISTS, String(method))) return null;
  const name = LISTS[method as keyof typeof LISTS];
  return parseMessage(JSON.stringify({ jsonrpc: '2.0', id: 0, result: { [name]: [] } }));
}

/** A tool of the child as it may be listed: one that names our page would show there whatever it likes. */
export function withoutOurPage(tool: RawMessage): RawMessage {
  const { _meta } = tool.value;
  if (!isObject(_meta)) return tool;
  const isUnclear = repeats(tool, [], '_meta') || repeats(tool, ['_meta']) || repeats(tool, ['_meta', 'ui']);
  if (isUnclear) return withoutMember(tool, ['_meta']);
  const { ui } = _meta;
  // The second is how it was written before MCP Apps had a version.
  const named = [isObject(ui) ? ui.resourceUri : undefined, _meta['ui/resourceUri']];
  if (!named.some(isOurPage)) return tool;
  return withoutMember(withoutMember(tool, ['_meta', 'ui']), ['_meta', 'ui/resourceUri']);
}

/** Also in a form that a client would take for the same address. */
function isOurPage(uri: unknown): boolean {
  return (
    typeof uri === 'string' &&
    uri
      .replace(/[\s\p{Cc}]/gu, '')
      .toLowerCase()
      .startsWith(OUR_PAGES)
  );
}
