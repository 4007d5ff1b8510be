// The clients that are set up on this host: which Wassette each of them starts, and on which directories.
import { StateError, StoreError } from '../../src/errors.ts';
import { componentDirOf } from '../../src/wassette/command-locations.ts';
import { findWassette, type InstalledWassette } from '../../src/wassette/live/program/installed.ts';
import {
  type ChosenLocations,
  findOperatorPolicy,
  type Locations,
  realPathAsFarAsItExists,
  resolveLocations,
} from '../../src/wassette/locations.ts';
import { commandLine, withShownUris } from '../command-line.ts';
import { ENTRY_NAME, placeOf } from '../install/change.ts';
import { CLIENTS, type Client, type Machine } from '../install/clients.ts';
import { configFilesOf } from '../install/config/config-file.ts';
import { configText } from '../install/config/config-text.ts';
import { launchIn } from '../install/entry.ts';
import {
  isLeftToClient,
  type Launch,
  ownWords,
  startedBy,
  startOfWassette,
  wrappedBy,
} from '../install/launch.ts';
import { noteOnJoined } from '../install/notes/on-client.ts';
import { notesOnProjects } from '../install/notes/projects.ts';
import { limitsIn } from '../install/notes/switched-off.ts';
import { whyNotStarted } from './startable.ts';

const DIRECTORIES = ['componentDir', 'secretsDir', 'stateDir'] as const;
export type Directories = Pick<Locations, 'componentDir' | 'secretsDir' | 'stateDir'>;

export interface ClientEntry {
  client: Client;
  file: string;
  /** Whether the client starts us, and not Wassette alone. */
  isOurs: boolean;
  /** The Wassette that it starts; null where that is none, or started by another program. */
  wassette: InstalledWassette | null;
  /** Null where only the client knows them, because it replaces a part of the command. */
  directories: Directories | null;
  /** Whether imports wait for the operator. */
  waitsForOperator: boolean;
  /** The file of the operator's policy by which our server goes; null without one. */
  policy: string | null;
  /** Our options in it. */
  options: readonly string[];
}

export interface ClientEntries {
  entries: readonly ClientEntry[];
  /** Of files that cannot be read, or name what cannot be found. */
  notes: readonly string[];
  problems: readonly StateError[];
}

/** Reads the files of every client that is known. */
export async function clientEntries(machine: Machine): Promise<ClientEntries> {
  const all: ClientEntries[] = [];
  for (const client of CLIENTS) {
    try {
      all.push(await entriesOf(client, machine));
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const note = `whether ${client.name} is set up cannot be said: ${error.message}`;
      all.push({ entries: [], notes: [note], problems: [] });
    }
  }
  const entries = all.flatMap((each) => each.entries);
  const plain = entries.filter(({ isOurs }) => !isOurs);
  return {
    entries,
    notes: [
      ...all.flatMap(({ notes }) => notes),
      ...plain.map(startedAlone),
      ...withoutEachOther(entries.filter(({ isOurs }) => isOurs)),
    ],
    problems: all.flatMap(({ problems }) => problems),
  };
}

/** Of the entry of our name, and of what starts us under another one. */
async function entriesOf(client: Client, machine: Machine): Promise<ClientEntries> {
  const [{ path: file, text }, ...joined] = await configFilesOf(client, machine);
  const config = configText(text ?? '', placeOf(client, file));
  config.entry(ENTRY_NAME); // says where it is there twice
  const entries: ClientEntry[] = [];
  const notes: string[] = [];
  const problems: StateError[] = [];
  for (const [name, found] of Object.entries(config.servers)) {
    const launch = launchIn(found, client.shape);
    const entry = launch === null ? null : await entryOf(launch, { client, file }, machine);
    if (launch === null || entry === null || (name !== ENTRY_NAME && !entry.isOurs)) continue;
    entries.push(entry);
    notes.push(...limitsIn(found as object, client).map((limit) => `${client.name}: ${limit}`));
    problems.push(...missingWassette(entry));
    if (entry.isOurs) problems.push(...(await whyNotStarted(launch, client, machine)));
  }
  notes.push(...joined.map((other) => `${client.name}: ${noteOnJoined(other, client)}`));
  notes.push(...(await notesOnProjects(client, text)));
  return { entries, notes, problems };
}

async function entryOf(
  launch: Launch,
  { client, file }: Pick<ClientEntry, 'client' | 'file'>,
  machine: Machine,
): Promise<ClientEntry | null> {
  const started = startedBy(launch);
  if (started === 'something else') return null;
  const { command, flags } = started === 'us' ? wrappedBy(launch) : alone(launch);
  const env = environmentIn(machine, launch);
  const componentDir = flags.componentDir ?? (await componentDirOf(command, env, machine.home));
  const program = startOfWassette(command);
  return {
    client,
    file,
    isOurs: started === 'us',
    wassette: program?.length === 1 ? await findWassette(env, program[0]) : null,
    directories: isLeftToClient(launch) ? null : await resolveLocations({ ...flags, componentDir }, env),
    waitsForOperator: flags.approval === 'operator',
    policy: started === 'us' ? findOperatorPolicy({ policyFile: flags.policy }, env) : null,
    options: started === 'us' ? withShownUris(ownWords(launch)) : [],
  };
}

function alone({ command, args }: Launch): ReturnType<typeof wrappedBy> {
  return { command: [command, ...args], flags: {} };
}

/** Clients pass on little of an environment: what `install` needs of it stands in the entry. */
function environmentIn({ env }: Machine, launch: Launch): Record<string, string | undefined> {
  const { HOME, PATH, APPDATA } = env;
  return { HOME, PATH, APPDATA, ...launch.env };
}

function startedAlone({ client }: ClientEntry): string {
  return `${client.name} starts a Wassette that nobody tells what an import changes, so none is made while it runs: wassette-state install ${client.id} puts this server in front of it`;
}

/** Of those that work on the same components, and would not know of each other. */
function withoutEachOther(ours: readonly ClientEntry[]): string[] {
  return [...new Set(ours.map(({ directories }) => directories?.componentDir))].flatMap((componentDir) => {
    if (componentDir === undefined) return [];
    const there = ours.filter(({ directories }) => directories?.componentDir === componentDir);
    const isOne = new Set(there.map(({ directories }) => directories?.stateDir)).size < 2;
    const each = there.map(({ client, directories }) => `${client.name} (${directories?.stateDir})`);
    return isOne
      ? []
      : [
          `${each.join(' and ')} work on the same components with different state directories: while both are open, none can import; set them up with one --state-dir`,
        ];
  });
}

function missingWassette({ client, wassette }: ClientEntry): StoreError[] {
  if (wassette === null || wassette.kind === 'found') return [];
  const what =
    wassette.kind === 'missing'
      ? 'a Wassette that is not there or cannot be started'
      : `${wassette.file}, which is not Wassette`;
  const hint = `name another one: wassette-state install ${client.id} --wassette PATH`;
  return [new StoreError('STORE_NO_WASSETTE', `${client.name} is set up to start ${what}`, { hint })];
}

/** The directories of the clients that start us, where they agree; those that a person chose stay. */
export function agreedDirectories(
  entries: readonly ClientEntry[],
  chosen: ChosenLocations,
): Partial<Directories> {
  const ours = entries.flatMap(({ isOurs, directories }) =>
    isOurs && directories !== null ? [directories] : [],
  );
  const agreed = DIRECTORIES.flatMap((name) => {
    const values = [...new Set(ours.map((directories) => directories[name]))];
    const isChosen = ['flag', 'environment'].includes(chosen[name].by);
    const isSame = values[0] === realPathAsFarAsItExists(chosen[name].path);
    return values.length === 1 && !isChosen && !isSame ? [[name, values[0]]] : [];
  });
  return Object.fromEntries(agreed) as Partial<Directories>;
}

/** About clients that work on other components than those that were looked at. */
export function elsewhere(entries: readonly ClientEntry[], componentDir: string): string[] {
  return entries.flatMap(({ client, directories }) => {
    if (directories === null)
      return [
        `only ${client.name} knows on which components it works, because it replaces a part of the command: this did not look at them`,
      ];
    return directories.componentDir === realPathAsFarAsItExists(componentDir)
      ? []
      : [
          `${client.name} works on other components, at which this did not look: ${commandLine(['doctor'], { componentDir: directories.componentDir })}`,
        ];
  });
}
