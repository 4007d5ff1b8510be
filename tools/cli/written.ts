// What the command line says of a snapshot that was written.
import { counted } from '../../src/codec/enumeration.ts';
import { safeText } from '../../src/codec/safe-text.ts';
import type { ExportResult } from '../../src/export.ts';
import type { Exported } from '../export-summary.ts';
import { bytes, tell, warn, wrapped } from './terminal.ts';

/** As JSON. */
export function shownWritten(
  { document, digest, changed, carriesBinaries, signatures, notes }: ExportResult,
  { reference, componentIds, size, transfer }: Exported,
): object {
  return {
    reference,
    snapshot_digest: digest,
    state_digest: document.state_digest,
    changed,
    components: componentIds.length,
    total_bytes: size,
    carries_binaries: carriesBinaries,
    transfer,
    signatures: signatures.length,
    notes,
  };
}

/** @param verb what was done @param isStream whether it went to standard output, and is nowhere */
export function tellWritten(
  verb: 'Exported' | 'Copied' | 'Merged',
  { document, digest, changed, carriesBinaries, signatures, notes }: ExportResult,
  { reference, componentIds, size, transfer }: Exported,
  isStream: boolean,
): void {
  const what = `${counted(componentIds.length, 'component')}${carriesBinaries ? `, ${bytes(size)} of code` : ''}`;
  tell(changed ? `${verb} ${what}` : `Unchanged: ${what}`);
  if (!isStream) tell(wrapped('saved   ', safeText(reference, 4_096)));
  if (carriesBinaries && size > 0 && !isStream) tell(wrapped('sent    ', sentInWords(transfer)));
  if (reference !== digest) tell(wrapped('digest  ', digest));
  tell(wrapped('state   ', document.state_digest));
  if (signatures.length > 0) tell(wrapped('signed  ', counted(signatures.length, 'signature')));
  for (const note of notes) warn(wrapped('note: ', note));
}

function sentInWords({ sent_bytes, shared_bytes, skipped_bytes }: Exported['transfer']): string {
  const sent = sent_bytes === 0 ? 'nothing' : bytes(sent_bytes);
  const there = shared_bytes + skipped_bytes;
  return there === 0 ? sent : `${sent}: the place has ${bytes(there)} of the code already`;
}
