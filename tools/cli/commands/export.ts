// `wassette-state export`
import path from 'node:path';
import { counted, fewOf } from '../../../src/codec/enumeration.ts';
import { quoted, safeText } from '../../../src/codec/safe-text.ts';
import { exportStateTo } from '../../../src/export.ts';
import { parseReference } from '../../../src/places/reference.ts';
import type { SnapshotDocument } from '../../../src/snapshot/schema.ts';
import { commandLine, sameCommand, shellQuoted } from '../../command-line.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import {
  bytes,
  interruptSignal,
  print,
  printCommand,
  printJson,
  progressLine,
  styled,
  wrapped,
} from '../terminal.ts';
import type { LocationOptions } from './locations.ts';

export interface ExportCommandOptions extends LocationOptions, HttpFlags {
  output?: string;
  includeBinaries?: boolean;
  allowEmpty?: boolean;
  components?: string[];
  description?: string;
  tag?: Record<string, string>;
  name?: string;
  source?: Record<string, string>;
}

export async function runExport(options: ExportCommandOptions): Promise<void> {
  const { output, name, description, tag, json } = options;
  const written = await exportStateTo(
    { file: output, name },
    {
      ...options,
      live: await wassetteAt(options),
      componentFilter: options.components,
      sources: options.source,
      metadata: description === undefined && tag === undefined ? undefined : { description, tags: tag },
      signal: interruptSignal(),
      onProgress: json ? undefined : progressLine('exporting'),
    },
  );
  const { document, digest, changed, carriesBinaries, notes } = written;
  const count = document.components.length;
  const size = document.components.reduce((sum, { artifact }) => sum + artifact.size, 0);
  const reference = output === undefined && name !== undefined ? name : written.reference;
  if (json) {
    printJson({
      reference,
      snapshot_digest: digest,
      state_digest: document.state_digest,
      changed,
      components: count,
      total_bytes: size,
      carries_binaries: carriesBinaries,
      notes,
    });
    return;
  }
  const isManifest = output !== undefined && parseReference(output).kind === 'deployment';
  if (!carriesBinaries && !isManifest) printWithoutCode(document, size);
  const what = `${counted(count, 'component')}${carriesBinaries ? `, ${bytes(size)} of code` : ''}`;
  print(changed ? `Exported ${what}` : `Unchanged: ${what}`);
  print(wrapped('saved   ', safeText(reference, 4_096)));
  if (reference !== digest) print(wrapped('digest  ', digest));
  print(wrapped('state   ', document.state_digest));
  for (const note of notes) print(wrapped('note: ', note));
  print('');
  if (isManifest)
    printCommand('Serve it with:', `wassette serve --manifest ${shellQuoted(path.resolve(output))}`);
  if (output === undefined) {
    const elsewhere = ['--output', 'tools.json', '--include-binaries'];
    printCommand(
      'The local store is on this machine. For another one:',
      sameCommand(process.argv.slice(2), { without: ['--name'], plus: elsewhere }),
    );
  }
  const again = output === undefined ? reference : path.resolve(output);
  printCommand('Restore it here with:', commandLine(['import', again], options));
}

/** Said first: such a file looks like a backup, and is none on another machine. */
function printWithoutCode(document: SnapshotDocument, size: number): void {
  if (document.components.length === 0) return;
  const ids = fewOf(document.components.map(({ component_id }) => quoted(component_id)));
  print(
    styled(
      wrapped('', `The code is NOT in this file: another machine lacks ${bytes(size)}, that of ${ids}.`),
      'yellow',
    ),
  );
  printCommand('To put it in:', sameCommand(process.argv.slice(2), { plus: ['--include-binaries'] }));
  print('');
}
