// `wassette-state export`: writes a snapshot or manifest, and says what to do with it.
import { counted, fewOf } from '../../../src/codec/enumeration.ts';
import { quoted, safeText } from '../../../src/codec/safe-text.ts';
import { type ExportResult, exportStateTo } from '../../../src/export.ts';
import { commandLine, sameCommand, shellQuoted } from '../../command-line.ts';
import { type Exported, exportedAs } from '../../export-summary.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import {
  bytes,
  interruptSignal,
  isQuiet,
  print,
  printJson,
  progressLine,
  styled,
  tell,
  tellCommand,
  warn,
  wrapped,
} from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

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
  const { name, description, tag, json } = options;
  const destination = { file: options.output, name };
  const written = await exportStateTo(destination, {
    ...locationsIn(options),
    includeBinaries: options.includeBinaries,
    allowEmpty: options.allowEmpty,
    live: await wassetteAt(options),
    componentFilter: options.components,
    sources: options.source,
    metadata: description === undefined && tag === undefined ? undefined : { description, tags: tag },
    signal: interruptSignal(),
    onProgress: json ? undefined : progressLine('exporting'),
  });
  const exported = exportedAs(written, destination);
  if (json) printJson(shownExport(written, exported));
  else printExport(written, exported, options);
}

function shownExport(
  { document, digest, changed, carriesBinaries, notes }: ExportResult,
  { reference, componentIds, size }: Exported,
): object {
  return {
    reference,
    snapshot_digest: digest,
    state_digest: document.state_digest,
    changed,
    components: componentIds.length,
    total_bytes: size,
    carries_binaries: carriesBinaries,
    notes,
  };
}

function printExport(
  { document, digest, changed, carriesBinaries, isManifest, notes }: ExportResult,
  exported: Exported,
  options: ExportCommandOptions,
): void {
  const { reference, componentIds, size, lacksCode } = exported;
  if (lacksCode) warnWithoutCode(exported);
  if (isQuiet()) print(safeText(reference, 4_096));
  const what = `${counted(componentIds.length, 'component')}${carriesBinaries ? `, ${bytes(size)} of code` : ''}`;
  tell(changed ? `Exported ${what}` : `Unchanged: ${what}`);
  tell(wrapped('saved   ', safeText(reference, 4_096)));
  if (reference !== digest) tell(wrapped('digest  ', digest));
  tell(wrapped('state   ', document.state_digest));
  for (const note of notes) warn(wrapped('note: ', note));
  tell('');
  tellHandover(reference, isManifest, options);
}

/** Printed first: such a file looks like a backup, but is not one on another machine. */
function warnWithoutCode({ componentIds, size }: Exported): void {
  const lacking = `another machine lacks ${bytes(size)} of code, for ${fewOf(componentIds.map(quoted))}`;
  warn(styled(wrapped('', `The code is NOT in this file: ${lacking}.`), 'yellow'));
  tellCommand('To include it:', sameCommand(process.argv.slice(2), { plus: ['--include-binaries'] }));
  tell('');
}

function tellHandover(reference: string, isManifest: boolean, options: ExportCommandOptions): void {
  if (options.output === undefined) {
    const elsewhere = ['--output', 'tools.json', '--include-binaries'];
    tellCommand(
      'The local store is on this machine. For another machine:',
      sameCommand(process.argv.slice(2), { without: ['--name'], plus: elsewhere }),
    );
  } else if (isManifest) {
    tellCommand('Serve it with:', `wassette serve --manifest ${shellQuoted(reference)}`);
  }
  tellCommand('Restore it here with:', commandLine(['import', reference], options));
}
