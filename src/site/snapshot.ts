// A snapshot in hand: its document, its digest, and a way to its bytes. The value the library gives and takes.

import { collected } from '../codec/bytes.ts';
import type { Blobs, TransferOptions } from '../disk/blobs/blob.ts';
import { totalSize, verifyBlobs } from '../disk/blobs/blobs.ts';
import { FormatError } from '../errors.ts';
import { encodeSnapshot } from '../places/json/encoder.ts';
import { openJsonFile, openJsonText } from '../places/json/reader.ts';
import { writeJsonFile } from '../places/json/writer.ts';
import type { OpenSnapshot, WrittenSnapshot } from '../places/place.ts';
import type { Document } from '../snapshot/document.ts';
import { artifactsOf } from '../snapshot/schema.ts';
import type { SnapshotDocument } from '../snapshot/shape.ts';
import { sourceOf } from './source.ts';

/** Beyond this a JSON text does not fit in one JavaScript string. */
const MAX_TEXT_BYTES = 400 * 1024 * 1024;

/**
 * A snapshot in hand, as `exportState` and `openSnapshot` give it: the document, its digest, and a way to the code.
 * @example
 * ```ts
 * import { Snapshot } from 'wassette-state';
 *
 * const snapshot = await Snapshot.loadFromFile('tools.json');
 * const bytes = await snapshot.validate();
 * const [{ artifact }] = snapshot.document.components;
 * console.log(bytes === artifact.size); // true
 *
 * const copy = await Snapshot.fromJson(await snapshot.toJson());
 * console.log(copy.digest === snapshot.digest); // true
 * ```
 */
export class Snapshot {
  /** `sha256:<hex>` of the canonical document. */
  readonly digest: string;
  /** The code that can be reached, by name. Not verified until it is copied; `validate` does that. */
  readonly blobs: Blobs;
  /** What a reader should know, one sentence each, such as what could not be exported. */
  readonly notes: readonly string[];
  /** @internal */
  readonly content: Document;
  /** @internal */
  readonly signatures: OpenSnapshot['signatures'];
  /** @internal */
  readonly name: OpenSnapshot['name'];
  /** @internal */
  readonly manifestLines: OpenSnapshot['manifestLines'];
  /** @internal */
  readonly openedFrom: OpenSnapshot['openedFrom'];
  /** @internal */
  readonly openedAs: string | undefined;
  /** Whether `toJson` and `saveToFile` put the binaries in. */
  readonly carriesBinaries: boolean;

  private constructor(opened: OpenSnapshot) {
    this.content = opened.content;
    this.digest = opened.content.digest;
    this.blobs = opened.blobs;
    this.notes = opened.notes;
    this.signatures = opened.signatures;
    this.name = opened.name;
    this.manifestLines = opened.manifestLines;
    this.openedFrom = opened.openedFrom;
    this.openedAs = opened.openedAs;
    this.carriesBinaries = opened.carriesBinaries;
  }

  /**
   * @internal
   * @throws FormatError FORMAT_LIMIT_EXCEEDED for a document that no reader would take
   */
  static of(opened: OpenSnapshot): Snapshot {
    return new Snapshot(opened);
  }

  /** What is digested: components, policies, labels (FORMAT.md, F-2). */
  get document(): SnapshotDocument {
    return this.content.tree;
  }

  /** Equal for two snapshots that describe the same code under the same policies. */
  get stateDigest(): string {
    return this.document.state_digest;
  }

  /**
   * Reads a JSON text, code included where it is in there, and verifies it.
   * @throws FormatError FORMAT_NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID,
   * FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  static async fromJson(text: string): Promise<Snapshot> {
    return new Snapshot(await openJsonText(text));
  }

  /**
   * Opens a JSON file, compressed or not, and verifies it; binaries stay in it until they are needed, and those of a
   * compressed one are then put into a temporary file.
   * @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED, STORE_CHANGING
   * @throws FormatError FORMAT_NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID,
   * FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  static async loadFromFile(path: string, options: TransferOptions = {}): Promise<Snapshot> {
    return new Snapshot({
      ...(await openJsonFile(path, options)),
      openedFrom: sourceOf({ kind: 'file', path }),
    });
  }

  /**
   * The whole snapshot as pretty JSON, with the binaries where `carriesBinaries` says so.
   * @throws FormatError FORMAT_LIMIT_EXCEEDED for more than about 300 MB of code, which only a file can hold
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
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
    const blobs = this.carriesBinaries ? this.blobs : null;
    const text = await collected(encodeSnapshot(this.document, { blobs, signatures: this.signatures }));
    return text.toString('utf8');
  }

  /**
   * Writes the snapshot to a `.json`, `.json.gz` or `.json.zst` file, whole or not at all, mode 0600; an equal one is left
   * alone.
   * @throws StoreError STORE_EXISTS when another kind of file is there; STORE_NOT_FOUND without its directory,
   * STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   */
  async saveToFile(
    path: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<WrittenSnapshot> {
    const blobs = this.carriesBinaries ? this.blobs : null;
    const { droppedSignatures: _none, ...written } = await writeJsonFile(path, this.content, blobs, {
      signal: options.signal,
      // Without any, a file that says the same is left alone.
      signatures: this.signatures.length === 0 ? undefined : this.signatures,
    });
    return written;
  }

  /**
   * Reads and hashes the code of every component.
   * @returns how many bytes were verified
   * @throws VerificationError VERIFY_DIGEST_MISMATCH, VERIFY_PART_MISSING
   * @throws FormatError FORMAT_INVALID
   */
  async validate(): Promise<number> {
    return verifyBlobs(this.blobs, artifactsOf(this.document));
  }
}
