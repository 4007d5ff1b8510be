// The arguments of the program as they are read, with the command first, for commands that are printed again.

let words: readonly string[] = [];

/** Before a command runs. */
export function setGiven(args: readonly string[]): void {
  words = args;
}

export function givenArguments(): readonly string[] {
  return words;
}
