// The place that is a JSON file.
import type { Blobs } from '../../disk/blobs/blob.ts';
import { assertDirectoryOf } from '../../disk/durable-file.ts';
import type { FileRef } from '../../disk/paths/fence.ts';
import type { StateError } from '../../errors.ts';
import type { Document } from '../../snapshot/document.ts';
import type {
  OpeningOptions,
  OpenSnapshot,
  PartialSnapshot,
  Place,
  PlacedSnapshot,
  SigningOptions,
  Wanted,
  WritingOptions,
  WrittenSnapshot,
} from '../place.ts';
import { compressionOf } from './compression.ts';
import { listDraftFile, openJsonFile } from './reader.ts';
import { signJsonFile, writeJsonFile } from './writer.ts';

const GONE =
  'the file that was replaced had been signed: those signatures are of what was there, and went with it';

export class JsonFilePlace implements Place {
  /** @param withCode whether what is written carries the code */
  constructor(
    private readonly file: FileRef,
    private readonly withCode: boolean,
  ) {}

  open(options: OpeningOptions): Promise<OpenSnapshot> {
    return openJsonFile(this.file, options);
  }

  async assertTakes({ compress }: Wanted): Promise<void> {
    compressionOf(this.file, compress);
    await assertDirectoryOf(this.file);
  }

  async write(document: Document, blobs: Blobs, options: WritingOptions): Promise<PlacedSnapshot> {
    const { droppedSignatures, ...written } = await writeJsonFile(
      this.file,
      document,
      this.withCode ? blobs : null,
      options,
    );
    const notes = droppedSignatures === 0 ? [] : [GONE];
    return { ...written, carriesBinaries: this.withCode, isManifest: false, notes };
  }

  sign(options: SigningOptions): Promise<WrittenSnapshot> {
    return signJsonFile(this.file, options);
  }

  /** For a file of the earlier draft, in which nothing but the code itself identifies the code. */
  async withoutCode(error: StateError, signal?: AbortSignal): Promise<PartialSnapshot | null> {
    if (error.code !== 'VERIFY_PART_MISSING') return null;
    const draft = await listDraftFile(this.file, signal);
    const note =
      'a file of the earlier draft without its binaries: it can only be listed, and nothing is verified';
    return (
      draft && {
        components: draft.map(({ component_id, source_uri, metadata, policy }) => ({
          component_id,
          sha256: null,
          source_uri,
          tools: metadata.tool_names,
          policy: policy ? { text: policy.content } : null,
        })),
        notes: [note],
      }
    );
  }
}
