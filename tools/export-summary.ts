// Summarises an export, for the tool and the command.
import { totalSize } from '../src/disk/blobs/blobs.ts';
import type { ExportResult } from '../src/export.ts';
import { type ExportDestination, plainDestination } from '../src/site/places.ts';
import { artifactsOf } from '../src/snapshot/schema.ts';

export interface Exported {
  /** What to hand over: the name it was given, if any. */
  reference: string;
  componentIds: readonly string[];
  /** Size in bytes of the code that the snapshot names, whether it carries it or not. */
  size: number;
  /** Whether it is a file that looks like a backup, but needs the code that is installed here. */
  lacksCode: boolean;
  /** Bytes of code by what became of them. */
  transfer: { sent_bytes: number; shared_bytes: number; skipped_bytes: number };
}

export function exportedAs(written: ExportResult, destination: ExportDestination): Exported {
  const { components } = written.document;
  const { sent, shared, skipped } = written.transfer;
  return {
    reference: plainDestination(destination).name ?? written.reference,
    componentIds: components.map(({ component_id }) => component_id),
    size: totalSize(artifactsOf(written.document)),
    lacksCode: !written.isManifest && !written.carriesBinaries && components.length > 0,
    transfer: { sent_bytes: sent.bytes, shared_bytes: shared.bytes, skipped_bytes: skipped.bytes },
  };
}
