// Several things as people say them.

/** The first ones, and how many more there are; `none` of none. */
export function fewOf(items: readonly string[], most = 10): string {
  if (items.length === 0) return 'none';
  const more = items.length > most ? `, and ${items.length - most} more` : '';
  return items.slice(0, most).join(', ') + more;
}

/** "1 component", "2 components". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
