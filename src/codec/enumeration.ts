// Lists and counts of things as people read them: "a, b and 3 more", "2 components".

/** The first `most` items, and how many more there are, in words; null when there are no more. */
export function firstFew<T>(items: readonly T[], most: number): { first: readonly T[]; more: string | null } {
  const left = items.length - most;
  return { first: items.slice(0, most), more: left > 0 ? `and ${left} more` : null };
}

/** The first items, and how many more there are; `none` for an empty list. */
export function fewOf(items: readonly string[], most = 10, separator = ', '): string {
  if (items.length === 0) return 'none';
  const { first, more } = firstFew(items, most);
  return [...first, ...(more === null ? [] : [more])].join(separator);
}

/** "1 component", "2 components". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
