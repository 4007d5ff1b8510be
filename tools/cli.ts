#!/usr/bin/env node
// The entry point: starts the server at once if that is asked for, and the command line otherwise.
import { countOwn, LOCATION_FLAGS, parseFlags, SERVE_FLAGS } from './cli/commands/flags.ts';

const FLAGS = { ...LOCATION_FLAGS, ...SERVE_FLAGS };

/** An MCP client starts us without a terminal and without a command: that means `serve`. */
function argumentsOf(args: readonly string[]): string[] {
  if (args.length === 0) return process.stdin.isTTY ? ['--help'] : ['serve'];
  if (!args[0]!.startsWith('-')) return [...args];
  const asksForHelp = args
    .slice(0, countOwn(args, FLAGS))
    .some((arg) => ['-h', '--help', '-V', '--version'].includes(arg));
  return asksForHelp ? [...args] : ['serve', ...args];
}

/** Options about the output may stand before the command: `-q list` is `list -q`. */
function commandFirst(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => !['-q', '--quiet', '--no-color'].includes(arg));
  if (at <= 0 || args[at]!.startsWith('-')) return args;
  const end = at + (['store', 'policy'].includes(args[at]!) ? 2 : 1);
  return [...args.slice(at, end), ...args.slice(0, at), ...args.slice(end)];
}

const given = commandFirst(process.argv.slice(2));
const args = argumentsOf(given);
const [command, ...rest] = args;
/** Behind the flags of `serve` stands the command of a Wassette to wrap; some clients drop the `--` before it. */
const end = countOwn(rest, FLAGS);
const serveFlags = command === 'serve' ? parseFlags(rest.slice(0, end), FLAGS) : null;
if (serveFlags !== null) {
  try {
    await (await import('./cli/commands/serve.ts')).runServe(
      serveFlags,
      end === rest.length ? null : rest.slice(rest[end] === '--' ? end + 1 : end),
    );
  } catch (error) {
    (await import('./cli/terminal.ts')).surviveLostOutput();
    process.exitCode = (await import('./cli/report-error.ts')).reportError(error, args.slice(0, end + 1));
  }
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(args);
}
