// What a token lets its bearer do: in the words of registries, `repository:<name>:pull,push`.

export type Scopes = readonly string[];

export function scopeOf(repository: string, access: 'read' | 'write'): string {
  return `repository:${repository}:${access === 'read' ? 'pull' : 'pull,push'}`;
}

/** All of both, the actions on one thing in one scope. */
export function scopesTogether(wanted: Scopes, demanded: Scopes): string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of [...wanted, ...demanded]) {
    const at = scope.lastIndexOf(':');
    if (at === -1) continue;
    const thing = scope.slice(0, at);
    const known = actions.get(thing) ?? new Set();
    for (const action of scope.slice(at + 1).split(',')) known.add(action);
    actions.set(thing, known);
  }
  return [...actions].map(([thing, known]) => `${thing}:${[...known].join(',')}`);
}
