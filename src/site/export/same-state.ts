// For an export that is to make no new snapshot of the same state: finds the one that is there.
import { isDeepStrictEqual } from 'node:util';
import type { TransferOptions } from '../../disk/blobs/blob.ts';
import { StateError } from '../../errors.ts';
import type { OpenSnapshot, Place } from '../../places/place.ts';
import type { Document } from '../../snapshot/document.ts';
import type { SnapshotDocument } from '../../snapshot/shape.ts';
import { type Signer, signedBy } from '../../snapshot/signatures/signing.ts';

/**
 * The document at `place` that has the state of `captured`, signed by `signers`, whatever else it says; `captured` where there
 * is none. Written again, it is left alone, and what it lacks of its code comes back.
 */
export async function sameStateAt(
  place: Place,
  captured: Document,
  signers: readonly Signer[],
  { signal }: TransferOptions,
): Promise<Document> {
  // A manifest says nothing but the state, and an equal one is left alone anyway: no code is fetched to tell.
  if (place.outline !== undefined) return captured;
  const opened = await (place.withState?.(captured) ?? orNothing(place.open({ signal })));
  if (opened?.content.tree.state_digest !== captured.tree.state_digest) return captured;
  // Nobody is made to sign what somebody else says of the state.
  const isSigned = signedBy(signers, opened.content, opened.signatures).length === opened.signatures.length;
  return isSigned ? opened.content : captured;
}

/** What is something else, or damaged, is for the writing to refuse or replace. */
async function orNothing(opening: Promise<OpenSnapshot>): Promise<OpenSnapshot | null> {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const isOfContent = error.kind === 'format' || error.kind === 'verification';
    if (isOfContent || error.code === 'STORE_NOT_FOUND') return null;
    throw error;
  }
}

/** What is said of labels that were given and are not written. */
export function notesOnLabels(captured: Document, present: SnapshotDocument): string[] {
  const [given, there] = [captured.tree.metadata, present.metadata].map((labels) => ({
    description: labels?.description ?? '',
    tags: labels?.tags ?? {},
  }));
  return isDeepStrictEqual(given, there)
    ? []
    : ['the state has not changed, so that description and tags stay as they are there'];
}
