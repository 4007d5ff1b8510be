// The ids of findings, by which somebody lets one through.
import { sha256Hex } from '../codec/digest.ts';
import { UsageError } from '../errors.ts';

const DIGITS = 12;
const FINDING_ID = new RegExp(`^[0-9a-f]{${DIGITS}}$`);

/** Where a finding is, and of what kind. */
export interface FindingPlace {
  /** The component's id; null where it is none of a component. */
  componentId: string | null;
  field: string;
  rule: string;
  /** The first of this rule in this field is 1. */
  ordinal: number;
}

/**
 * The same for the same place and rule, whatever was found there: a digest of a password that somebody chose would tell the
 * password to whoever tries enough of them.
 */
export function findingId({ componentId, field, rule, ordinal }: FindingPlace): string {
  return sha256Hex(JSON.stringify([componentId, field, rule, ordinal])).slice(0, DIGITS);
}

/** @throws UsageError USAGE_BAD_ARGUMENT for what no finding is called */
export function findingIdsIn(texts: readonly string[]): ReadonlySet<string> {
  if (texts.every((text) => FINDING_ID.test(text))) return new Set(texts);
  // What was given may be the credential itself: it is not quoted.
  throw new UsageError('USAGE_BAD_ARGUMENT', 'what was given as the id of a finding is none', {
    hint: `an id has ${DIGITS} digits from 0 to f, and stands in the error that names the finding`,
  });
}
