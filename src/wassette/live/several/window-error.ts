// Says in which window something went wrong: somebody has to look there, or close it.
import { errorOf, StateError } from '../../../errors.ts';
import type { Neighbour } from '../registry/neighbours.ts';

export function inWindow(error: unknown, { process, introduction }: Neighbour): unknown {
  if (!(error instanceof StateError)) return error;
  const { code, message, hint, remedy, details, said } = error;
  const version = introduction.wassette_version;
  const which = version === null ? `process ${process}` : `process ${process}, Wassette ${version}`;
  return errorOf(code, `${message}, in another window (${which})`, {
    ...(hint === undefined ? {} : { hint }),
    ...(remedy === undefined ? {} : { remedy }),
    details: { ...details, window_pid: process },
    said,
    cause: error.cause,
  });
}
