// How files of snapshots and manifests are called: the ending says what is in them. The server loads this when it starts.
import type { Codec } from '../codec/compression/compression.ts';

const SNAPSHOT = /\.json(?:\.gz|\.zst)?$/i;
const MANIFEST = /\.ya?ml$/i;
const ENDINGS: Readonly<Record<Codec, string>> = { gzip: '.gz', zstd: '.zst' };

/** Whether a file of this name is read and written as a snapshot. */
export function isSnapshotFile(name: string): boolean {
  return SNAPSHOT.test(name);
}

/** Whether a file of this name is read and written as a deployment manifest. */
export function isManifestFile(name: string): boolean {
  return MANIFEST.test(name);
}

/** What a file of this name is compressed with; null for a plain one. */
export function codecOfFile(name: string): Codec | null {
  const codecs = Object.keys(ENDINGS) as Codec[];
  return codecs.find((codec) => name.toLowerCase().endsWith(ENDINGS[codec])) ?? null;
}

/** The ending of a snapshot's file, from its last `.json` on. */
export function snapshotEnding(codec: Codec | null): string {
  return `.json${codec === null ? '' : ENDINGS[codec]}`;
}
