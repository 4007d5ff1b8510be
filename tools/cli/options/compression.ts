// Reads the value of --compress.
import { type Codec, type Compression, levelOf } from '../../../src/codec/compression/compression.ts';
import { quoted } from '../../../src/codec/safe-text.ts';
import { UsageError } from '../../../src/errors.ts';

/** @param text `gzip` or `zstd`, perhaps with a level: `zstd:19` @throws UsageError USAGE_BAD_ARGUMENT */
export function compressionIn(text: string | undefined): Compression | undefined {
  if (text === undefined) return undefined;
  const [, codec, level] = /^(gzip|zstd)(?::([1-9]\d?))?$/.exec(text) ?? [];
  if (codec === undefined) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `--compress ${quoted(text)} is no compression`, {
      hint: 'write gzip or zstd, perhaps with a level, as in zstd:19',
    });
  }
  const compression = { codec: codec as Codec, level: level === undefined ? undefined : Number(level) };
  levelOf(compression);
  return compression;
}
