// What git runs to join a snapshot: three temporary files of git's, of which the one with ours gets the result. They come from
// a repository, so nothing of them is run, fetched or kept.
import { firstOf } from '../../src/disk/blobs/blobs.ts';
import { readFileBytes } from '../../src/disk/blobs/file-bytes.ts';
import { lookAt, writeDurably } from '../../src/disk/durable-file.ts';
import { StateError } from '../../src/errors.ts';
import { type MergeConflict, mergeConflicts } from '../../src/plan/merge-conflict.ts';
import { Snapshot } from '../../src/site/snapshot.ts';
import { saysTheSame } from '../../src/snapshot/contents.ts';
import { mergedDocument } from '../../src/snapshot/merge/documents.ts';

const LINE_END = 0x0a;

/** The files, as git names them with %O, %A and %B. */
export interface DriverFiles {
  /** Empty where both sides added the file. */
  base: string;
  /** Gets the result, or both texts between conflict markers. */
  ours: string;
  theirs: string;
}

/** Why the file is not joined; null where it is. */
export type DriverOutcome = null | readonly MergeConflict[] | StateError;

/** Git leaves ours without any marker where this fails, which looks as if all were well: so it never does. */
export async function joinFiles(files: DriverFiles): Promise<DriverOutcome> {
  try {
    const conflicts = await join(files);
    if (conflicts.length === 0) return null;
    await leaveMarkers(files);
    return conflicts;
  } catch (error) {
    await leaveMarkers(files);
    if (error instanceof StateError) return error;
    throw error;
  }
}

async function join({ base, ours, theirs }: DriverFiles): Promise<readonly MergeConflict[]> {
  const before = (await lookAt(base)).size === 0n ? null : await Snapshot.loadFromFile(base);
  const [here, there] = [await Snapshot.loadFromFile(ours), await Snapshot.loadFromFile(theirs)];
  const documents = { base: before?.content ?? null, ours: here.content, theirs: there.content };
  const { document, conflicts } = mergedDocument(documents, new Map());
  if (document === null)
    return mergeConflicts(conflicts, documents, { base: 'base', ours: 'ours', theirs: 'theirs' });
  if (saysTheSame(here.content, document)) return [];
  const { carriesBinaries } = here;
  const blobs = firstOf([here.blobs, there.blobs]);
  const merged = Snapshot.of({ content: document, blobs, carriesBinaries, signatures: [], notes: [] });
  await replace(ours, [Buffer.from(await merged.toJson())]);
  return [];
}

async function leaveMarkers(files: DriverFiles): Promise<void> {
  await replace(files.ours, withMarkers(files));
}

/** Byte for byte, and piece by piece: whatever the files are, they have to end up here. */
async function* withMarkers({ ours, theirs }: DriverFiles): AsyncGenerator<Uint8Array> {
  yield Buffer.from('<<<<<<< ours\n');
  yield* wholeLines(ours);
  yield Buffer.from('=======\n');
  yield* wholeLines(theirs);
  yield Buffer.from('>>>>>>> theirs\n');
}

async function* wholeLines(file: string): AsyncGenerator<Uint8Array> {
  let isEnded = true;
  for await (const chunk of readFileBytes(file)) {
    isEnded = chunk.at(-1) === LINE_END;
    yield chunk;
  }
  if (!isEnded) yield Buffer.of(LINE_END);
}

async function replace(
  file: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  await writeDurably(file, chunks, { replace: true, mode: 0o644 });
}
