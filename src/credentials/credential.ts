// What a search finds in a text, and the table that says how: one row for each kind of credential.

/** Where a text seems to hold a credential. Never the text itself: that would only travel further. */
export interface Credential {
  /** The name of the rule that found it. */
  rule: string;
  start: number;
  end: number;
}

/** One kind of credential. */
export interface Rule {
  name: string;
  /** Global, and in time linear in the text: what is repeated begins where it cannot begin anew a character later, or is bounded. */
  pattern: RegExp;
  /** Whether a match is one, where the pattern alone says too much. */
  confirms?(match: RegExpExecArray): boolean;
}
