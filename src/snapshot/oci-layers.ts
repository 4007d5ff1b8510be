// How a place keeps the code of a snapshot: each distinct binary as one layer, as it is or compressed. The document names the
// code by its own bytes; the layer by those that are kept (F-6.6).
import type { BlobName } from '../codec/blob-name.ts';
import type { Codec } from '../codec/compression/compression.ts';
import { isDigest } from '../codec/digest.ts';
import type { Descriptor, Image } from './oci-manifest.ts';
import type { Artifact } from './shape.ts';

export interface Layer {
  /** The code. */
  readonly artifact: Artifact;
  /** What the bytes that are kept are compressed with. */
  readonly codec: Codec | null;
  /** The bytes that are kept; those of the code where they are not compressed. */
  readonly kept: BlobName;
}

const WASM_MEDIA_TYPE = 'application/wasm';
const DIGEST = 'dev.wassette-state.uncompressed.digest';
const SIZE = 'dev.wassette-state.uncompressed.size';

/** The layers of one snapshot. */
export class Layers {
  readonly #byArtifact = new Map<string, Layer>();
  /** Sizes by SHA-256. */
  readonly #kept = new Map<string, number>();

  /** Of two for one code the first counts that is not compressed. */
  constructor(layers: Iterable<Layer>) {
    for (const layer of layers) {
      const { sha256 } = layer.artifact;
      this.#kept.set(layer.kept.sha256, layer.kept.size);
      if (layer.codec === null || !this.#byArtifact.has(sha256)) this.#byArtifact.set(sha256, layer);
    }
  }

  /** Those that a manifest has. */
  static in({ layers }: Image): Layers {
    return new Layers(layers.flatMap((descriptor) => layerIn(descriptor) ?? []));
  }

  /** Where the code with this SHA-256 is; null where it is in none of them. */
  find(sha256: string): Layer | null {
    return this.#byArtifact.get(sha256) ?? null;
  }

  /** Whether the bytes of one of them are these. */
  keeps({ sha256, size }: BlobName): boolean {
    return this.#kept.get(sha256) === size;
  }

  /** These, and what only the others have. */
  with(others: Layers): Layers {
    return new Layers([...this.#byArtifact.values(), ...others.#byArtifact.values()]);
  }

  /** What code is compressed with here; null where none is. */
  get codec(): Codec | null {
    for (const { codec } of this.#byArtifact.values()) if (codec !== null) return codec;
    return null;
  }
}

export function plainLayer(artifact: Artifact): Layer {
  return { artifact, codec: null, kept: artifact };
}

/** Without the annotation that names a component. */
export function descriptorOf({ artifact, codec, kept }: Layer): Descriptor {
  const described = { digest: `sha256:${kept.sha256}`, size: kept.size };
  if (codec === null) return { mediaType: WASM_MEDIA_TYPE, ...described };
  return {
    mediaType: `${WASM_MEDIA_TYPE}+${codec}`,
    ...described,
    annotations: { [DIGEST]: `sha256:${artifact.sha256}`, [SIZE]: String(artifact.size) },
  };
}

/** Null where a layer is compressed and does not say what with, or of what code. */
function layerIn({ mediaType, digest, size, annotations = {} }: Descriptor): Layer | null {
  const kept = { sha256: digest.slice('sha256:'.length), size };
  const suffix = /\+(.*)$/.exec(mediaType)?.[1];
  if (suffix === undefined) return plainLayer(kept);
  const { [DIGEST]: named = '', [SIZE]: length = '' } = annotations;
  if ((suffix !== 'gzip' && suffix !== 'zstd') || !isDigest(named) || !/^\d{1,15}$/.test(length)) return null;
  const artifact = { sha256: named.slice('sha256:'.length), size: Number(length) };
  return { artifact, codec: suffix, kept };
}
