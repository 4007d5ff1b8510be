// What `install` would do on this machine: which clients, and for each the change of its file.
import { quoted } from '../../src/codec/safe-text.ts';
import { assertMayChange } from '../../src/disk/foreign-file.ts';
import { StateError, UsageError } from '../../src/errors.ts';
import { flagName } from '../cli/commands/flags.ts';
import { type Change, changeOf, ENTRY_NAME, type Wish } from './change.ts';
import type { Client, Machine } from './clients.ts';
import { assertFolder } from './config/config-file.ts';
import { type Launch, launchOf, replacedPart } from './launch.ts';
import { findPrograms } from './machine.ts';
import { notesOnChange } from './notes/on-change.ts';
import { noteOnJoined, notesOnClient } from './notes/on-client.ts';
import { notesOnProjects } from './notes/projects.ts';
import { allowDirsFor, type InstallFlags, setupFor } from './setup.ts';
import { type LeftOut, type Target, targetsOf } from './targets.ts';

export interface Planned {
  wish: Wish;
  change: Change;
  /** What a person should know. */
  notes: readonly string[];
}

export interface Installation {
  planned: readonly Planned[];
  /** Of the clients that nobody named: those with which something is wrong. */
  leftOut: readonly LeftOut[];
}

/** Plans for one file. @throws StateError where it cannot be done */
type Plan = (target: Target) => Promise<Planned>;

/**
 * @param names ids of clients; none for those that are found here
 * @throws UsageError USAGE_BAD_ARGUMENT; and as `changeOf`, `findPrograms`, `readForeignFile`
 */
export async function planInstallation(
  names: readonly string[],
  flags: InstallFlags,
  machine: Machine,
): Promise<Installation> {
  const found = await targetsOf(names, flags, machine);
  const plan = flags.uninstall
    ? (target: Target) => planned(target, null, flags)
    : await setUp(flags, machine);
  if (names.length > 0) return { planned: await Promise.all(found.targets.map(plan)), leftOut: [] };
  const done: Planned[] = [];
  const leftOut = [...found.leftOut];
  for (const target of found.targets)
    try {
      done.push(await plan(target));
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      leftOut.push({ client: target.client, error });
    }
  const [first] = leftOut;
  if (done.length === 0 && first !== undefined) throw first.error;
  return { planned: done, leftOut };
}

async function setUp(flags: InstallFlags, machine: Machine): Promise<Plan> {
  const programs = await findPrograms(machine, flags.wassette);
  const setup = await setupFor(flags, machine);
  return async (target) => {
    const { client, file } = target;
    assertFolder(client, file);
    const allowDirs = allowDirsFor(client, flags, machine);
    const launch = launchOf(programs, { ...setup, allowDirs });
    assertTakenAsWritten(launch);
    return planned(target, launch, flags, notesOnClient(client, programs, allowDirs, flags));
  };
}

async function planned(
  { client, file, joined }: Target,
  launch: Wish['launch'],
  flags: InstallFlags,
  notes: readonly string[] = [],
): Promise<Planned> {
  const wish = {
    client,
    file: file.path,
    launch,
    given: optionsGiven(flags),
    force: flags.force ?? false,
  };
  const change = changeOf(file.text, wish);
  if (change.action !== 'none') await assertMayChange(file);
  return {
    wish,
    change,
    notes: [
      ...notesOnChange(wish, change),
      ...notes,
      ...joined.map((other) => noteOnJoined(other, client)),
      ...(await notesOnProjects(client, file.text, launch === null)),
    ],
  };
}

/** The names of the options that a person gives, as they are typed. */
function optionsGiven(flags: InstallFlags): ReadonlySet<string> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return new Set(given.map(([name]) => flagName(name)));
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
