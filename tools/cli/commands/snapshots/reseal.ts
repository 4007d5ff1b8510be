// `wassette-state reseal`: a snapshot with secrets that were edited, as another snapshot.
import { resealTo } from '../../../../src/reseal.ts';
import { plainDestination } from '../../../../src/site/places.ts';
import { exportedAs } from '../../../export-summary.ts';
import { refuseUnused } from '../../options/unused.ts';
import { interruptSignal, print, printJson, progressLine, tell, warn, wrapped } from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

interface ResealOptions extends LocationOptions {
  secrets: string;
  output?: string;
  name?: string;
  allowFinding?: string[];
}

export async function runReseal(reference: string, options: ResealOptions): Promise<void> {
  const destination = plainDestination({ file: options.output, name: options.name });
  if (destination.file === undefined)
    refuseUnused(options, ['componentDir', 'secretsDir'], 'where no file is written');
  const written = await resealTo(reference, options.secrets, destination, {
    ...locationsIn(options),
    allowFindings: options.allowFinding,
    signal: interruptSignal(),
    onProgress: options.json ? undefined : progressLine(),
  });
  const { reference: at } = exportedAs(written, destination);
  if (options.json) {
    printJson({
      snapshot: at,
      snapshot_digest: written.digest,
      state_digest: written.document.state_digest,
      notes: written.notes,
    });
    return;
  }
  print(wrapped('', `Wrote ${at}.`));
  print(wrapped('digest  ', written.digest));
  for (const note of written.notes) warn(wrapped('note: ', note));
  tell(wrapped('', 'It is another snapshot, with another digest: give that to whoever gets it.'));
}
