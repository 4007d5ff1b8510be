// Refuses options that would change nothing: whoever gives one believes that it does.
import { UsageError } from '../../../src/errors.ts';
import { flagName } from '../commands/flags.ts';

/**
 * @param options by name, as the parser gives them @param names of those that have no effect here
 * @param where they have none, to follow "has no effect" @throws UsageError USAGE_BAD_ARGUMENT
 */
export function refuseUnused<T extends object>(
  options: T,
  names: readonly (keyof T & string)[],
  where: string,
  hint = 'leave it out',
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${asWritten(given, options[given])} has no effect ${where}`, {
    hint,
  });
}

function asWritten(name: string, value: unknown): string {
  return `--${value === false ? 'no-' : ''}${flagName(name)}`;
}
