// Writes a JSON snapshot, and adds signatures to one: whole or not at all, mode 0600.
import type { BigIntStats } from 'node:fs';
import type { Blobs } from '../../disk/blobs/blob.ts';
import { verifyBlobs } from '../../disk/blobs/blobs.ts';
import { lookAt, writeDurably } from '../../disk/durable-file.ts';
import { type FileRef, type ReachedFile, reaching } from '../../disk/paths/fence.ts';
import { StateError, StoreError } from '../../errors.ts';
import { saysTheSame } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import { artifactsOf } from '../../snapshot/schema.ts';
import { type CarriedSignature, together } from '../../snapshot/signatures/signature.ts';
import { signedBy } from '../../snapshot/signatures/signing.ts';
import { occupied, openExisting } from '../existing.ts';
import type { OpenSnapshot, SigningOptions, WrittenSnapshot } from '../place.ts';
import { allOf, NO_TRANSFER } from '../transfer.ts';
import { encodeSnapshot, type FileContents } from './encoder.ts';
import { openJsonFile, type ReadOptions } from './reader.ts';

const A_SNAPSHOT = 'a whole snapshot of this version';

/** What is written in addition to the document. */
export interface JsonFileOptions extends SigningOptions {
  /** Signatures of this very document, made before. */
  signatures?: readonly CarriedSignature[] | undefined;
}

/** What became of it, and how many signatures of another document were in the file that was replaced. */
export interface WrittenJsonFile extends WrittenSnapshot {
  readonly droppedSignatures: number;
}

/**
 * Writes `document` to `file`, with the code from `blobs` inside or, when that is null, without code. A file that says
 * the same is left alone, or gets the signatures that it lacks.
 * @throws StoreError STORE_EXISTS when something else than a snapshot is there, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
 * @throws PolicyError POLICY_OUTSIDE_FENCE
 */
export async function writeJsonFile(
  file: FileRef,
  document: Document,
  blobs: Blobs | null,
  options: JsonFileOptions = {},
): Promise<WrittenJsonFile> {
  // What was looked at is what is replaced.
  return reaching(file, (reached) => writeReached(reached, document, blobs, options));
}

async function writeReached(
  file: ReachedFile,
  document: Document,
  blobs: Blobs | null,
  { signatures = [], signers = [], ...options }: JsonFileOptions,
): Promise<WrittenJsonFile> {
  const existing = await openExisting(file, A_SNAPSHOT, (reached) =>
    openSeen(reached, { ...options, known: document.policies }),
  );
  const isAnySigned = signatures.length > 0 || (existing?.opened.signatures.length ?? 0) > 0;
  const hasSameDigest = isAnySigned && existing?.opened.content.digest === document.digest;
  if (existing !== null && (await isSame(existing.opened, document, blobs !== null))) {
    // Signatures that come along are of this document alone.
    if (hasSameDigest || signatures.length === 0)
      return signSeen(file, existing, { signatures, signers, ...options });
  }
  const kept = hasSameDigest ? together(existing!.opened.signatures, signatures) : signatures;
  const signed = signedBy(signers, document, kept);
  const text = encodeSnapshot(document.tree, { blobs, signatures: signed }, options);
  const replace = existing !== null;
  if ((await writeDurably(file, text, { replace, chunksStayValid: true })) === null)
    throw occupied(file, A_SNAPSHOT);
  const droppedSignatures = hasSameDigest ? 0 : (existing?.opened.signatures.length ?? 0);
  const transfer = blobs === null ? NO_TRANSFER : allOf(document.tree, 'sent');
  return { ...written(file, document, signed), changed: true, transfer, droppedSignatures };
}

/** A file that was opened, and its stat before that. */
interface SeenFile {
  opened: OpenSnapshot;
  stat: BigIntStats;
}

async function openSeen(file: ReachedFile, { signal, known }: ReadOptions): Promise<SeenFile> {
  const stat = await lookAt(file);
  return { stat, opened: await openJsonFile(file, { signal, known }) };
}

/**
 * Adds to the snapshot in `file` what the signers have not signed yet; all else in it stays.
 * @throws as `openJsonFile`; FormatError FORMAT_INVALID_KEY; StoreError STORE_CHANGING, STORE_DENIED, STORE_NO_SPACE
 */
export async function signJsonFile(file: FileRef, options: SigningOptions): Promise<WrittenSnapshot> {
  return reaching(file, async (reached) => signSeen(reached, await openSeen(reached, options), options));
}

async function signSeen(
  file: ReachedFile,
  { opened, stat }: SeenFile,
  { signatures = [], signers = [], ...options }: JsonFileOptions,
): Promise<WrittenJsonFile> {
  const { content } = opened;
  const signed = signedBy(signers, content, together(opened.signatures, signatures));
  const changed = signed.length > opened.signatures.length;
  if (changed) {
    const contents = { ...(await codeIn(opened)), signatures: signed };
    const text = encodeSnapshot(content.tree, contents, options);
    if ((await writeDurably(file, text, { replace: stat, chunksStayValid: true })) === null)
      throw changedMeanwhile(file);
  }
  // With a signature all of the file is written anew.
  const transfer = opened.carriesBinaries ? allOf(content.tree, changed ? 'sent' : 'skipped') : NO_TRANSFER;
  return { ...written(file, content, signed), changed, transfer, droppedSignatures: 0 };
}

function written({ path }: ReachedFile, { tree, digest }: Document, signatures: readonly CarriedSignature[]) {
  return { reference: path, digest, document: tree, signatures };
}

/** A file may have the code of some components only. */
async function codeIn({ content, blobs }: OpenSnapshot): Promise<Pick<FileContents, 'blobs' | 'ids'>> {
  const ids = new Set<string>();
  for (const { component_id, artifact } of content.tree.components)
    if (await blobs.has(artifact)) ids.add(component_id);
  return { blobs, ids };
}

function changedMeanwhile({ path }: ReachedFile): StoreError {
  return new StoreError('STORE_CHANGING', `${path} changed while it was being signed`, {
    hint: 'nothing was written; look at what is there now, and sign that',
  });
}

/** False also when the code inside is damaged: then the file is written again. */
async function isSame(existing: OpenSnapshot, wanted: Document, withBinaries: boolean): Promise<boolean> {
  if (!saysTheSame(existing.content, wanted)) return false;
  if (wanted.tree.components.length === 0) return true;
  if (existing.carriesBinaries !== withBinaries) return false;
  return !withBinaries || (await isWhole(existing));
}

async function isWhole({ content, blobs }: OpenSnapshot): Promise<boolean> {
  try {
    await verifyBlobs(blobs, artifactsOf(content.tree));
    return true;
  } catch (error) {
    if (error instanceof StateError && (error.kind === 'verification' || error.kind === 'format'))
      return false;
    throw error;
  }
}
