// Why a text is refused, before anybody knows whose it is: whoever asked for it to be read says that, and gives a code.

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

/** It may be right, and is too large to be read. */
export class YamlTooLarge extends YamlProblem {}

/** The hint for what parsers may read differently. */
export const PLAINLY =
  'write it in plain YAML: one "key: value" a line, lists with "- ", strings on one line';
