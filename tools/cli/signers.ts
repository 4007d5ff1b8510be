// Who signed a snapshot, in what is listed of it: those whose signatures were checked and hold, and whether they count here.
import { quotedWhole, safeText } from '../../src/codec/safe-text.ts';
import { StateError } from '../../src/errors.ts';
import { signersIn } from '../../src/list.ts';
import type { PlanSigner } from '../../src/plan/signers.ts';
import type { CommonOptions } from '../../src/site/site.ts';
import type { Snapshot } from '../../src/site/snapshot.ts';
import { print, warn, wrapped } from './terminal.ts';

/** Null of signers: it cannot be told, as the notes say. */
interface Signing {
  signers: readonly PlanSigner[] | null;
  notes: readonly string[];
}

/** A list of accepted signers that cannot be read keeps nobody from looking into a snapshot. */
export async function signingOf(snapshot: Snapshot, options: CommonOptions): Promise<Signing> {
  try {
    const { signers, faults } = await signersIn(snapshot, options);
    return { signers, notes: faults };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return { signers: null, notes: [`by whom the snapshot is signed cannot be told: ${error.message}`] };
  }
}

export function printSigning({ signers, notes }: Signing): void {
  if (signers !== null && signers.length === 0) print(wrapped('signed  ', 'by nobody'));
  for (const { fingerprint, names } of signers ?? [])
    print(
      wrapped(
        'signed  ',
        names.length === 0
          ? `by ${fingerprint}, not accepted here`
          : `by ${names.map(quotedWhole).join(', ')} (${fingerprint}), accepted here`,
      ),
    );
  for (const note of notes) warn(wrapped('note: ', safeText(note, 2_000)));
}

/** For JSON. */
export function shownSigning({ signers, notes }: Signing): object {
  return {
    signed_by:
      signers?.map(({ fingerprint, names }) => ({
        fingerprint,
        accepted_as: names.length === 0 ? null : names,
      })) ?? null,
    signature_notes: notes,
  };
}
