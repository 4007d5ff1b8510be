// What is wrong with a reference to a remote place.
import { quoted } from '../../codec/safe-text.ts';
import { withoutCredentials } from '../../codec/shown-uri.ts';
import { UsageError } from '../../errors.ts';

/** @param form how it is written @param part what of it is not */
export function badReference(text: string, form: string, part = 'it'): UsageError {
  const shown = quoted(withoutCredentials(text));
  return new UsageError('USAGE_BAD_ARGUMENT', `cannot use ${shown}: ${part} is not written as it has to be`, {
    hint: `write ${form}`,
    details: { reference: shown },
  });
}
