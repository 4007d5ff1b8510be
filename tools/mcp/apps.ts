// The page that MCP clients show beside a plan (the extension MCP Apps): its address, who is told of it, and how it is served.
// It can only be looked at: approving is for a person, whom a client asks or who types a command.

/** What addresses of our pages begin with. */
export const OUR_PAGES = 'ui://wassette-state/';
export const REVIEW_URI = `${OUR_PAGES}review`;

const EXTENSION = 'io.modelcontextprotocol/ui';
const MIME_TYPE = 'text/html;profile=mcp-app';

/** In the description of a tool: which page shows its results. The page itself cannot call it. */
export function pageOfTool(resourceUri: string): object {
  return { ui: { resourceUri, visibility: ['model'] } };
}

/** Whether a client with these capabilities shows pages. */
export function showsPages(
  capabilities: { extensions?: Record<string, object> | undefined } | undefined,
): boolean {
  return capabilities?.extensions?.[EXTENSION] !== undefined;
}

/** The answer to `resources/read`; null for another address. */
export async function readPage(uri: string) {
  if (uri !== REVIEW_URI) return null;
  const { appPage } = await import('../html/app/page.ts');
  const _meta = { ui: { csp: {}, prefersBorder: true } };
  return { contents: [{ uri, mimeType: MIME_TYPE, text: appPage(), _meta }] };
}
