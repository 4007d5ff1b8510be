// What git runs to join a snapshot: three temporary files of git's, of which the one with ours gets the result. They come from
// a repository, so nothing of them is run, fetched or kept.
import { firstOf } from '../../src/disk/blobs/blobs.ts';
import { readFileBytes } from '../../src/disk/blobs/file-bytes.ts';
import { lookAt, writeDurably } from '../../src/disk/durable-file.ts';
import { StateError } from '../../src/errors.ts';
import { type MergeConflict, mergeConflicts } from '../../src/plan/comparison/merge-conflict.ts';
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

/** What became of the file: where it is not joined, it has both texts between markers. */
export type DriverOutcome =
  | { kind: 'joined' /** What a reader should know of the result. */; notes: readonly string[] }
  | { kind: 'conflicts'; conflicts: readonly MergeConflict[]; hasBase: boolean }
  /** One of the files is no snapshot, or, where none is named, there can be none that has what both have. */
  | { kind: 'unreadable'; file: keyof DriverFiles | null; error: StateError };

/** Where this fails git reports a conflict, and leaves what is in ours: markers show it in the file as well, whatever happens. */
export async function joinFiles(files: DriverFiles): Promise<DriverOutcome> {
  try {
    const outcome = await join(files);
    if (outcome.kind !== 'joined') await leaveMarkers(files);
    return outcome;
  } catch (error) {
    await leaveMarkers(files);
    if (error instanceof StateError) return { kind: 'unreadable', file: null, error };
    throw error;
  }
}

async function join(files: DriverFiles): Promise<DriverOutcome> {
  const { ours } = files;
  const here = await opened(files, 'ours');
  if (!(here instanceof Snapshot)) return here;
  const there = await opened(files, 'theirs');
  if (!(there instanceof Snapshot)) return there;
  const before = (await lookAt(files.base)).size === 0n ? null : await opened(files, 'base');
  if (before !== null && !(before instanceof Snapshot)) return before;
  const documents = { base: before?.content ?? null, ours: here.content, theirs: there.content };
  const merged = mergedDocument(documents, new Map());
  if (merged.document === null) {
    const labels = { base: 'base', ours: 'ours', theirs: 'theirs' };
    const conflicts = mergeConflicts(merged.conflicts, documents, labels);
    return { kind: 'conflicts', conflicts, hasBase: before !== null };
  }
  if (!saysTheSame(here.content, merged.document)) {
    const { carriesBinaries } = here;
    const blobs = firstOf([here.blobs, there.blobs]);
    const content = merged.document;
    const snapshot = Snapshot.of({ content, blobs, carriesBinaries, signatures: [], notes: [] });
    await replace(ours, [Buffer.from(await snapshot.toJson())]);
  }
  const ofFiles = [before, here, there].flatMap((each) => each?.notes ?? []);
  return { kind: 'joined', notes: [...new Set([...ofFiles, ...merged.notes])] };
}

/** The snapshot in one of the files, or that there is none. */
async function opened(
  files: DriverFiles,
  file: keyof DriverFiles,
): Promise<Snapshot | (DriverOutcome & { kind: 'unreadable' })> {
  try {
    return await Snapshot.loadFromFile(files[file]);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    // The name of a temporary file tells its reader nothing.
    error.message = error.message.replaceAll(files[file], file);
    return { kind: 'unreadable', file, error };
  }
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
