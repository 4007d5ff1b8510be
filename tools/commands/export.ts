// `wassette-state export`
import { safeText } from '../../src/codec/safe-text.ts';
import { exportStateTo } from '../../src/export.ts';
import { parseReference } from '../../src/places/reference.ts';
import { bytes, interruptSignal, print, printJson, progressLine, wrapped } from '../terminal.ts';
import type { LocationOptions } from './locations.ts';

export interface ExportCommandOptions extends LocationOptions {
  output?: string;
  includeBinaries?: boolean;
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
  print(`${changed ? 'Exported' : 'Unchanged:'} ${count} component(s), ${bytes(size)} of code`);
  print(wrapped('saved   ', reference));
  if (reference !== digest) print(wrapped('digest  ', digest));
  print(wrapped('state   ', document.state_digest));
  const isManifest = output !== undefined && parseReference(output).kind === 'deployment';
  if (isManifest) {
    print(`serve   wassette serve --manifest ${safeText(reference, 400)}`);
    for (const note of notes) print(wrapped('note: ', note));
  } else if (!carriesBinaries) {
    print(
      wrapped('note: ', 'the code is not in the file; add --include-binaries to use it on another machine'),
    );
  } else if (output === undefined) {
    print(
      wrapped(
        'note: ',
        'the local store is on this machine; for another one use --output FILE.json --include-binaries',
      ),
    );
  }
  print(`\nRestore it with: wassette-state import ${reference}`);
}
