// Finds Wassette processes that run on a component directory. One of them may still be compiling old code, and would write
// its cache after our change; the next start would run that under the new policy. Uses /proc, so it works on Linux only.
import { readdirSync, readFileSync } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { pidNamespace } from '../../disk/process-owner.ts';
import { namedComponentDir } from '../command-locations.ts';
import { realPathAsFarAsItExists } from '../locations.ts';

/**
 * Whether the system shows that process `pid` started a Wassette on the directory: by its command line, and because the
 * path leads it to the same directory as us. False also when that cannot be seen.
 */
export async function isSeenServing(pid: number, componentDir: string): Promise<boolean> {
  for (const found of await wassetteProcesses()) {
    if (!descendsFrom(found.pid, pid) || isFlagIgnored(found.pid)) continue;
    if (isCalled(componentDir, found) && (await isSeenOn(found, componentDir)) === true) return true;
  }
  return false;
}

/** Before 0.7, Wassette ignores a component directory that is named before its subcommand. */
function isFlagIgnored(pid: number): boolean {
  const args = wassetteArguments(commandOf(pid)) ?? [];
  const flag = args.findIndex((arg) => /^--(component|plugin)-dir(=|$)/.test(arg));
  return flag >= 0 && flag < args.findIndex(isSubcommand);
}

/** Their processes, as far as the system shows them: see `showsProcesses`. */
export async function findRunningWassettes(componentDir: string): Promise<number[]> {
  const found: number[] = [];
  for (const each of await wassetteProcesses())
    if ((await isSeenOn(each, componentDir)) ?? isCalled(componentDir, each)) found.push(each.pid);
  return found;
}

interface WassetteProcess {
  pid: number;
  /** Its component directory, by the path that it has for it. */
  directory: string;
}

/** Its subcommands that run what is in the directory, or change it. */
const WORKING = new Set([
  'run',
  'serve',
  'acp',
  'component',
  'permission',
  'policy',
  'tool',
  'inspect',
  'registry',
]);

/** Those of which it can be told on which directory they run. */
async function wassetteProcesses(): Promise<WassetteProcess[]> {
  const found: WassetteProcess[] = [];
  for (const pid of allProcesses()) {
    const args = wassetteArguments(commandOf(pid));
    if (!args?.some((arg) => WORKING.has(arg))) continue;
    const directory = await namedComponentDir(args, {
      ...(await circumstancesOf(pid)),
      root: `/proc/${pid}/root`,
    });
    if (directory !== null) found.push({ pid, directory });
  }
  return found;
}

function isCalled(componentDir: string, { directory }: WassetteProcess): boolean {
  return realPathAsFarAsItExists(directory) === componentDir;
}

/** Compares the directories themselves, through the root of the process, which may be in a container; null if it is not seen. */
async function isSeenOn({ pid, directory }: WassetteProcess, componentDir: string): Promise<boolean | null> {
  const identityOf = async (file: string) => {
    const found = await stat(file, { bigint: true }).catch(() => null);
    return found && `${found.dev} ${found.ino}`;
  };
  const there = await identityOf(`/proc/${pid}/root${directory}`);
  const here = await identityOf(componentDir);
  return there === null || here === null ? null : there === here;
}

/** For a user of whom this system knows no home: what is in it is nowhere that we look. */
const NO_HOME = '/nonexistent';

/** In which a process was started; null for what the system does not show, as it does not of other users. */
export async function circumstancesOf(
  pid: number,
): Promise<{ env: Record<string, string> | null; cwd: string | null }> {
  const env = environmentOf(pid);
  const home = nonEmpty(env?.HOME) ?? homeOf(await stat(`/proc/${pid}`).catch(() => null));
  return {
    env: env === null && home === null ? null : { ...env, HOME: home ?? NO_HOME },
    cwd: await readlink(`/proc/${pid}/cwd`).catch(() => null),
  };
}

function environmentOf(pid: number): Record<string, string> | null {
  try {
    return Object.fromEntries(entriesIn(readFileSync(`/proc/${pid}/environ`, 'utf8')).map(splitVariable));
  } catch {
    return null;
  }
}

/** The home of the user of a process, as far as this system keeps account of its users itself. */
function homeOf(owner: { uid: number } | null): string | null {
  if (owner === null) return null;
  let users = '';
  try {
    users = readFileSync('/etc/passwd', 'utf8');
  } catch {}
  const entry = users.split('\n').find((line) => line.split(':')[2] === String(owner.uid));
  return nonEmpty(entry?.split(':')[5]) ?? null;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** Whether the system shows which processes run. */
export function showsProcesses(): boolean {
  return commandOf(process.pid).length > 0;
}

/** How a Wassette was started; values of its flags, which can be secrets, are not shown. */
export function startOf(pid: number): string {
  const args = wassetteArguments(commandOf(pid)) ?? [];
  const subcommand = args.findIndex(isSubcommand);
  const shown = args.flatMap((arg, i) => {
    if (arg.startsWith('--')) return arg.replace(/=.*/s, '=…');
    if (i === subcommand) return arg;
    return /^--[^=]*$/.test(args[i - 1] ?? '') ? '…' : [];
  });
  return ['wassette', ...shown].join(' ');
}

function isSubcommand(arg: string): boolean {
  return arg === 'run' || arg === 'serve';
}

/** The command line of a process; nothing when it ended meanwhile. */
export function commandOf(pid: number): string[] {
  return readList(`/proc/${pid}/cmdline`);
}

export function descendsFrom(pid: number, ancestor: number): boolean {
  return lineOf(pid).includes(ancestor);
}

/** The process, the one that started it, and so on. */
export function lineOf(pid: number): number[] {
  const line: number[] = [];
  for (let at = pid; at > 1; ) {
    line.push(at);
    // The name in parentheses may contain anything; after it come the state and the parent.
    const [stat = ''] = readList(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return line;
}

/** The number that a process has for itself, which is another one in a container; null when the system does not say. */
export function ownNumberOf(pid: number): number | null {
  const [status = ''] = readList(`/proc/${pid}/status`);
  const numbers = /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.split(/\s+/);
  return numbers === undefined ? null : Number(numbers.at(-1));
}

/** The number here of a process that has `pid` in another namespace, as in a container; null where it is not seen. */
export function numberHere(pid: number, namespace: string | null): number | null {
  if (namespace === pidNamespace()) return pid;
  const isIt = (each: number) => ownNumberOf(each) === pid && pidNamespace(each) === namespace;
  return allProcesses().find(isIt) ?? null;
}

function allProcesses(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The arguments of a Wassette process; null for any other. A dynamic loader may come first. */
export function wassetteArguments(argv: readonly string[]): string[] | null {
  const isLoader = /^(ld-linux|ld-musl|ld\.so)/.test(path.basename(argv[0] ?? ''));
  const program = argv.findIndex((arg, i) => (i === 0 || isLoader) && isWassette(arg));
  return program < 0 ? null : argv.slice(program + 1);
}

/** Whether a word of a command line is Wassette's program, by its name; a configuration may be from another system. */
export function isWassette(word: string): boolean {
  return /^wassette(\.bin|\.exe)?$/.test(path.basename(word.replaceAll('\\', '/')));
}

/** Synchronous, because there are hundreds of processes, and each file is a few bytes from the kernel. */
function readList(file: string): string[] {
  try {
    return entriesIn(readFileSync(file, 'utf8'));
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function entriesIn(text: string): string[] {
  return text.split('\0').filter((entry) => entry !== '');
}

function splitVariable(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
