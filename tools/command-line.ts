// Makes commands for printing: complete, with the options that make them act on the same host, quoted for a POSIX shell.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { shownUri } from '../src/codec/shown-uri.ts';
import {
  type LocationFlags,
  type Locations,
  locationsAfterLogin,
  mayBeThere,
  resolveLocations,
} from '../src/wassette/locations.ts';
import { HTTP_FLAGS, LOCATION_FLAGS, POLICY_FLAGS } from './cli/commands/flags.ts';
import type { HttpFlags } from './http-wassette.ts';
import { asPairs, pairsIn, splitPair } from './text-list.ts';

/** The options that say which host a command acts on. */
export type HostFlags = Pick<LocationFlags, 'componentDir' | 'secretsDir' | 'stateDir'> &
  HttpFlags & {
    /** The operator's policy, by which a command acts as another would. */
    policy?: string | undefined;
  };

/** The commands that go by the operator's policy. */
const POLICY_COMMANDS = ['import', 'review', 'undo', 'policy', 'doctor', 'serve'];

/** The commands that speak with a running Wassette. */
const LIVE_COMMANDS = ['export', 'import', 'review', 'list', 'diff', 'undo', 'policy', 'doctor', 'serve'];

/** @param words what follows `wassette-state`; options that name the host are added */
export function commandLine(words: readonly string[], host: HostFlags): string {
  return ['wassette-state', ...argumentsFor(words, host)].map(shellQuoted).join(' ');
}

/** The same as arguments of the program. */
export function argumentsFor(words: readonly string[], host: HostFlags): string[] {
  const { componentDir, secretsDir, stateDir, policy, wassetteUrl, allowRemote } = host;
  const isCapped = POLICY_COMMANDS.includes(words[0] ?? '');
  const isLive = LIVE_COMMANDS.includes(words[0] ?? '');
  return [
    ...words,
    ...(componentDir === undefined ? [] : ['--component-dir', path.resolve(componentDir)]),
    ...(secretsDir === undefined ? [] : ['--secrets-dir', path.resolve(secretsDir)]),
    ...(stateDir === undefined ? [] : ['--state-dir', path.resolve(stateDir)]),
    ...(isCapped && policy !== undefined ? ['--policy', path.resolve(policy)] : []),
    ...(isLive && wassetteUrl !== undefined ? ['--wassette-url', wassetteUrl] : []),
    ...((isLive && wassetteUrl !== undefined) || words[0] === 'import'
      ? (allowRemote ?? []).flatMap((prefix) => ['--allow-remote', prefix])
      : []),
  ];
}

/** What another command has that is otherwise the same. */
export interface Changes {
  /** Options that are left out, with their values. */
  without?: readonly string[];
  /** Options without a value that are left out. */
  withoutFlags?: readonly string[];
  plus?: readonly string[];
}

/** The same command again, from the arguments that the program was started with. */
export function sameCommand(
  args: readonly string[],
  { without = [], withoutFlags = [], plus = [] }: Changes,
): string {
  // Behind `--` nothing is an option.
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const options = args
    .slice(0, end)
    .filter(
      (argument, i) =>
        ![...without, ...withoutFlags].includes(argument) &&
        !(i > 0 && without.includes(args[i - 1]!)) &&
        !without.some((name) => argument.startsWith(`${name}=`)),
    );
  const words = [...withShownUris(options), ...plus, ...withShownUris(args.slice(end))];
  return ['wassette-state', ...words].map(shellQuoted).join(' ');
}

/** Whether the command that is printed lacks something that these have. */
export function hidesSome(args: readonly string[]): boolean {
  return withShownUris(args).some((argument, i) => argument !== args[i]);
}

/** Their values are in the snapshot, or in the plan, for everybody to read. */
const SHOWN_WHOLE = ['--description', '--tag', '--allow-grant', '--without'];

/** Credentials and queries of addresses are not kept, so the command does the same without them. */
export function withShownUris(args: readonly string[]): string[] {
  return args.map((argument, i) => {
    const isJoined = /^--[\w-]+=/.test(argument);
    const [option = '', value] = isJoined ? splitPair(argument) : [args[i - 1], argument];
    if (SHOWN_WHOLE.includes(option)) return argument;
    const shown = option === '--source' ? withShownSources(value) : withShownUri(value);
    return isJoined ? `${option}=${shown}` : shown;
  });
}

/** Each address ends where the next pair begins. */
function withShownSources(value: string): string {
  const sources = pairsIn(value)?.map(withShownUri);
  return sources === undefined ? withShownUri(value) : asPairs(sources);
}

function withShownUri(text: string): string {
  return text.replace(/\b(?:https?|oci):\/\/.*/is, shownUri);
}

/** The options among `args` that name a host, even if others are wrong. */
export function hostFlagsIn(args: readonly string[]): HostFlags {
  const options = Object.fromEntries(
    Object.entries({ ...LOCATION_FLAGS, ...POLICY_FLAGS, ...HTTP_FLAGS }).map(
      ([name, { value, repeatable = false }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: repeatable },
      ],
    ),
  );
  const { values } = parseArgs({ args: [...args], options, strict: false });
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    componentDir: text('component-dir'),
    secretsDir: text('secrets-dir'),
    stateDir: text('state-dir'),
    policy: text('policy'),
    wassetteUrl: text('wassette-url'),
    allowRemote: [values['allow-remote'] ?? []].flat().filter((value) => typeof value === 'string'),
  };
}

/** The same for a host that was not opened. If its locations cannot be resolved, they are as they were given. */
export async function hostFlagsFor(flags: LocationFlags & HttpFlags): Promise<HostFlags> {
  const here = await resolveLocations(flags).catch(() => null); // with a configuration that cannot be read
  return here === null ? flags : hostFlagsElsewhere(here, flags);
}

/** For a terminal with another environment: every location that a fresh login of this user would resolve differently. */
export async function hostFlagsElsewhere(
  here: Pick<Locations, 'componentDir' | 'secretsDir' | 'stateDir' | 'policyFile'>,
  { wassetteUrl, allowRemote }: HttpFlags,
): Promise<HostFlags> {
  const there = await locationsAfterLogin().catch(() => null); // of a user without an entry
  const unless = (name: 'componentDir' | 'secretsDir' | 'stateDir') =>
    here[name] === there?.[name] ? undefined : here[name];
  return {
    componentDir: unless('componentDir'),
    secretsDir: unless('secretsDir'),
    stateDir: unless('stateDir'),
    policy: isElsewhere(here.policyFile, there?.policyFile) ? here.policyFile : undefined,
    wassetteUrl,
    allowRemote,
  };
}

/** A policy that is not there has no say, and naming it would be an error. */
function isElsewhere(here: string, there: string | undefined): boolean {
  return here !== there && mayBeThere(here);
}

/** An argument quoted for a shell; invisible characters are written as their bytes. */
export function shellQuoted(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  if (!/[\p{C}\p{Zl}\p{Zp}]/u.test(argument)) return `'${argument.replaceAll("'", "'\\''")}'`;
  const escaped = argument.replace(/[\p{C}\p{Zl}\p{Zp}]|['\\]/gu, (c) =>
    [...Buffer.from(c)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  return `$'${escaped}'`;
}
