// What a file or a blob may be compressed with, how hard, and by which first bytes it is recognized.
import { UsageError } from '../../errors.ts';

/** How bytes are compressed. */
export type Codec = 'gzip' | 'zstd';

/** How something is to be compressed. */
export interface Compression {
  readonly codec: Codec;
  /** Of gzip 1 to 9, of zstd 1 to 19; by default 6 and 3, as their own programs have it. */
  readonly level?: number | undefined;
}

const LEVELS: Record<Codec, { usual: number; highest: number }> = {
  gzip: { usual: 6, highest: 9 },
  zstd: { usual: 3, highest: 19 },
};

/** How many of the first bytes tell. */
export const TELLING_BYTES = 4;

/** @throws UsageError USAGE_BAD_ARGUMENT for another codec or level */
export function levelOf({ codec, level }: Compression): number {
  const levels = Object.hasOwn(LEVELS, codec) ? LEVELS[codec] : null;
  if (levels === null) {
    throw new UsageError('USAGE_BAD_ARGUMENT', 'the compression is neither gzip nor zstd', {
      hint: 'choose one of the two',
    });
  }
  const { usual, highest } = levels;
  const chosen = level ?? usual;
  if (Number.isInteger(chosen) && chosen >= 1 && chosen <= highest) return chosen;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${codec} has no level ${chosen}`, {
    hint: `choose 1 to ${highest}; ${usual} is usual`,
  });
}

/** What bytes that begin with `first` are compressed with; null where nothing says that they are. */
export function codecOf(first: Uint8Array): Codec | null {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip';
  if (first.length < TELLING_BYTES) return null;
  const magic = Buffer.from(first.buffer, first.byteOffset, TELLING_BYTES).readUInt32LE();
  return magic === ZSTD_MAGIC || isSkippable(magic) ? 'zstd' : null;
}

export const ZSTD_MAGIC = 0xfd2fb528;

/** Whether a frame of zstd with this magic number holds nothing of the content. */
export function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5;
}
