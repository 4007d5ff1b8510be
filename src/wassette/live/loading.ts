// Tells a running Wassette what changed in its component directory, because it never looks by itself.
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { parsedJson } from '../../codec/json/parsed.ts';
import { quoted } from '../../codec/safe-text.ts';
import { deriveInterface, toolNamesOf } from '../../component/derived-interface.ts';
import { withFileAt } from '../../disk/blobs/file-bytes.ts';
import { readSmallFile, writeDurably } from '../../disk/durable-file.ts';
import type { ComponentProgress } from '../../disk/progress.ts';
import { ownWords, type Remedy, StoreError, saidAbout, VerificationError } from '../../errors.ts';
import { type ComponentChange, newBytes } from '../../plan/file-kinds.ts';
import { areSameTools } from '../../snapshot/tool-cache.ts';
import { fileName } from '../directory/files.ts';
import { liveComponents } from './answers.ts';
import type { LiveComponent, ToolCaller } from './live-wassette.ts';

/** How long to wait for the cache of a compiled component: it appears right after compiling, or never. */
const CACHE_WAIT_MS = 2_000;
/** Far more than a policy has. */
const MAX_POLICY_BYTES = 16 * 1024 * 1024;

const LoadedSchema = z.looseObject({ id: z.string(), tools: z.array(z.string()) });
type Loaded = z.infer<typeof LoadedSchema>;

/**
 * Waits until the server has loaded the components that are about to change. It could still be compiling old code, whose
 * cache would then appear beside the new code and be run at the next start.
 * @param withCache whether the cache of what is loaded must be there, too
 */
export async function waitUntilLoaded(
  live: ToolCaller,
  componentDir: string,
  changes: readonly ComponentChange[],
  { withCache, signal }: { withCache: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  for (const { component_id, wasm } of changes) {
    if (wasm.old === null) continue;
    // This tool first loads the component, or waits until it is loaded.
    const { isError } = await live.callTool('get-policy', { component_id }, signal);
    if (isError || !withCache) continue;
    const cache = path.join(componentDir, fileName(component_id, 'cwasm'));
    for (let waited = 0; !existsSync(cache) && waited < CACHE_WAIT_MS; waited += 50)
      await delay(50, undefined, { signal });
  }
}

/**
 * The components that nobody may call while `changes` take effect, with the tools of both the old code and the new.
 * @param fileOf where the new code of a component is, before it is put in place
 */
export async function changedComponents(
  live: ToolCaller,
  changes: readonly ComponentChange[],
  fileOf: (id: string) => string,
): Promise<LiveComponent[]> {
  const running = new Map((await liveComponents(live)).map(({ id, tools }) => [id, tools]));
  return changes.map(({ component_id, wasm }) => {
    const here = wasm.old === null ? [] : (running.get(component_id) ?? null);
    const coming = newBytes(wasm) === null ? [] : toolsIn(fileOf(component_id));
    return { id: component_id, tools: here && coming && [...here, ...coming] };
  });
}

/** Null when they cannot be told from the code, or it cannot be read. */
function toolsIn(file: string): string[] | null {
  return existsSync(file) ? toolNamesOf(withFileAt(file, deriveInterface)) : null;
}

/**
 * Makes the server run what the directory now has. Returns the tools by component, for components that have code.
 * @throws VerificationError VERIFY_NOT_LOADED naming the first component that does not load, and why
 */
export async function loadChanges(
  live: ToolCaller,
  componentDir: string,
  changes: readonly ComponentChange[],
  progress?: ComponentProgress,
): Promise<Map<string, readonly string[]>> {
  const tools = new Map<string, readonly string[]>();
  for (const change of changes) {
    const { component_id } = change;
    progress?.begin(component_id);
    const loaded = await loadChange(live, componentDir, change);
    if (loaded !== null) tools.set(component_id, loaded.tools);
    progress?.advance();
  }
  return tools;
}

/** Null for a component without code. */
async function loadChange(
  live: ToolCaller,
  componentDir: string,
  { component_id, wasm, policy }: ComponentChange,
): Promise<Loaded | null> {
  if (wasm.new === null) {
    await unload(live, componentDir, component_id);
    return null;
  }
  return loadInPlace(live, componentDir, component_id, policy.new !== null);
}

/** Makes the server run what the directory has of a component. @throws VerificationError VERIFY_NOT_LOADED */
export async function loadPresent(live: ToolCaller, componentDir: string, id: string): Promise<void> {
  const has = (kind: 'wasm' | 'policy') => existsSync(path.join(componentDir, fileName(id, kind)));
  if (has('wasm')) await loadInPlace(live, componentDir, id, has('policy'));
  else await unload(live, componentDir, id);
}

/**
 * A load keeps the policy that is in memory, even when its file is gone, whoever removed it and when. So a component that
 * has none is reset before it, and after it where there was no such component before.
 */
async function loadInPlace(
  live: ToolCaller,
  componentDir: string,
  id: string,
  hasPolicy: boolean,
): Promise<Loaded> {
  const reset = { component_id: id };
  const wasReset = !hasPolicy && !(await live.callTool('reset-permission', reset)).isError;
  // With exactly this spelling the file is loaded where it is; with any other, Wassette would delete it first.
  const loaded = await loadFile(live, id, path.join(componentDir, fileName(id, 'wasm')));
  if (loaded.id !== id) throw notLoaded(id, 'the server gives it another id', loaded.id);
  if (!hasPolicy && !wasReset) await command(live, id, 'reset-permission', reset);
  return loaded;
}

/** Wassette also deletes the policy of what it unloads; one that is there without code was left on purpose, and stays. */
async function unload(live: ToolCaller, componentDir: string, id: string): Promise<void> {
  const stays = [];
  for (const kind of ['policy', 'policyMeta'] as const) {
    const file = path.join(componentDir, fileName(id, kind));
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isFile()) stays.push({ file, stat, bytes: await readSmallFile(file, MAX_POLICY_BYTES) });
  }
  try {
    await command(live, id, 'unload-component', { id });
  } finally {
    // It may have deleted them, and ended before it answered.
    for (const { file, stat, bytes } of stays) {
      const owner = process.geteuid?.() === 0 ? { owner: { uid: stat.uid, gid: stat.gid } } : {};
      await writeDurably(file, [bytes], { mode: stat.mode & 0o777, ...owner, replace: true });
    }
  }
}

/**
 * Makes the server load a file. Returns the id that it gives the component, and its tools.
 * @throws VerificationError VERIFY_NOT_LOADED, also when the tools are not those of the code
 */
async function loadFile(live: ToolCaller, componentId: string, file: string): Promise<Loaded> {
  const answer = await command(live, componentId, 'load-component', { path: `file://${file}` });
  const loaded = LoadedSchema.safeParse(parsedJson(answer)).data;
  if (loaded === undefined)
    throw notLoaded(componentId, 'the server does not answer as Wassette does', answer);
  assertExpected(componentId, loaded.tools, toolNamesOf(withFileAt(file, deriveInterface)));
  return loaded;
}

/** Other tools would come from other code: an old cache, or somebody else's file. */
function assertExpected(
  componentId: string,
  found: readonly string[],
  expected: readonly string[] | null,
): void {
  if (expected === null || areSameTools(found, expected)) return;
  throw notLoaded(
    componentId,
    'the server lists other tools for it than its code has',
    `there ${found.join(', ') || 'none'}; in the code ${expected.join(', ') || 'none'}`,
  );
}

/** Makes one call that changes a component. Returns the answer. @throws VerificationError VERIFY_NOT_LOADED */
async function command(
  live: ToolCaller,
  componentId: string,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { isError, text } = await live.callTool(tool, args);
  if (isError) throw notLoaded(componentId, `the running Wassette refuses ${tool}`, text);
  return text;
}

/** @param said Wassette's own words, for the operator only, because they can quote addresses with credentials */
export function notLoaded(componentId: string, why: string, said?: string): VerificationError {
  return new VerificationError(
    'VERIFY_NOT_LOADED',
    `component ${quoted(componentId)} does not load: ${why}`,
    {
      hint: 'leave it out, or get code that this version of Wassette can run; the log has its own words',
      remedy: { do: 'leave-out' },
      details: { component_id: componentId },
      said,
    },
  );
}

/** The error for an import that was neither completed nor taken back; `hint` says what to do. */
export function cannotTakeBack(first: unknown, second: unknown, hint: string, remedy?: Remedy): StoreError {
  return new StoreError(
    'STORE_INTERRUPTED',
    `${ownWords(first)}; taking the import back failed, too: ${ownWords(second)}`,
    {
      hint,
      ...(remedy === undefined ? {} : { remedy }),
      said: saidAbout(second).join('; ') || undefined,
      cause: first,
    },
  );
}
