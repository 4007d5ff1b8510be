// Compresses code for a place that keeps it under the digest of the compressed bytes, which has to be known first.
import { createHash } from 'node:crypto';
import type { BlobName } from '../../../codec/blob-name.ts';
import type { Codec, Compression } from '../../../codec/compression/compression.ts';
import { compressed } from '../../../codec/compression/streams.ts';
import { type BlobSource, type TransferOptions, verified } from '../../../disk/blobs/blob.ts';
import { totalSize } from '../../../disk/blobs/blobs.ts';
import { inParallel } from '../../../disk/parallel.ts';
import { ComponentProgress } from '../../../disk/progress.ts';
import { UnnamedFile } from '../../../disk/unnamed-file.ts';
import { type Layer, Layers, plainLayer } from '../../../snapshot/oci-layers.ts';
import { counted } from '../blobs.ts';

/** Code that was compressed into a temporary file, which is there until it is closed. */
interface CompressedCode {
  layer: Layer;
  /** The compressed bytes. */
  source: BlobSource;
  close(): void;
}

/**
 * @throws VerificationError VERIFY_DIGEST_MISMATCH where `code` gives other bytes; StoreError STORE_NO_SPACE; the reason of
 * `signal`
 */
async function compressedCode(
  code: BlobSource,
  compression: Compression,
  signal: AbortSignal | undefined,
): Promise<CompressedCode> {
  const file = await UnnamedFile.make();
  try {
    const hash = createHash('sha256');
    for await (const chunk of compressed(verified(code, code.open(), signal), compression)) {
      hash.update(chunk);
      await file.append(chunk);
    }
    const kept = { sha256: hash.digest('hex'), size: file.size };
    const artifact = { sha256: code.sha256, size: code.size };
    return {
      layer: { artifact, codec: compression.codec, kept },
      source: { ...kept, open: () => file.read() },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A place, by the blobs that it keeps. */
export interface BlobKeeper {
  /** Those that are not there; the others stay there at least until a snapshot of them is written. */
  missing<T extends BlobName>(blobs: readonly T[], signal: AbortSignal | undefined): Promise<T[]>;
  /** Writes one whole or not at all. */
  put(source: BlobSource, signal: AbortSignal | undefined): Promise<void>;
}

/** Code that a place keeps. */
export interface KeptCode {
  layers: Layers;
  /** What it lacked, and was sent. */
  sent: readonly BlobName[];
}

/** Each takes a processor, and some 20 MiB. */
const COMPRESSED_AT_ONCE = 2;

/**
 * Makes sure that a place has all of `code`. What it has, compressed with the same or not at all, is taken as it is; only what it
 * lacks is compressed.
 * @param known layers of other snapshots that are there
 * @throws as `compressedCode` and `keeper`
 */
export async function keepCompressed(
  code: readonly BlobSource[],
  keeper: BlobKeeper,
  known: Layers,
  compression: Compression,
  { signal, onProgress }: TransferOptions,
): Promise<KeptCode> {
  const found = await foundLayers(code, keeper, known, compression.codec, signal);
  const missing = code.filter(({ sha256 }) => !found.has(sha256));
  const total = totalSize(code);
  const size = { count: missing.length, total, done: total - totalSize(missing) };
  const progress = new ComponentProgress('writing', size, onProgress);
  progress.report();
  await inParallel(
    missing,
    COMPRESSED_AT_ONCE,
    async (source) => {
      const followed = { ...source, open: () => counted(source, progress) };
      const made = await compressedCode(followed, compression, signal);
      try {
        for (const lacking of await keeper.missing([made.source], signal)) await keeper.put(lacking, signal);
        found.set(source.sha256, made.layer);
      } finally {
        made.close();
      }
    },
    signal,
  );
  return { layers: new Layers(found.values()), sent: missing };
}

/** By the SHA-256 of the code. */
async function foundLayers(
  code: readonly BlobName[],
  keeper: BlobKeeper,
  known: Layers,
  codec: Codec,
  signal: AbortSignal | undefined,
): Promise<Map<string, Layer>> {
  const found = new Map<string, Layer>();
  const find = async (candidates: readonly Layer[]) => {
    const lacking = new Set(
      (
        await keeper.missing(
          candidates.map(({ kept }) => kept),
          signal,
        )
      ).map(({ sha256 }) => sha256),
    );
    for (const layer of candidates)
      if (!lacking.has(layer.kept.sha256)) found.set(layer.artifact.sha256, layer);
  };
  const compressed = code.flatMap(({ sha256 }) => known.find(sha256) ?? []);
  await find(compressed.filter((layer) => layer.codec === codec));
  const others = code.filter(({ sha256 }) => !found.has(sha256));
  await find(others.map(({ sha256, size }) => plainLayer({ sha256, size })));
  return found;
}
