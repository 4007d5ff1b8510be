// Why a policy text is refused, before anybody knows whose policy it is. `parsePolicy` adds the component.
import type { ErrorCode } from '../../errors.ts';

/** Messages say what is wrong in our own words and never quote the text: a policy may hold a secret by mistake. */
export class YamlProblem extends Error {
  constructor(
    readonly line: number,
    message: string,
    readonly hint: string,
    readonly code: ErrorCode = 'FORMAT_INVALID_POLICY',
  ) {
    super(message);
  }
}
