// The error for a YAML text that is refused. Whoever had it read adds what the text is and gives the error a code.
import { type ErrorCode, type ErrorDetails, FormatError } from '../../errors.ts';

/** Messages say what is wrong in our own words and never quote the text: it may hold a secret by mistake. */
export class YamlProblem extends Error {
  constructor(
    readonly line: number,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** The text may be valid, but is too large to be read. */
export class YamlTooLarge extends YamlProblem {}

/** The error for whoever gave the text. @param code for a text that is wrong, and not too large @param where it is wrong */
export function refusalOf(
  problem: YamlProblem,
  code: ErrorCode,
  where: string,
  details: ErrorDetails = {},
): FormatError {
  const { line, message, hint } = problem;
  return new FormatError(
    problem instanceof YamlTooLarge ? 'FORMAT_LIMIT_EXCEEDED' : code,
    `${where}: ${message}`,
    { hint, details: { ...details, line } },
  );
}

/** The hint for what parsers may read differently. */
export const PLAINLY =
  'write it in plain YAML: one "key: value" a line, lists with "- ", strings on one line';
