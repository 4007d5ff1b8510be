// Tells what is written where a password would stand and is none: a variable, a type, a path, words about it.

const SHORTEST_PASSWORD = 4;

/** How documentation, configuration and code refer to a value that is elsewhere. */
const ELSEWHERE = [
  /^\$[A-Z_][A-Z0-9_]*$|^\$[a-z_]+$|^\$[({]|^%\w+%$/, // variables of shells
  /^(?:\{.*\}?|<.*>?|\[.*\]?)$/s, // templates, and what a reader is to fill in
  /^ENC\[/, // a value that SOPS sealed
  /^(?:[*&!]\w|[|>][+-]?$)/, // an alias, a tag and a block of YAML
  /^[A-Za-z_][\w.:]{2,}\((?:.*\)+)?$|^[a-z][\w-]*<.*>\)*$/s, // a call, a type with parameters
  /^(?:process\.env|os\.environ|env|secrets?|vault|config|settings|op|input|args|params|self|this|options)[.:[]/i,
  /^[a-z][a-z0-9+.-]*:\/\//i,
  /^(?:~|\.{1,2})?(?:\/[\w.-]+)+\/?$|^[A-Za-z]:\\/, // paths
];

const WORDS = new Set(
  `string str text any unknown number integer int bool boolean object array list true false null none nil undefined
  void required optional yes no empty unset redacted hidden masked removed omitted secret pass password passwd passphrase
  mypassword yourpassword your_password your-password placeholder example default prompt ask stdin env variable`.split(
    /\s+/,
  ),
);

/** Words that make a sentence, which no password is. */
const SENTENCE = /\s/;
const OF_A_SENTENCE =
  /\b(?:the|a|an|of|to|for|your|is|be|must|with|in|or|and|that|this|not|it|which|may|can)\b/i;

/** Whether `value` stands for a password that is elsewhere, or speaks about one. */
export function standsForOne(value: string): boolean {
  const text = value.trim();
  return (
    text.length < SHORTEST_PASSWORD ||
    /^(.)\1*\.*$/su.test(text) ||
    WORDS.has(text.toLowerCase().replace(/[.,:;!?)\]}]+$/, '')) ||
    ELSEWHERE.some((pattern) => pattern.test(text)) ||
    (SENTENCE.test(text) && OF_A_SENTENCE.test(text))
  );
}
