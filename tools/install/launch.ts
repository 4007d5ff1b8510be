// What a client starts: our server around Wassette, with absolute paths, because clients start with little of an environment.
import path from 'node:path';
import { packageNameOf } from '../../src/wassette/live/program/package-name.ts';
import { isWassette } from '../../src/wassette/live/wassette-processes.ts';
import type { LocationFlags } from '../../src/wassette/locations.ts';
import { countOwn, LOCATION_FLAGS, parseFlags, SERVE_FLAGS } from '../cli/commands/flags.ts';
import type { ServerOptions } from '../mcp/server-options.ts';
import { programIn } from '../wrap/child/command.ts';
import type { SealingSetup } from './sealing-setup.ts';

/** A command with what it needs of the environment. */
export interface Launch {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Files that are started. */
export interface Programs {
  node: string;
  /** This program. */
  program: string;
  wassette: string;
}

/** What the server is told; a directory is named where a client would not find it by itself. */
export interface Setup {
  allowDirs: readonly string[];
  allowRemote: readonly string[];
  readOnly: boolean;
  neverWiden: boolean;
  /** Left out where the person at the client is asked; times are as they were given. */
  approval?: { by: string; planLifetime: string | undefined } | undefined;
  writing?: ServerOptions['writing'];
  policy: string | undefined;
  requireSignature: boolean;
  allowedSigners: string | undefined;
  sealing: SealingSetup;
  /** Ids of what looks like a credential and may be exported. */
  allowFindings: readonly string[];
  stateDir: string | undefined;
  componentDir: string | undefined;
  secretsDir: string | undefined;
  configFile: string | undefined;
}

export const SECRETS_DIR = 'WASSETTE_SECRETS_DIR';
export const CONFIG_FILE = 'WASSETTE_CONFIG_FILE';
/** The variables that an entry of ours sets; others in it may be keys. */
export const OWN_VARIABLES: readonly string[] = [SECRETS_DIR, CONFIG_FILE];

export function launchOf({ node, program, wassette }: Programs, setup: Setup): Launch {
  const {
    allowDirs,
    allowRemote,
    readOnly,
    neverWiden,
    approval,
    writing,
    policy,
    requireSignature,
    allowedSigners,
    sealing,
    allowFindings,
    stateDir,
    componentDir,
    secretsDir,
    configFile,
  } = setup;
  return {
    command: node,
    args: [
      program,
      'serve',
      ...allowDirs.flatMap((directory) => ['--allow-dir', directory]),
      ...allowRemote.flatMap((prefix) => ['--allow-remote', prefix]),
      ...(readOnly ? ['--read-only'] : []),
      ...(neverWiden ? ['--never-widen'] : []),
      ...(approval === undefined ? [] : ['--approval', approval.by]),
      ...(approval?.planLifetime === undefined ? [] : ['--plan-lifetime', approval.planLifetime]),
      ...(writing === undefined ? [] : ['--approvals', writing.approvals]),
      ...(writing?.labels ?? []).flatMap((label) => ['--label', label]),
      ...(policy === undefined ? [] : ['--policy', policy]),
      ...(requireSignature ? ['--require-signature'] : []),
      ...(allowedSigners === undefined ? [] : ['--allowed-signers', allowedSigners]),
      ...sealing.recipients.flatMap((recipient) => ['--recipient', recipient]),
      ...sealing.identities.flatMap((file) => ['--identity', file]),
      ...(sealing.passphraseFile === undefined ? [] : ['--passphrase-file', sealing.passphraseFile]),
      ...allowFindings.flatMap((id) => ['--allow-finding', id]),
      ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
      // Without a `--` before it: MCP Inspector takes that for itself, and we need none.
      wassette,
      'run',
      ...(componentDir === undefined ? [] : ['--component-dir', componentDir]),
    ],
    env: {
      ...(secretsDir === undefined ? {} : { [SECRETS_DIR]: secretsDir }),
      ...(configFile === undefined ? {} : { [CONFIG_FILE]: configFile }),
    },
  };
}

/** What clients replace in a configuration by a variable or a file; they differ in which of it. */
const REPLACED = /\$|\{(?:env|file):/;

/** The first part that a client would not take as it is written, or null. */
export function replacedPart({ command, args, env }: Launch): string | null {
  return [command, ...args, ...Object.values(env)].find(isReplaced) ?? null;
}

/** Whether only the client knows what is started, because it replaces a part of the command. */
export function isLeftToClient({ command, args }: Launch): boolean {
  return [command, ...args].some(isReplaced);
}

export function isReplaced(part: string): boolean {
  return REPLACED.test(part);
}

/** What an existing entry starts. */
export type StartedBy = 'us' | 'wassette' | 'something else';

/** Tells by the command line, and by the file of the program: ours, and one that starts Wassette without us. */
export function startedBy(launch: Launch): StartedBy {
  const line = [launch.command, ...launch.args];
  const serve = line.indexOf('serve');
  const before = serve < 0 ? line : line.slice(0, serve);
  const isNamed = before.some((word) => /(^|[\\/])wassette-state(@[^\\/]*)?($|[\\/])/.test(word));
  const wraps = serve > 0 && line.slice(serve).some(isWassette);
  if (isNamed || wraps || (serve > 0 && before.some(isOurProgram))) return 'us';
  return argumentsOfPlainWassette(launch) === null ? 'something else' : 'wassette';
}

/** This program, or another copy of it, such as a clone with a name of its own. */
function isOurProgram(word: string): boolean {
  return (
    path.isAbsolute(word) && path.basename(word) === 'cli.js' && packageNameOf(word) === 'wassette-state'
  );
}

const KNOWN = { ...LOCATION_FLAGS, ...SERVE_FLAGS };

/** Those of our options that are looked at one by one. */
type ServeFlags = LocationFlags & { approval?: string; policy?: string };

/** What an entry of ours says behind `serve`: our options, and the command that starts Wassette, if there is one. */
export function wrappedBy(launch: Launch): {
  command: readonly string[];
  flags: ServeFlags;
} {
  const own = ownWords(launch);
  const rest = wordsOfServe(launch).slice(own.length);
  return { command: rest[0] === '--' ? rest.slice(1) : rest, flags: parseFlags(own, KNOWN) ?? {} };
}

/** Our options in an entry of ours, as they are written. */
export function ownWords(launch: Launch): readonly string[] {
  const words = wordsOfServe(launch);
  return words.slice(0, countOwn(words, KNOWN));
}

function wordsOfServe({ args }: Launch): readonly string[] {
  return args.includes('serve') ? args.slice(args.indexOf('serve') + 1) : [];
}

/** What a Wassette on standard input and output is told; null for any other program. */
function argumentsOfPlainWassette({ command, args }: Launch): readonly string[] | null {
  const [subcommand, ...rest] = args;
  if (!isWassette(command)) return null;
  if (subcommand === 'run') return rest;
  return subcommand === 'serve' && rest.includes('--stdio') ? withoutTransport(rest) : null;
}

/** What `wassette run` is told of what `wassette serve` was: it speaks over standard input and output anyway. */
function withoutTransport(args: readonly string[]): readonly string[] {
  return args.filter((arg) => arg !== '--stdio');
}

/** What a Wassette is told behind its `run`, whether we start it or not. */
export function argumentsOfWassette(launch: Launch): readonly string[] {
  if (startedBy(launch) !== 'us') return argumentsOfPlainWassette(launch) ?? [];
  const { command } = wrappedBy(launch);
  const [program = '', ...args] = command;
  const plain = argumentsOfPlainWassette({ command: program, args, env: {} });
  return plain ?? command.slice((startOfWassette(command)?.length ?? command.length) + 1);
}

/** The words that start Wassette in a command of ours; also one of a version that has its number in the name. */
export function startOfWassette(command: readonly string[]): readonly string[] | null {
  const [program = '', run] = command;
  const isNumbered = run === 'run' && /^wassette[-_.@v\d]*$/.test(path.basename(program));
  return isNumbered ? [program] : programIn(command);
}
