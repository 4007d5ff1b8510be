// Writes a JSON snapshot, and adds signatures to one: whole or not at all, mode 0600.
import type { BigIntStats } from 'node:fs';
import type { Compression } from '../../codec/compression/compression.ts';
import { compressed } from '../../codec/compression/streams.ts';
import type { Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { lookAt, writeDurably } from '../../disk/durable-file.ts';
import { type FileRef, type ReachedFile, reaching } from '../../disk/paths/fence.ts';
import { StoreError } from '../../errors.ts';
import { saysTheSame } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import { type CarriedSignature, together } from '../../snapshot/signatures/signature.ts';
import { signedBy } from '../../snapshot/signatures/signing.ts';
import { occupied, openExisting } from '../existing.ts';
import type {
  OpeningOptions,
  OpenSnapshot,
  SigningOptions,
  WritingOptions,
  WrittenSnapshot,
} from '../place.ts';
import { allOf, NO_TRANSFER } from '../transfer.ts';
import { compressionOf } from './compression.ts';
import { encodeSnapshot, type FileContents } from './encoder.ts';
import { lookInto, type OpenedFile } from './reader.ts';

const A_SNAPSHOT = 'a whole snapshot of this version';

/** What became of it, and how many signatures of another document were in the file that was replaced. */
export interface WrittenJsonFile extends WrittenSnapshot {
  readonly droppedSignatures: number;
}

/**
 * Writes `document` to `file`, with the code from `blobs` inside or, when that is null, without code; compressed as the
 * ending of its name says. A file that says the same is left alone, or gets the signatures that it lacks.
 * @throws StoreError STORE_EXISTS when something else than a snapshot is there, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
 * @throws UsageError USAGE_BAD_ARGUMENT for a compression that the name does not say; PolicyError POLICY_OUTSIDE_FENCE
 */
export async function writeJsonFile(
  file: FileRef,
  document: Document,
  blobs: Blobs | null,
  options: WritingOptions = {},
): Promise<WrittenJsonFile> {
  // What was looked at is what is replaced.
  return reaching(file, (reached) => writeReached(reached, document, blobs, options));
}

async function writeReached(
  file: ReachedFile,
  document: Document,
  blobs: Blobs | null,
  { signatures, signers = [], compress, ...options }: WritingOptions,
): Promise<WrittenJsonFile> {
  const compression = compressionOf(file, compress);
  const existing = await openExisting(file, A_SNAPSHOT, (reached) =>
    openSeen(reached, { ...options, known: document.policies }),
  );
  const isCopy = signatures !== undefined;
  const isAnySigned = isCopy || (existing?.opened.signatures.length ?? 0) > 0;
  const hasSameDigest = isAnySigned && existing?.opened.content.digest === document.digest;
  const isAlike = existing !== null && existing.codec === (compression?.codec ?? null);
  if (isAlike && (await isSame(existing, document, blobs !== null))) {
    if (hasSameDigest || !isCopy) return signSeen(file, existing, { signatures, signers, ...options });
  }
  const kept = hasSameDigest ? together(existing!.opened.signatures, signatures ?? []) : (signatures ?? []);
  const signed = signedBy(signers, document, kept);
  const text = encoded(document, { blobs, signatures: signed }, compression, options);
  const replace = existing !== null;
  if ((await writeDurably(file, text, { replace, chunksStayValid: true })) === null)
    throw occupied(file, A_SNAPSHOT);
  const droppedSignatures = hasSameDigest ? 0 : (existing?.opened.signatures.length ?? 0);
  const transfer = blobs === null ? NO_TRANSFER : allOf(document.tree, 'sent');
  return { ...written(file, document, signed), changed: true, transfer, droppedSignatures };
}

/** A file that was opened, and its stat before that. */
interface SeenFile extends OpenedFile {
  stat: BigIntStats;
}

async function openSeen(file: ReachedFile, { signal, known }: OpeningOptions): Promise<SeenFile> {
  const stat = await lookAt(file);
  return { ...(await lookInto(file, { signal, known })), stat };
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
  { opened, codec, stat }: SeenFile,
  { signatures = [], signers = [], ...options }: SigningOptions,
): Promise<WrittenJsonFile> {
  const { content } = opened;
  const signed = signedBy(signers, content, together(opened.signatures, signatures));
  const changed = signed.length > opened.signatures.length;
  if (changed) {
    const contents = { ...(await codeIn(opened)), signatures: signed };
    const text = encoded(content, contents, codec && { codec }, options);
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
async function isSame(existing: OpenedFile, wanted: Document, withBinaries: boolean): Promise<boolean> {
  const { content, carriesBinaries } = existing.opened;
  if (!saysTheSame(content, wanted)) return false;
  if (wanted.tree.components.length === 0) return true;
  if (carriesBinaries !== withBinaries) return false;
  return !withBinaries || (await existing.isWhole());
}

function encoded(
  { tree }: Document,
  contents: FileContents,
  compression: Compression | null,
  options: TransferOptions,
): AsyncIterable<Uint8Array> {
  const text = encodeSnapshot(tree, contents, options);
  return compression === null ? text : compressed(text, compression);
}
