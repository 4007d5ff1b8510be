#!/usr/bin/env node
// The entry point: starts the server at once if that is asked for, and the command line otherwise.
import { LOCATION_FLAGS, parseFlags, SERVE_FLAGS } from './cli/commands/flags.ts';

/** An MCP client starts us without a terminal and without a command: that means `serve`. */
function argumentsOf(args: readonly string[]): string[] {
  const asksForHelp = args.some((arg) => ['-h', '--help', '-V', '--version'].includes(arg));
  const startsServer = args.length === 0 ? !process.stdin.isTTY : args[0]!.startsWith('-') && !asksForHelp;
  return startsServer ? ['serve', ...args] : args.length === 0 ? ['--help'] : [...args];
}

const given = process.argv.slice(2);
const end = given.indexOf('--');
/** Behind `--` stands the command of a Wassette to wrap. */
const wrapped = end < 0 ? null : given.slice(end + 1);
const args = end === 0 ? ['serve'] : argumentsOf(end < 0 ? given : given.slice(0, end));
const serveFlags =
  args[0] === 'serve' ? parseFlags(args.slice(1), { ...LOCATION_FLAGS, ...SERVE_FLAGS }) : null;
if (serveFlags !== null) {
  try {
    await (await import('./cli/commands/serve.ts')).runServe(serveFlags, wrapped);
  } catch (error) {
    process.exitCode = (await import('./cli/report-error.ts')).reportError(error, given);
  }
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(wrapped === null ? args : [...args, '--', ...wrapped]);
}
