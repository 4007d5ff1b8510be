// Shows how our entry in a client's file changes, as lines that are added and removed.
import { diffLines } from 'diff';
import { ENTRY_NAME } from './change.ts';
import type { Client } from './clients.ts';
import { tomlEntry } from './config/toml-config.ts';
import { OWN_VARIABLES } from './launch.ts';

export interface DiffLine {
  mark: '+' | '-' | ' ';
  text: string;
}

/** Of the entry only: what stands beside it stays, and may hold other servers' keys. */
export function entryDiff(client: Client, before: object | undefined, after: object | undefined): DiffLine[] {
  return diffLines(linesOf(client, before), linesOf(client, after)).flatMap(({ added, removed, value }) => {
    const mark = added ? '+' : removed ? '-' : ' ';
    return value
      .trimEnd()
      .split('\n')
      .map((text): DiffLine => ({ mark, text }));
  });
}

function linesOf({ format, keys, shape }: Client, entry: object | undefined): string {
  if (entry === undefined) return '';
  const shown = withoutValues(entry, shape.env);
  if (format === 'toml') return `${tomlEntry([...keys, ENTRY_NAME], shown)}\n`;
  return `${JSON.stringify(ENTRY_NAME)}: ${JSON.stringify(shown, null, 2)}\n`;
}

/** The variables that a person has given it are often keys. */
function withoutValues(entry: object, env: string): object {
  const { [env]: variables, ...others } = entry as Record<string, unknown>;
  if (typeof variables !== 'object' || variables === null) return entry;
  const hidden = Object.entries(variables).map(([name, value]) => [
    name,
    OWN_VARIABLES.includes(name) ? value : '…',
  ]);
  return { ...others, [env]: Object.fromEntries(hidden) };
}
