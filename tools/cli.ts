#!/usr/bin/env node
// The entry point: starts the server at once if that is asked for, and the command line otherwise.
import { countOwn, LOCATION_FLAGS, parseFlags, SERVE_FLAGS } from './cli/commands/flags.ts';
import { commandWords, isCommand } from './cli/declared/names.ts';

const FLAGS = { ...LOCATION_FLAGS, ...SERVE_FLAGS };
/** These are about the output, and may stand before the command: `-q list` is `list -q`. */
const OUTPUT_FLAGS = ['-q', '--quiet', '--no-color'];

/** An MCP client starts us without a terminal and without a command: that means `serve`. */
function argumentsOf(args: readonly string[]): string[] {
  if (process.stdin.isTTY && args.every((arg) => OUTPUT_FLAGS.includes(arg))) return ['--help'];
  if (args.length > 0 && !args[0]!.startsWith('-')) return [...args];
  const asksForHelp = args
    .slice(0, countOwn(args, FLAGS))
    .some((arg) => ['-h', '--help', '-V', '--version'].includes(arg));
  return asksForHelp ? [...args] : ['serve', ...args];
}

function commandFirst(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => !OUTPUT_FLAGS.includes(arg));
  if (at <= 0 || args[at]!.startsWith('-')) return args;
  const words = commandWords(args.slice(at));
  return [...words, ...args.slice(0, at), ...args.slice(at + words.length)];
}

async function report(error: unknown, args: readonly string[]): Promise<void> {
  (await import('./cli/terminal.ts')).surviveLostOutput();
  process.exitCode = (await import('./cli/report-error.ts')).reportError(error, args);
}

const given = commandFirst(process.argv.slice(2));
const args = argumentsOf(given);
const [command, ...rest] = args;
/** Behind the flags of `serve` stands the command of a Wassette to wrap; some clients drop the `--` before it. */
const end = countOwn(rest, FLAGS);
const serveFlags = command === 'serve' ? parseFlags(rest.slice(0, end), FLAGS) : null;
if (command === 'serve' && given[0]?.startsWith('-') && isCommand(rest[end])) {
  // It would be started as the program that is a Wassette.
  await report((await import('./cli/usage-error.ts')).behindOptions(rest.slice(end), rest[0]!), given);
} else if (serveFlags !== null) {
  try {
    await (await import('./cli/commands/serve.ts')).runServe(
      serveFlags,
      end === rest.length ? null : rest.slice(rest[end] === '--' ? end + 1 : end),
    );
  } catch (error) {
    await report(error, args.slice(0, end + 1));
  }
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(args);
}
