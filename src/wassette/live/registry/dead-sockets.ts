// Sockets that no record speaks of: whoever made them was killed before it had written one.
import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { runningIn, type StateDirectory } from '../../../state/directory.ts';
import { isRefused } from './registration.ts';

/** A process makes the socket first, and the record at once. */
const RECORDED_MS = 60_000;
const ANSWER_MS = 1_000;

/** Removes those in `folder` on which nobody listens. */
export async function clearDeadSockets({ hosts }: StateDirectory, folder: string): Promise<void> {
  const running = (await readdir(hosts).catch(() => [])).map((host) => runningIn(path.join(hosts, host)));
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (!name.endsWith('.sock') || !found?.isSocket() || Date.now() < found.mtimeMs + RECORDED_MS) continue;
    // Where the folder is shared with another machine, only the record says that it is in use.
    const record = `${path.basename(name, '.sock')}.json`;
    if (running.some((records) => existsSync(path.join(records, record)))) continue;
    if (await isDead(file)) await rm(file, { force: true });
  }
}

async function isDead(file: string): Promise<boolean> {
  const socket = connect(file);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
    return false;
  } catch (error) {
    return isRefused(error);
  } finally {
    socket.destroy();
  }
}
