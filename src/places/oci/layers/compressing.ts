// Compresses code for a place that keeps it under the digest of the compressed bytes, which has to be known first.
import { createHash } from 'node:crypto';
import type { BlobName } from '../../../codec/blob-name.ts';
import type { Compression } from '../../../codec/compression/compression.ts';
import { compressed, inflated } from '../../../codec/compression/streams.ts';
import { type BlobSource, type TransferOptions, verified } from '../../../disk/blobs/blob.ts';
import { totalSize } from '../../../disk/blobs/blobs.ts';
import { inParallel } from '../../../disk/parallel.ts';
import { ComponentProgress } from '../../../disk/progress.ts';
import { UnnamedFile } from '../../../disk/unnamed-file.ts';
import { type Layer, Layers, plainLayer } from '../../../snapshot/oci-layers.ts';
import { counted } from '../blobs.ts';
import { type Code, codecFor } from './code.ts';

/** Code in a temporary file, compressed, which is there until it is closed. */
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
  return inFile(async (file) => {
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
    };
  });
}

/**
 * The bytes of another place as they are there. That they become the code is seen before anybody has them: what said so would
 * be believed by the next snapshot of the same code.
 * @throws as `compressedCode`
 */
async function movedCode(
  { artifact, codec, kept }: Layer,
  source: BlobSource,
  progress: ComponentProgress,
  signal: AbortSignal | undefined,
): Promise<CompressedCode> {
  return inFile(async (file) => {
    const bytes = async function* () {
      for await (const chunk of verified(kept, source.open(), signal)) {
        await file.append(chunk);
        yield chunk;
      }
    };
    for await (const chunk of verified(artifact, inflated(bytes(), codec!, artifact.size)))
      progress.advance(chunk.length);
    return { layer: { artifact, codec, kept }, source: { ...source, open: () => file.read() } };
  });
}

async function inFile(
  fill: (file: UnnamedFile) => Promise<Omit<CompressedCode, 'close'>>,
): Promise<CompressedCode> {
  const file = await UnnamedFile.make();
  try {
    return { ...(await fill(file)), close: () => file.close() };
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
 * Makes sure that a place has all of `code`. What it has, compressed with the same or not at all, is taken as it is; of what it
 * lacks, only that is compressed which is not where it comes from.
 * @param known layers of other snapshots that are there
 * @param compression as it is kept where it comes from when left out
 * @throws as `compressedCode` and `keeper`
 */
export async function keepCompressed(
  code: readonly Code[],
  keeper: BlobKeeper,
  known: Layers,
  compression: Compression | undefined,
  { signal, onProgress }: TransferOptions,
): Promise<KeptCode> {
  const found = await foundLayers(code, keeper, known, compression, signal);
  const missing = code.filter(({ sha256 }) => !found.has(sha256));
  const total = totalSize(code);
  const size = { count: missing.length, total, done: total - totalSize(missing) };
  const progress = new ComponentProgress('writing', size, onProgress);
  progress.report();
  await inParallel(
    missing,
    COMPRESSED_AT_ONCE,
    async (source) => {
      const codec = codecFor([source], compression);
      const followed = { ...source, open: () => counted(source, progress) };
      const { sha256, size, kept } = source;
      if (codec === null) {
        await keeper.put(followed, signal);
        found.set(sha256, plainLayer({ sha256, size }));
        return;
      }
      if (kept?.layer.codec === codec) progress.begin(source.component_id);
      const made =
        kept?.layer.codec === codec
          ? await movedCode(kept.layer, kept.source, progress, signal)
          : await compressedCode(followed, compression!, signal);
      try {
        for (const lacking of await keeper.missing([made.source], signal)) await keeper.put(lacking, signal);
        found.set(sha256, made.layer);
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
  code: readonly Code[],
  keeper: BlobKeeper,
  known: Layers,
  compression: Compression | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<string, Layer>> {
  const found = new Map<string, Layer>();
  const find = async (candidate: (code: Code) => Layer | null) => {
    const candidates = code.flatMap((each) => (found.has(each.sha256) ? [] : (candidate(each) ?? [])));
    const kept = candidates.map((layer) => layer.kept);
    const lacking = new Set((await keeper.missing(kept, signal)).map(({ sha256 }) => sha256));
    for (const layer of candidates)
      if (!lacking.has(layer.kept.sha256)) found.set(layer.artifact.sha256, layer);
  };
  await find((each) => {
    const layer = known.find(each.sha256);
    return layer?.codec === codecFor([each], compression) ? layer : null;
  });
  await find(({ sha256, size }) => plainLayer({ sha256, size }));
  return found;
}
