// What is said where no Wassette is found.
import path from 'node:path';
import { safeText } from '../src/codec/safe-text.ts';
import { followPath } from '../src/disk/paths/kernel-path.ts';
import { StoreError } from '../src/errors.ts';
import type { InstalledWassette } from '../src/wassette/live/program/installed.ts';

/** How to get one. */
export const GET_WASSETTE = 'get Wassette from https://github.com/microsoft/wassette/releases';

/** @param named the program that a person named @throws StoreError STORE_NO_WASSETTE */
export function assertInstalled(
  wassette: InstalledWassette,
  named: string | undefined,
): asserts wassette is Extract<InstalledWassette, { kind: 'found' }> {
  if (wassette.kind === 'found') return;
  if (wassette.kind === 'not-wassette') {
    const file = safeText(wassette.file, 400);
    throw new StoreError(
      'STORE_NO_WASSETTE',
      `${file} is not Wassette: it does not answer --version as Wassette does`,
      { hint: `${GET_WASSETTE}, and name it with --wassette PATH`, details: { file } },
    );
  }
  if (named !== undefined && followPath(path.resolve(named)).isDirectory)
    throw new StoreError('STORE_NO_WASSETTE', `${safeText(named, 400)} is a directory`, {
      hint: `name the program in it, such as --wassette ${safeText(path.join(named, 'wassette'), 400)}`,
    });
  const where =
    named === undefined ? 'there is no wassette on the PATH' : `${safeText(named, 400)} cannot be started`;
  throw new StoreError('STORE_NO_WASSETTE', where, {
    hint: `${GET_WASSETTE} and repeat this, or name the one you have with --wassette PATH`,
  });
}
