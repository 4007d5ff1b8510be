// What a JSON file is compressed with when it is written: the ending of its name says it.
import { type Compression, levelOf } from '../../codec/compression/compression.ts';
import { safeText } from '../../codec/safe-text.ts';
import { type FileRef, pathOf } from '../../disk/paths/fence.ts';
import { UsageError } from '../../errors.ts';
import { codecOfFile, snapshotEnding } from '../file-name.ts';

/**
 * As the name of the file says; null for a plain one.
 * @param wanted if something was asked for
 * @throws UsageError USAGE_BAD_ARGUMENT for another compression than the name says, or a level that there is not
 */
export function compressionOf(file: FileRef, wanted: Compression | undefined): Compression | null {
  const codec = codecOfFile(pathOf(file));
  if (wanted === undefined) return codec && { codec };
  levelOf(wanted);
  if (wanted.codec === codec) return wanted;
  const name = safeText(pathOf(file), 4_096);
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `${name} is not called like a file that is compressed with ${wanted.codec}`,
    {
      hint: `let its name end in ${snapshotEnding(wanted.codec)}, or ask for no compression`,
    },
  );
}
