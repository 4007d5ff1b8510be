// Reads the bytes of a snapshot's document into a tree, and reports another version before any other fault.
import { TopLevelReader } from '../codec/json/top-level.ts';
import { type JsonValue, readJsonTree, type TreeOptions } from '../codec/json/tree.ts';
import { LIMITS } from '../codec/limits.ts';
import { FormatError } from '../errors.ts';
import { checkVersion, FORMAT_KEYS } from './schema.ts';

/**
 * Reads what `open` gives; of the tree only the version was judged. What cannot be read is gone through once more,
 * since another version is reported before any other fault (F-2.1).
 * @throws FormatError FORMAT_NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED
 * @throws what `open`, its bytes, `divert` and the signal throw
 */
export async function readSnapshotTree(
  open: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: Partial<TreeOptions> = {},
): Promise<{ [key: string]: JsonValue }> {
  const tree = await readJsonTree(open(), {
    limits: LIMITS,
    shownKeys: FORMAT_KEYS,
    ...options,
  }).catch(async (fault: unknown) => {
    if (fault instanceof FormatError) await checkVersionIn(open());
    throw fault;
  });
  const object = tree as { [key: string]: JsonValue };
  checkVersion(object.version);
  return object;
}

/** Checks the version in a text that may be invalid elsewhere; a version that cannot be reached is not judged. */
async function checkVersionIn(text: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  const versions: unknown[] = [];
  const reader = new TopLevelReader((key, value) => key === 'version' && versions.push(value));
  for await (const chunk of text) if (!reader.push(chunk) || versions.length > 0) break;
  reader.end();
  if (versions.length > 0) checkVersion(versions[0]);
}
