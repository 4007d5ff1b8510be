// Which files `install` is about: those of the clients that a person names, or of all that are here.
import path from 'node:path';
import { quoted } from '../../src/codec/safe-text.ts';
import { nearest } from '../../src/codec/suggestion.ts';
import { assertDirectoryOf } from '../../src/disk/durable-file.ts';
import { type ForeignFile, readForeignFile } from '../../src/disk/foreign-file.ts';
import { StateError, UsageError } from '../../src/errors.ts';
import { placeOf } from './change.ts';
import { CLIENT_IDS } from './client-ids.ts';
import { CLIENTS, type Client, type Machine } from './clients.ts';
import { configFilesOf, isHere } from './config/config-file.ts';
import { configText } from './config/config-text.ts';
import { launchIn } from './entry.ts';
import { startedBy } from './launch.ts';
import type { InstallFlags } from './setup.ts';

export interface Target {
  client: Client;
  /** The path by which the client knows it. */
  file: ForeignFile;
  /** Other files with an entry of our name, which the client joins with this one. */
  joined: readonly ForeignFile[];
}

/** A client that nobody has named, and that cannot be set up; the others are. */
export interface LeftOut {
  client: Client;
  error: StateError;
}

export interface Targets {
  targets: readonly Target[];
  leftOut: readonly LeftOut[];
}

/**
 * @param names ids of clients; none for those that are found here
 * @throws UsageError USAGE_BAD_ARGUMENT; and as `readForeignFile` for a client that is named
 */
export async function targetsOf(
  names: readonly string[],
  { clientConfig, uninstall = false }: InstallFlags,
  machine: Machine,
): Promise<Targets> {
  if (clientConfig !== undefined) return { targets: [await targetIn(clientConfig, names)], leftOut: [] };
  const files = (client: Client) =>
    uninstall ? filesToLeave(client, machine) : fileToChange(client, machine);
  if (names.length > 0) {
    const found = await Promise.all([...new Set(names)].map((name) => files(clientNamed(name))));
    return { targets: found.flat(), leftOut: [] };
  }
  const targets: Target[] = [];
  const leftOut: LeftOut[] = [];
  for (const client of CLIENTS)
    try {
      targets.push(
        ...(await files(client)).filter(uninstall ? startsUs : (each) => isHere(client, each.file, machine)),
      );
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      leftOut.push({ client, error });
    }
  if (uninstall || targets.length + leftOut.length > 0) return { targets, leftOut };
  throw badArgument('no client that is known was found here', `name one of ${CLIENT_IDS.join(', ')}`);
}

async function targetIn(clientConfig: string, names: readonly string[]): Promise<Target> {
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw badArgument(
      '--client-config is the file of one client',
      'name that client, for the form of its entries',
    );
  await assertDirectoryOf(path.resolve(clientConfig));
  return { client: clientNamed(name), file: await readForeignFile(clientConfig), joined: [] };
}

async function fileToChange(client: Client, machine: Machine): Promise<Target[]> {
  const [file, ...joined] = await configFilesOf(client, machine);
  return [{ client, file, joined }];
}

/** Each that starts us, where there are several; what else is in one of them stays. */
async function filesToLeave(client: Client, machine: Machine): Promise<Target[]> {
  const targets = (await configFilesOf(client, machine)).map((file) => ({ client, file, joined: [] }));
  return targets.length === 1 || !targets.some(startsUs) ? targets.slice(0, 1) : targets.filter(startsUs);
}

/** By any of its entries. */
function startsUs({ client, file }: Target): boolean {
  const { servers } = configText(file.text ?? '', placeOf(client, file.path));
  return Object.values(servers).some((entry) => {
    const launch = launchIn(entry, client.shape);
    return launch !== null && startedBy(launch) === 'us';
  });
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

function badArgument(problem: string, hint: string): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', problem, { hint });
}
