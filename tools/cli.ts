#!/usr/bin/env node
// The entry: starts the server at once when that is what is asked for, and the command line otherwise.
import { LOCATION_FLAGS, parseFlags, SERVE_FLAGS } from './commands/flags.ts';

/** Started by an MCP client there is no terminal and no command, only options: that is `serve`. */
function argumentsOf(argv: readonly string[]): string[] {
  const args = argv.slice(2);
  const asksForHelp = args.some((arg) => ['-h', '--help', '-V', '--version'].includes(arg));
  const startsServer = args.length === 0 ? !process.stdin.isTTY : args[0]!.startsWith('-') && !asksForHelp;
  return startsServer ? ['serve', ...args] : args.length === 0 ? ['--help'] : args;
}

const args = argumentsOf(process.argv);
const serveFlags =
  args[0] === 'serve' ? parseFlags(args.slice(1), { ...LOCATION_FLAGS, ...SERVE_FLAGS }) : null;
if (serveFlags !== null) await (await import('./commands/serve.ts')).runServe(serveFlags);
else {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(args);
}
