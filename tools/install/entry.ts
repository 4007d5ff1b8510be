// The shapes in which clients write down how a server is started.
import { isWassette } from '../../src/wassette/live/wassette-processes.ts';
import type { Launch } from './launch.ts';

/** How a client's entry looks. */
export interface EntryShape {
  /** Keys with a fixed value, such as a type. */
  fixed: Readonly<Record<string, unknown>>;
  /** Whether program and arguments are one list under `command`. */
  oneList: boolean;
  /** The key of the variables. */
  env: string;
}

/** @param old the entry that is there; what the person has added to it stays */
export function entryFor({ command, args, env }: Launch, shape: EntryShape, old: object = {}): object {
  const { [shape.env]: _env, command: _command, args: _args, ...theirs } = old as Record<string, unknown>;
  return {
    ...shape.fixed,
    ...theirs,
    ...(shape.oneList ? { command: [command, ...args] } : { command, args: [...args] }),
    ...(Object.keys(env).length === 0 ? {} : { [shape.env]: { ...env } }),
  };
}

/** What an entry starts; null when it starts nothing, such as one with an address. */
export function launchIn(entry: unknown, shape: EntryShape): Launch | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { command, args, [shape.env]: env } = entry as Record<string, unknown>;
  const [program, ...rest] = shape.oneList ? strings(command) : [...wordsOf(command, args), ...strings(args)];
  if (typeof program !== 'string') return null;
  const variables = typeof env === 'object' && env !== null ? env : {};
  return {
    command: program,
    args: rest as string[],
    env: Object.fromEntries(
      Object.entries(variables).flatMap(([name, value]) =>
        ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [],
      ),
    ),
  };
}

/** A whole command where a program should be: so Wassette's own button for Cursor writes it. */
function wordsOf(command: unknown, args: unknown): unknown[] {
  const words = typeof command === 'string' && args === undefined ? command.trim().split(/\s+/) : [];
  return words.length > 1 && isWassette(words[0]!) ? words : [command];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
