// Calls Wassette's own tools and reads their answers: which components it has, and where it keeps them.
import * as z from 'zod';
import { parsedJson } from '../../codec/json/parsed.ts';
import { StoreError } from '../../errors.ts';
import type { LiveComponent, ToolAnswer, ToolCaller } from './live-wassette.ts';

const ToolsSchema = z.object({ tools: z.array(z.looseObject({ name: z.string() })).min(1) });
const ListSchema = z.object({
  components: z.array(z.object({ id: z.string(), schema: ToolsSchema.nullable().catch(null) })),
});
const PolicySchema = z.object({ policy_info: z.object({ local_path: z.string().min(1) }) });

/** Wassette 0.4 lists tools without a name while it knows them only from its cache. */
const UNNAMED = '<unnamed>';

/**
 * Its components: loaded ones, and those in its directory. One without tools looks like one that is not compiled yet.
 * @throws StoreError STORE_UNREACHABLE when its tools are switched off, or it is no Wassette
 */
export async function liveComponents(live: ToolCaller, signal?: AbortSignal): Promise<LiveComponent[]> {
  const listed = await listComponents(live, signal);
  return listed.map(({ id, tools }) => ({ id, tools: tools?.map(({ name }) => name) ?? null }));
}

/** What it says of the tools that it lists, by component; of those that it has compiled. @throws as `liveComponents` */
export async function liveToolLists(
  live: ToolCaller,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const listed = await listComponents(live, signal);
  return new Map(listed.flatMap(({ id, tools }) => (tools === null ? [] : [[id, tools] as const])));
}

interface Listed {
  id: string;
  /** As for `liveComponents`. */
  tools: readonly { name: string }[] | null;
}

async function listComponents(live: ToolCaller, signal?: AbortSignal): Promise<Listed[]> {
  const answer = await live.callTool('list-components', {}, signal);
  const parsed = ListSchema.safeParse(jsonOf(answer));
  if (!parsed.success) throw unusable('list-components', answer);
  return parsed.data.components.map(({ id, schema }) => {
    const tools = schema?.tools ?? [];
    return { id, tools: tools.length === 0 || tools.some(({ name }) => name === UNNAMED) ? null : tools };
  });
}

/** The tools of the components `ids` that it calls: of several that have one tool, it calls none. */
export async function liveToolsOf(
  live: ToolCaller,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const components = await liveComponents(live, signal);
  const all = components.flatMap(({ tools }) => tools ?? []);
  const theirs = components.filter(({ id }) => ids.includes(id)).flatMap(({ tools }) => tools ?? []);
  return theirs.filter((tool) => all.indexOf(tool) === all.lastIndexOf(tool));
}

/** Whether an error of `liveComponents` says that its tools are switched off, which does not change while it runs. */
export function isSwitchedOff(error: unknown): boolean {
  return error instanceof StoreError && error.details.switched_off === true;
}

/**
 * The path by which it knows the policy of a component. A component that is not loaded yet gets loaded.
 * @throws StoreError STORE_UNREACHABLE when it names none
 */
export async function livePolicyPath(live: ToolCaller, id: string, signal?: AbortSignal): Promise<string> {
  const answer = await live.callTool('get-policy', { component_id: id }, signal);
  const parsed = PolicySchema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data.policy_info.local_path;
  throw unusable('get-policy', answer);
}

/** Unloads a component, which also removes its files from the directory. @throws StoreError STORE_UNREACHABLE */
export async function unloadLive(live: ToolCaller, id: string, signal?: AbortSignal): Promise<void> {
  const answer = await live.callTool('unload-component', { id }, signal);
  if (answer.isError) throw unusable('unload-component', answer);
}

function jsonOf({ isError, text }: ToolAnswer): unknown {
  return isError ? undefined : parsedJson(text);
}

function unusable(tool: string, { isError, text }: ToolAnswer): StoreError {
  if (isError && text.includes('Built-in tools are disabled')) {
    return new StoreError(
      'STORE_UNREACHABLE',
      'the running Wassette was started with --disable-builtin-tools',
      {
        hint: 'start it without that flag, or stop it, import, and start it again',
        details: { switched_off: true },
      },
    );
  }
  const what = isError ? 'fails' : 'does not answer as Wassette does';
  return new StoreError('STORE_UNREACHABLE', `"${tool}" of the running server ${what}`, {
    hint: 'check that the address is that of a Wassette 0.3 to 0.8, and look at its log',
    details: { tool },
    said: text,
  });
}
