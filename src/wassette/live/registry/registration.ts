// The records by which processes that wrap a Wassette on one directory find each other, and where their sockets are.
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import {
  bootId,
  currentOwner,
  isAlive,
  isRunning,
  isThisProcess,
  ProcessOwnerSchema,
  pidNamespace,
} from '../../../disk/process-owner.ts';
import { readRecord, writeRecord } from '../../../disk/record.ts';
import { StoreError } from '../../../errors.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import { runtimeFolder } from '../../locations.ts';

const RegistrationSchema = ProcessOwnerSchema.extend({
  version: z.literal(1),
  component_dir: z.string(),
  /** The Wassette, or what started it. It ends soon after the process that wraps it. */
  wassette_pid: z.int().positive(),
  socket: z.string().endsWith('.sock'),
  /** Whoever can read the record may ask. */
  token: z.string().regex(/^[0-9a-f]{32}$/),
});
export type Registration = z.infer<typeof RegistrationSchema>;

/** The longest path of a socket that every system takes; in Linux it is 107 bytes, elsewhere 103. */
const MOST_PATH_BYTES = 103;

/** A new registration of this process, not written yet. @throws StoreError STORE_UNSUPPORTED where sockets cannot be */
export function newRegistration(state: StateDirectory, wassettePid: number): Registration {
  const name = newName();
  const folder = socketFolder(state, name);
  if (folder === null) throw noSockets(tooLong(state));
  return {
    version: 1,
    ...currentOwner(),
    component_dir: state.componentDir,
    wassette_pid: wassettePid,
    socket: path.join(folder, name),
    token: randomBytes(16).toString('hex'),
  };
}

/** Why no window on this directory can be reached, as far as that is seen from here; null where one could be. */
export function problemWithSockets(state: StateDirectory): string | null {
  const folder = socketFolder(state, newName());
  if (folder === null) return tooLong(state);
  return existsSync(folder) && !isPrivate(folder) ? openToOthers(folder) : null;
}

function newName(): string {
  return `${randomBytes(4).toString('hex')}.sock`;
}

/** For a socket of this name; null where none can be. */
function socketFolder(state: StateDirectory, name: string): string | null {
  const fits = (folder: string) => Buffer.byteLength(path.join(folder, name)) <= MOST_PATH_BYTES;
  return [state.sockets, runtimeFolder()].find((each) => each !== null && fits(each)) ?? null;
}

function tooLong({ sockets }: StateDirectory): string {
  return `the path of ${sockets} is too long for a socket, and XDG_RUNTIME_DIR names no other`;
}

function openToOthers(folder: string): string {
  return `${folder} is open to other users`;
}

/** Makes the folder of the socket, for this user only. */
export async function makeSocketFolder({ socket }: Registration): Promise<void> {
  const folder = path.dirname(socket);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!isPrivate(folder)) throw noSockets(openToOthers(folder));
}

export async function writeRegistration(state: StateDirectory, made: Registration): Promise<void> {
  await writeRecord(recordOf(state, made), made);
}

/** Removes the socket: from now on nobody is answered there. */
export async function removeSocket({ socket }: Registration): Promise<void> {
  await rm(socket, { force: true });
}

/** Removes the record and the socket. */
export async function removeRegistration(state: StateDirectory, made: Registration): Promise<void> {
  await rm(recordOf(state, made), { force: true });
  if (isOurFolder(state, path.dirname(made.socket))) await rm(made.socket, { force: true });
}

/** Processes that run, but not this one; what dead ones left behind is removed. */
export async function readRegistrations(state: StateDirectory): Promise<Registration[]> {
  const found: Registration[] = [];
  for (const record of await recordsIn(state)) {
    if (isAlive(record)) {
      if (!isThisProcess(record)) found.push(record);
    } else if (record.boot_id !== bootId() || !isRunning(record.wassette_pid))
      await removeRegistration(state, record);
  }
  return found;
}

/** Wassettes whose window was killed, or is being closed: each ends in a moment. Numbers of processes, or of what started them. */
export async function endingWassettes(state: StateDirectory): Promise<number[]> {
  const isEnding = (record: Registration) =>
    record.pid_namespace === pidNamespace() && (!isAlive(record) || !existsSync(record.socket));
  return (await recordsIn(state)).filter(isEnding).map(({ wassette_pid }) => wassette_pid);
}

async function recordsIn(state: StateDirectory): Promise<Registration[]> {
  const found: Registration[] = [];
  for (const name of (await readdir(state.running).catch(() => [])).sort()) {
    if (!name.endsWith('.json')) continue;
    // One of a later version, or a damaged one, cannot be told; its Wassette is found among the processes.
    const file = path.join(state.running, name);
    const record = await readRecord(file, RegistrationSchema).catch(() => null);
    if (record === null || record.component_dir !== state.componentDir) continue;
    if (recordOf(state, record) !== file) continue; // a copy, which speaks of the socket of another
    found.push(record);
  }
  return found;
}

/** @throws StoreError STORE_DENIED, STORE_UNREACHABLE unless the socket is where only this user could have put it */
export function assertTrustworthy({ socket }: Registration): void {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found?.isSocket() !== true) throw new StoreError('STORE_UNREACHABLE', 'it has no socket');
  if (found.uid !== process.geteuid?.())
    throw new StoreError('STORE_DENIED', 'it is that of another user, and is not asked', {
      hint: 'do this as the user whose window it is',
    });
  if (!isPrivate(path.dirname(socket)))
    throw new StoreError('STORE_DENIED', 'others may use the folder of its socket, and it is not asked', {
      hint: 'close that window, and remove that folder: the next window makes it anew',
    });
}

/** Whether nobody listens at a socket; one that is only busy does not refuse. */
export function isRefused(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}

function recordOf(state: StateDirectory, { socket }: Registration): string {
  return path.join(state.running, `${path.basename(socket, '.sock')}.json`);
}

/** A record could name any file; only where we put sockets is one removed. */
function isOurFolder(state: StateDirectory, folder: string): boolean {
  return folder === state.sockets || (path.basename(folder) === 'wassette-state' && isPrivate(folder));
}

function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
}

function noSockets(why: string): StoreError {
  return new StoreError('STORE_UNSUPPORTED', `other windows cannot tell this Wassette what changes: ${why}`, {
    hint: 'imports from other windows are refused while it runs; use a state directory with a shorter path, or on another file system',
  });
}
