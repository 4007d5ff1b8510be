// What `install` would do on this machine: which clients, and for each the change of its file.
import path from 'node:path';
import { quoted } from '../../src/codec/safe-text.ts';
import { nearest } from '../../src/codec/suggestion.ts';
import { assertDirectoryOf } from '../../src/disk/durable-file.ts';
import { type ForeignFile, readForeignFile } from '../../src/disk/foreign-file.ts';
import { UsageError } from '../../src/errors.ts';
import { flagName } from '../cli/commands/flags.ts';
import { shellQuoted } from '../command-line.ts';
import { WHAT_A_TERMINAL_PROVES } from '../operator-approval.ts';
import { type Change, changeOf, ENTRY_NAME, type Wish } from './change.ts';
import { CLIENT_IDS } from './client-ids.ts';
import { CLIENTS, type Client, type Machine } from './clients.ts';
import { assertFolder, configFileOf, isHere, launchWritten } from './config/config-file.ts';
import { launchIn } from './entry.ts';
import { type Launch, launchOf, type Programs, replacedPart, startedBy, wrappedBy } from './launch.ts';
import { findPrograms } from './machine.ts';
import { keptDirectories, lostOptions } from './notes/lost-options.ts';
import { notesOnProjects } from './notes/projects.ts';
import { limitsIn } from './notes/switched-off.ts';
import { allowDirsFor, type SetupFlags, setupFor } from './setup.ts';

export interface InstallFlags extends SetupFlags {
  /** The Wassette to start. */
  wassette?: string | undefined;
  /** The file to change, for one client. */
  clientConfig?: string | undefined;
  uninstall?: boolean | undefined;
  force?: boolean | undefined;
}

export interface Planned {
  wish: Wish;
  change: Change;
  /** What a person should know. */
  notes: readonly string[];
}

interface Target {
  client: Client;
  /** The path by which the client knows it. */
  file: ForeignFile;
}

/**
 * @param names ids of clients; none for those that are found here
 * @throws UsageError USAGE_BAD_ARGUMENT; and as `changeOf`, `findPrograms`, `readForeignFile`
 */
export async function planInstallation(
  names: readonly string[],
  flags: InstallFlags,
  machine: Machine,
): Promise<Planned[]> {
  const targets = await targetsOf(names, flags, machine);
  if (flags.uninstall) return Promise.all(targets.map((target) => planned(target, null, flags, [])));
  const programs = await findPrograms(machine, flags.wassette);
  const setup = await setupFor(flags, machine);
  return Promise.all(
    targets.map((target) => {
      assertFolder(target.client, target.file);
      const allowDirs = allowDirsFor(target.client, flags, machine);
      const launch = launchOf(programs, { ...setup, allowDirs });
      assertTakenAsWritten(launch);
      return planned(target, launch, flags, notesOn(target.client, programs, allowDirs, flags));
    }),
  );
}

async function planned(
  { client, file }: Target,
  launch: Wish['launch'],
  flags: InstallFlags,
  notes: readonly string[],
): Promise<Planned> {
  const given = optionsGiven(flags);
  const wish = { client, file: file.path, launch, given, force: flags.force ?? false };
  const change = changeOf(file.text, wish);
  const rivals = change.rivals.map(
    (name) =>
      `${quoted(name)} in the same file starts a Wassette that nobody tells what an import changes: take it out`,
  );
  return {
    wish,
    change,
    notes: [
      ...ofOurOptions(client, change, given),
      ...(launch === null ? [] : ofDirectories(client, launch, change)),
      ...notes,
      ...(launch === null ? [] : rivals),
      ...(change.after === undefined ? [] : limitsIn(change.after, client)),
      ...(await notesOnProjects(client, file.text, launch === null)),
      ...ofPlainWassette(client, change),
    ],
  };
}

/** Which of those in our entry go, although the entry stays. */
function ofOurOptions({ shape }: Client, { before, after }: Change, given: ReadonlySet<string>): string[] {
  const present = launchIn(before, shape);
  const next = launchIn(after, shape);
  return present === null || next === null || startedBy(present) !== 'us'
    ? []
    : lostOptions(present, next, given);
}

/** Which the entry has kept, although others were found here. */
function ofDirectories({ shape }: Client, launch: Launch, { after }: Change): string[] {
  const next = launchIn(after, shape);
  return next === null ? [] : keptDirectories(launch, next);
}

/** The names of the options that a person gives, as they are typed. */
function optionsGiven(flags: InstallFlags): ReadonlySet<string> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return new Set(given.map(([name]) => flagName(name)));
}

/** What a person should know who has a Wassette without us, or will have none. */
function ofPlainWassette({ shape }: Client, { action, before, after }: Change): string[] {
  const present = launchIn(before, shape);
  if (present === null || action === 'none') return [];
  const isOurs = startedBy(present) === 'us';
  if (after !== undefined)
    return isOurs
      ? []
      : [
          `this entry was not ours: --uninstall takes it out and does not put it back, so keep what it started: ${lineOf([present.command, ...present.args])}`,
        ];
  const { command } = isOurs ? wrappedBy(present) : { command: [] };
  return command.length === 0
    ? []
    : [`with this entry the client has no Wassette any more; to start it without us: ${lineOf(command)}`];
}

function lineOf(words: readonly string[]): string {
  return words.map(shellQuoted).join(' ');
}

async function targetsOf(
  names: readonly string[],
  { clientConfig, uninstall }: InstallFlags,
  machine: Machine,
): Promise<Target[]> {
  if (clientConfig !== undefined) {
    const [name] = names;
    if (name === undefined || names.length > 1)
      throw badArgument(
        '--client-config is the file of one client',
        'name that client, for the form of its entries',
      );
    await assertDirectoryOf(path.resolve(clientConfig));
    return [{ client: clientNamed(name), file: await readForeignFile(clientConfig) }];
  }
  if (names.length > 0)
    return Promise.all([...new Set(names)].map((name) => target(clientNamed(name), machine)));
  const all = await Promise.all(CLIENTS.map((client) => target(client, machine)));
  if (uninstall) {
    const ours = await Promise.all(all.map(hasOurEntry));
    return all.filter((_, i) => ours[i]);
  }
  const here = all.filter(({ client, file }) => isHere(client, file, machine));
  if (here.length > 0) return here;
  throw badArgument('no client that is known was found here', `name one of ${CLIENT_IDS.join(', ')}`);
}

async function target(client: Client, machine: Machine): Promise<Target> {
  return { client, file: await configFileOf(client, machine) };
}

async function hasOurEntry({ client, file }: Target): Promise<boolean> {
  const launch = await launchWritten({ client, file: file.path });
  return launch !== null && startedBy(launch) === 'us';
}

function clientNamed(name: string): Client {
  const client = CLIENTS.find(({ id }) => id === name);
  if (client !== undefined) return client;
  const near = nearest(name, CLIENT_IDS);
  const meant = near === null ? '' : `did you mean ${near}? `;
  if (/[,;]/.test(name))
    throw badArgument(
      `there is no client ${quoted(name)}`,
      `several are written with spaces between them, such as: install ${CLIENT_IDS.slice(0, 2).join(' ')}`,
    );
  throw badArgument(`there is no client ${quoted(name)}`, `${meant}known are ${CLIENT_IDS.join(', ')}`);
}

function notesOn(
  { name, runsUnasked, startsInProject }: Client,
  { program }: Programs,
  allowDirs: readonly string[],
  { neverWiden, readOnly, approval }: InstallFlags,
): string[] {
  const isHeld = neverWiden || readOnly || approval === 'operator' || approval === 'signed';
  return [
    ...(approval === 'operator'
      ? [`imports wait until somebody approves them with wassette-state approve; ${WHAT_A_TERMINAL_PROVES}`]
      : []),
    ...(runsUnasked === undefined || isHeld
      ? []
      : [`${name} runs tools without asking you, unless it is told to ask: ${runsUnasked}`]),
    ...(startsInProject || allowDirs.length > 0
      ? []
      : [
          `${name} starts servers outside of your project: name a folder for snapshot files with --allow-dir`,
        ]),
    ...(program.split(path.sep).includes('_npx')
      ? ['this program lies in a cache of npx, which is cleared now and then: install it, and repeat this']
      : []),
  ];
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
function assertTakenAsWritten(launch: Launch): void {
  const part = replacedPart(launch);
  if (part === null) return;
  throw badArgument(
    `${quoted(part)} cannot be written into a configuration: clients take "$" and "{env:" for variables`,
    'use a path without them',
  );
}

function badArgument(problem: string, hint: string): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', problem, { hint });
}

/** What an entry is called in its file. */
export function keyOf({ keys }: Client): string {
  return [...keys, ENTRY_NAME].join('.');
}
