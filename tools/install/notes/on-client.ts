// What a person should know of a client that is set up, whatever its file says.
import path from 'node:path';
import { quoted } from '../../../src/codec/safe-text.ts';
import type { ForeignFile } from '../../../src/disk/foreign-file.ts';
import { WHAT_A_TERMINAL_PROVES } from '../../operator-approval.ts';
import { ENTRY_NAME } from '../change.ts';
import type { Client } from '../clients.ts';
import type { Programs } from '../launch.ts';
import type { InstallFlags } from '../setup.ts';

export function notesOnClient(
  { name, runsUnasked, startsInProject }: Client,
  { program }: Programs,
  allowDirs: readonly string[],
  { neverWiden, readOnly, approval }: InstallFlags,
): string[] {
  const isHeld = neverWiden || readOnly || approval === 'operator' || approval === 'signed';
  return [
    ...(approval === 'operator'
      ? [`imports wait until somebody approves them with wassette-state approve; ${WHAT_A_TERMINAL_PROVES}`]
      : []),
    ...(runsUnasked === undefined || isHeld
      ? []
      : [`${name} runs tools without asking you, unless it is told to ask: ${runsUnasked}`]),
    ...(startsInProject || allowDirs.length > 0
      ? []
      : [
          `${name} starts servers outside of your project: name a folder for snapshot files with --allow-dir`,
        ]),
    ...(program.split(path.sep).includes('_npx')
      ? ['this program lies in a cache of npx, which is cleared now and then: install it, and repeat this']
      : []),
  ];
}

/** Of another file with an entry of our name. */
export function noteOnJoined({ path: file }: ForeignFile, { name }: Client): string {
  return `${file} has an entry ${quoted(ENTRY_NAME)}, too, which ${name} joins with this one: take it out`;
}
