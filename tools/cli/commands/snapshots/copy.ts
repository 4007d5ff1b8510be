// `wassette-state copy`: the very same snapshot at another place.

import { safeText } from '../../../../src/codec/safe-text.ts';
import { copySnapshot } from '../../../../src/copy.ts';
import type { Reference } from '../../../../src/places/reference.ts';
import { alwaysKeepsCode } from '../../../../src/site/places.ts';
import { exportedAs } from '../../../export-summary.ts';
import { compressionIn } from '../../options/compression.ts';
import { refuseUnused } from '../../options/unused.ts';
import {
  assertForSnapshotAlone,
  STANDARD,
  toStandardOutput,
  withSnapshotAt,
} from '../../standard-streams.ts';
import { interruptSignal, isQuiet, print, printJson, progressLine, takeStdout } from '../../terminal.ts';
import { shownWritten, tellWritten } from '../../written.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

interface CopyCommandOptions extends LocationOptions {
  includeBinaries?: boolean;
  compress?: string;
  allowRemote?: string[];
}

export async function runCopy(from: string, to: string, options: CopyCommandOptions): Promise<void> {
  const signal = interruptSignal();
  const { includeBinaries, json, allowRemote: fetchFrom } = options;
  const compress = compressionIn(options.compress);
  const isStream = to === STANDARD;
  if (isStream) assertForSnapshotAlone(json);
  if (!isStream && includeBinaries === false && alwaysKeepsCode({ file: to }))
    refuseUnused(options, ['includeBinaries'], 'where the code of each snapshot is kept');
  const onProgress = json ? undefined : progressLine();
  const copy = (source: string | Reference, file: string | Reference) =>
    copySnapshot(
      source,
      { file },
      { ...locationsIn(options), fetchFrom, includeBinaries, compress, signal, onProgress },
    );
  if (isStream) takeStdout();
  await withSnapshotAt(from, signal, async (source) => {
    const written = isStream
      ? await toStandardOutput(compress, (file) => copy(source, file))
      : await copy(source, to);
    const exported = exportedAs(written, { file: isStream ? undefined : to });
    if (json) {
      printJson(shownWritten(written, exported));
      return;
    }
    if (isQuiet() && !isStream) print(safeText(exported.reference, 4_096));
    tellWritten('Copied', written, exported, isStream);
  });
}
