// Native code (`.cwasm`) that is older than the code it is of. Wassette runs native code without a look at the code beside it,
// and makes it after the code: where the code came later, what runs may be other code.
import { type BigIntStats, lstatSync } from 'node:fs';
import path from 'node:path';
import { fileName } from './files.ts';

/** When the content of a file changed, and when anything of it did. */
type Times = Pick<BigIntStats, 'mtimeNs' | 'ctimeNs'>;

/** Whoever copies or restores a whole directory writes both files within less, in whatever order. */
const AT_ONCE_NS = 60_000_000_000n;

/** The components among `ids` whose native code was made before their code was there, as far as times tell it. */
export function olderNativeCode(dir: string, ids: readonly string[]): string[] {
  const timesOf = (id: string, kind: 'wasm' | 'cwasm') =>
    lstatSync(path.join(dir, fileName(id, kind)), { bigint: true, throwIfNoEntry: false });
  return ids.filter((id) => {
    const native = timesOf(id, 'cwasm');
    const code = native && timesOf(id, 'wasm');
    return native !== undefined && code !== undefined && isOlder(native, code);
  });
}

/**
 * Code that is put back by a rename, or by a copy that keeps its time, shows in the other time; after a copy of a directory that
 * keeps times, it is the first that tells, unless it is one that has not come yet.
 * @internal exported for tests: one of the times cannot be set
 */
export function isOlder(native: Times, code: Times): boolean {
  const written = code.mtimeNs < code.ctimeNs ? code.mtimeNs : code.ctimeNs;
  return native.mtimeNs + AT_ONCE_NS < written || native.ctimeNs + AT_ONCE_NS < code.ctimeNs;
}
