// The name of a signer, as an `allowed_signers` file has it.

const MOST_CHARACTERS = 255;

/** Why it is no name; null where it is one. A pattern is one, too. */
export function nameProblem(name: string): string | null {
  if (name === '') return 'it has an empty name';
  if (name !== name.trim()) return 'a name has a space at its beginning or end';
  if (name.includes('!') || name.includes('"')) return 'a name has a character that does not belong there';
  return name.length > MOST_CHARACTERS ? `a name is longer than ${MOST_CHARACTERS} characters` : null;
}

/** `*`, and what matches as much: a key with it is accepted as whoever is asked for. */
export function isOnlyAnybody(name: string): boolean {
  return /^[*?]+$/.test(name);
}

/** Whether it stands for one signer and no other. */
export function isPlainName(name: string): boolean {
  return nameProblem(name) === null && !/[*?!]/.test(name);
}
