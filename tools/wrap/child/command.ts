// Understands the command after `serve`: how it starts Wassette, and whether it can be wrapped.
import { parseArgs } from 'node:util';
import { UsageError } from '../../../src/errors.ts';
import { isWassette } from '../../../src/wassette/live/wassette-processes.ts';
import { shellQuoted } from '../../command-line.ts';
import type { ServerOptions } from '../../mcp/server-options.ts';

/**
 * How to start a one-shot command of the wrapped Wassette; null when that is unknown, or the operator has switched its
 * tools off: then nothing must be loaded through it or beside it.
 */
export function loaderIn(command: readonly string[]): string[] | null {
  return command.includes('--disable-builtin-tools') ? null : programIn(command);
}

export function programIn(command: readonly string[]): string[] | null {
  const run = subcommandAt(command);
  return run > 0 ? command.slice(0, run) : null;
}

/**
 * The index of Wassette's `run` in the command; what comes before it starts the program. -1 where no word before it is
 * Wassette by its name: npm, docker and scripts have a `run` of their own, answer `--version` for themselves, and load nothing.
 */
function subcommandAt(command: readonly string[]): number {
  for (const [i, word] of command.entries()) {
    if (!isWassette(word)) continue;
    const { tokens } = parseWassette(command.slice(i + 1));
    const first = tokens.find(({ kind }) => kind === 'positional');
    if (first !== undefined && command[i + 1 + first.index] === 'run') return i + 1 + first.index;
  }
  return -1;
}

/** The options of Wassette's `run`, which its `serve` has, too. */
const RUN_OPTIONS = {
  'component-dir': { type: 'string' },
  'plugin-dir': { type: 'string' },
  env: { type: 'string', multiple: true },
  'env-file': { type: 'string' },
  'disable-builtin-tools': { type: 'boolean' },
} as const;

/**
 * The command with `run` where it has Wassette's `serve`, which listens on a port; null when it has not. Wassette 0.3 has
 * no `run`, but `serve --stdio`.
 * @internal exported for tests of commands without a process each
 */
export function withRun(command: readonly string[]): string[] | null {
  // An image, a user or a package may be called so as well: what counts is the word before `serve` or `run`.
  const ends = command.flatMap((word, i) => (isWassette(word) ? [i + 1] : []));
  for (const end of ends) {
    const [subcommand, kept] = subcommandIn(command.slice(end));
    if (subcommand === 'run') return null;
    if (subcommand === 'serve') return kept && [...command.slice(0, end), 'run', ...kept];
  }
  return null;
}

/** The subcommand of Wassette in its arguments, and those of them that `run` has, too; null for one without a port. */
function subcommandIn(args: string[]): [subcommand: string | undefined, kept: string[] | null] {
  const { tokens, positionals, values } = parseWassette(args);
  const kept = tokens.flatMap((token) => {
    if (token.kind !== 'option' || !Object.hasOwn(RUN_OPTIONS, token.name)) return [];
    return token.value === undefined ? [token.rawName] : [token.rawName, token.value];
  });
  return [positionals[0], values.stdio === undefined ? kept : null];
}

function parseWassette(args: string[]) {
  return parseArgs({ args, options: RUN_OPTIONS, strict: false, tokens: true });
}

const MANIFEST = 'run takes no --manifest: the agent gives that file to import_state; ';

function isManifest(arg: string): boolean {
  return /^--manifest(=|$)/.test(arg);
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
export function assertWrappable(command: readonly string[], { locations, live }: ServerOptions): void {
  const [program] = command;
  const refuse = (problem: string, hint: string) => new UsageError('USAGE_BAD_ARGUMENT', problem, { hint });
  if (program === undefined || program === '')
    throw refuse(
      'there is no command after --',
      'name the command that starts Wassette, such as: wassette-state serve wassette run',
    );
  const right = withRun(command);
  if (right !== null)
    throw refuse(
      '"wassette serve" listens on a port, and does not speak MCP on standard input and output',
      `${command.some(isManifest) ? MANIFEST : ''}wrap this one: ${right.map(shellQuoted).join(' ')}`,
    );
  if (locations.componentDir !== undefined || locations.secretsDir !== undefined)
    throw refuse(
      '--component-dir and --secrets-dir are taken from the Wassette that is started',
      'leave them out, and give --component-dir to Wassette, after run',
    );
  if (live !== undefined)
    throw refuse('--wassette-url names one Wassette, and the command would start another', 'use one of them');
  const subcommand = subcommandAt(command);
  const directory = command.findIndex((arg) => /^--(component|plugin)-dir(=|$)/.test(arg));
  if (subcommand >= 0 && directory >= 0 && directory < subcommand)
    throw refuse(
      '--component-dir comes before run, where older Wassettes ignore it',
      'put it after run, so that both sides use the same directory',
    );
}
