// What an export came to, as the tool and the command say it.
import type { ExportDestination, ExportResult } from '../src/export.ts';
import { parseReference } from '../src/places/reference.ts';

export interface Exported {
  /** What to hand over: the name it was given, if any. */
  reference: string;
  componentIds: readonly string[];
  /** Of the code that the snapshot names, carried or not; in bytes. */
  size: number;
  isManifest: boolean;
  /** Whether it is a file that looks like a backup, and is none on another machine. */
  lacksCode: boolean;
}

export function exportedAs(written: ExportResult, { file, name }: ExportDestination): Exported {
  const { components } = written.document;
  const isManifest = file !== undefined && parseReference(file).kind === 'deployment';
  return {
    reference: file === undefined && name !== undefined ? name : written.reference,
    componentIds: components.map(({ component_id }) => component_id),
    size: components.reduce((sum, { artifact }) => sum + artifact.size, 0),
    isManifest,
    lacksCode: !isManifest && !written.carriesBinaries && components.length > 0,
  };
}
