// Reads which tools the wrapped Wassette lists.
import * as z from 'zod';

export interface ToolLister {
  /** The `result` of an answer. */
  request(method: string, params: object, signal: AbortSignal): Promise<unknown>;
}

const PageSchema = z.object({
  tools: z.array(z.object({ name: z.string() })),
  nextCursor: z.string().optional(),
});

/** Names of all tools that it lists, including duplicates. */
export async function listedNames(wassette: ToolLister, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for (let params = {}; ; ) {
    const page = PageSchema.parse(await wassette.request('tools/list', params, signal));
    names.push(...page.tools.map(({ name }) => name));
    if (page.nextCursor === undefined) return names;
    params = { cursor: page.nextCursor };
  }
}
