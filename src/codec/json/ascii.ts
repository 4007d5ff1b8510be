// JSON in ASCII: what is invisible or moves the cursor is escaped, and parses back unchanged.

/** @param indent of each level; none for one line */
export function asciiJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
