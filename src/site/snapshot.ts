// A snapshot in hand: its document, its digest, and a way to its bytes. The value the library gives and takes.

import { collected } from '../codec/bytes.ts';
import type { Blobs } from '../disk/blob.ts';
import { totalSize, verifyBlobs } from '../disk/blobs.ts';
import { FormatError } from '../errors.ts';
import { openJsonFile, openJsonText, type ReadOptions } from '../places/json/reader.ts';
import { encodeSnapshot, writeJsonFile } from '../places/json/writer.ts';
import type { OpenSnapshot, WrittenSnapshot } from '../places/place.ts';
import type { Document } from '../snapshot/document.ts';
import { artifactsOf, type SnapshotDocument } from '../snapshot/schema.ts';

/** Beyond this a JSON text does not fit in one JavaScript string. */
const MAX_TEXT_BYTES = 400 * 1024 * 1024;

export class Snapshot implements OpenSnapshot {
  readonly content: Document;
  /** `sha256:<hex>` of the canonical document. */
  readonly digest: string;
  readonly blobs: Blobs;
  readonly notes: readonly string[];
  readonly manifestLines: OpenSnapshot['manifestLines'];
  /** Whether `toJson` and `saveToFile` put the binaries in. */
  readonly carriesBinaries: boolean;

  /** @throws FormatError FORMAT_LIMIT_EXCEEDED for a document that no reader would take */
  constructor(opened: OpenSnapshot) {
    this.content = opened.content;
    this.digest = opened.content.digest;
    this.blobs = opened.blobs;
    this.notes = opened.notes;
    this.manifestLines = opened.manifestLines;
    this.carriesBinaries = opened.carriesBinaries;
  }

  get document(): SnapshotDocument {
    return this.content.tree;
  }

  /** Equal for two snapshots that describe the same code under the same policies. */
  get stateDigest(): string {
    return this.document.state_digest;
  }

  /** Reads a JSON text. @throws FormatError, VerificationError */
  static async fromJson(text: string): Promise<Snapshot> {
    return new Snapshot(await openJsonText(text));
  }

  /** Opens a JSON file; binaries stay in it until they are needed. @throws FormatError, VerificationError, StoreError */
  static async loadFromFile(path: string, options: ReadOptions = {}): Promise<Snapshot> {
    return new Snapshot(await openJsonFile(path, options));
  }

  /** The whole snapshot as pretty JSON. @throws FormatError FORMAT_LIMIT_EXCEEDED where only a file can hold it */
  async toJson(): Promise<string> {
    const bytes = this.carriesBinaries ? totalSize(artifactsOf(this.document)) : 0;
    if (bytes * 1.4 > MAX_TEXT_BYTES) {
      throw new FormatError(
        'FORMAT_LIMIT_EXCEEDED',
        `${bytes} bytes of binaries do not fit in one JSON string`,
        {
          hint: 'use saveToFile, which streams',
        },
      );
    }
    const text = await collected(encodeSnapshot(this.document, this.carriesBinaries ? this.blobs : null));
    return text.toString('utf8');
  }

  /**
   * Writes the snapshot to a `.json` file, whole or not at all, mode 0600; an equal one is left alone.
   * @throws StoreError STORE_EXISTS when another kind of file is there
   */
  async saveToFile(
    path: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<WrittenSnapshot> {
    return writeJsonFile(path, this.content, this.carriesBinaries ? this.blobs : null, options);
  }

  /** Reads and hashes every binary that this snapshot can reach. @returns how many bytes were verified
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING; FormatError FORMAT_INVALID */
  async validate(): Promise<number> {
    return verifyBlobs(this.blobs, artifactsOf(this.document));
  }
}
