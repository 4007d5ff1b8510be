// Opens a file with the program that this system has for it.
import { spawn } from 'node:child_process';
import { UsageError } from '../../src/errors.ts';

/** The file is the last argument; it is absolute, so none of them takes it for an option or a command. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer.exe' };
const OTHERWISE = 'xdg-open';

/** Does not wait until it is closed again. @throws UsageError USAGE_BAD_ARGUMENT where there is no such program */
export async function openInBrowser(file: string): Promise<void> {
  const opener = OPENERS[process.platform] ?? OTHERWISE;
  const child = spawn(opener, [file], { stdio: 'ignore', detached: true });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(
        new UsageError('USAGE_BAD_ARGUMENT', `--open needs ${opener}, which is not here`, {
          hint: `open it yourself: ${file}`,
          cause,
        }),
      );
    });
  });
  child.unref();
}
