// Lists of patterns as OpenSSH matches them: after commas, with * and ?, and ! before what must not match.

/** Whether `text` matches one of the patterns, and none that begins with `!`. */
export function matchesList(text: string, list: string): boolean {
  const patterns = list.split(',');
  const isRefused = patterns.some((pattern) => pattern.startsWith('!') && matches(text, pattern.slice(1)));
  return !isRefused && patterns.some((pattern) => !pattern.startsWith('!') && matches(text, pattern));
}

/** In time that grows with both lengths, whatever the pattern: it is walked once for each letter. */
function matches(text: string, pattern: string): boolean {
  // Which beginnings of the pattern match what was read so far.
  let reached = afterStars(new Set([0]), pattern);
  for (const letter of text) {
    const next = new Set<number>();
    for (const at of reached) {
      if (pattern[at] === '*') next.add(at);
      else if (pattern[at] === '?' || pattern[at] === letter) next.add(at + 1);
    }
    reached = afterStars(next, pattern);
  }
  return reached.has(pattern.length);
}

/** A star also stands for nothing. */
function afterStars(positions: Set<number>, pattern: string): Set<number> {
  for (const at of positions) if (pattern[at] === '*') positions.add(at + 1);
  return positions;
}
