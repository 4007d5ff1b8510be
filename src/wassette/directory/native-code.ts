// Native code (`.cwasm`) that may be of other code than is beside it. Wassette runs native code without a look at that, and
// makes it after the code: where the code came or changed later, what runs may be other code.
import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { cachedTools } from '../../snapshot/tool-cache.ts';
import type { HostComponent } from './component-files.ts';
import { fileName } from './files.ts';

/** When the content of a file changed, and when anything of it did. */
type Times = Pick<BigIntStats, 'mtimeNs' | 'ctimeNs'>;

/** What the files of a component show of when each came to be. */
interface Traces {
  native: Times;
  code: Times;
  /** When a file in the directory was last made, renamed or removed. */
  directoryNs: bigint;
  /** When the tool cache was written; null where it is not of this code. */
  cachedNs: bigint | null;
}

/** Whoever copies or restores a whole directory writes both files within less, in whatever order. */
const AT_ONCE_NS = 60_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** The ids of those whose native code may be of other code, as far as times tell it. */
export function doubtfulNativeCode(dir: string, components: readonly HostComponent[]): string[] {
  const options = { bigint: true, throwIfNoEntry: false } as const;
  const timesOf = (file: string) => lstatSync(path.join(dir, file), options);
  const directoryNs = statSync(dir, options)?.mtimeNs ?? 0n;
  const doubtful = components.filter((component) => {
    const native = timesOf(fileName(component.component_id, 'cwasm'));
    const code = native && timesOf(fileName(component.component_id, 'wasm'));
    if (native === undefined || code === undefined) return false;
    return isDoubtful({ native, code, directoryNs, cachedNs: cachedNsOf(component) });
  });
  return doubtful.map(({ component_id }) => component_id);
}

/**
 * Code that is put back by a rename, or by a copy that keeps its time, shows in the time of any change alone; so does code that
 * was given other rights or another link, or restored slowly with its times. Of the latter Wassette has seen the very file
 * before: its cache is of it, and it was written before that change, or no file got another name since.
 * @internal exported for tests: one of the times cannot be set
 */
export function isDoubtful({ native, code, directoryNs, cachedNs }: Traces): boolean {
  // A time that has not come yet says nothing.
  const written = code.mtimeNs < code.ctimeNs ? code.mtimeNs : code.ctimeNs;
  if (native.mtimeNs + AT_ONCE_NS < written) return true;
  if (native.ctimeNs + AT_ONCE_NS >= code.ctimeNs) return false;
  if (cachedNs === null) return true;
  return code.ctimeNs < cachedNs && code.ctimeNs <= directoryNs + AT_ONCE_NS;
}

function cachedNsOf({ artifact, toolCache, wasmMtimeSeconds: mtimeSeconds }: HostComponent): bigint | null {
  const cached = artifact && cachedTools(toolCache?.bytes, { ...artifact, mtimeSeconds });
  // Its time is known to a second: it counts as written at its end.
  return typeof cached === 'object' && cached !== null
    ? BigInt(toolCache!.mtimeSeconds + 1) * SECOND_NS
    : null;
}
