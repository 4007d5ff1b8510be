// The side of a process that changes the directory: it finds the Wassettes that other processes of ours wrap, and reaches
// them.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { bootId, isSeenAlive } from '../../../disk/process-owner.ts';
import { storeErrorFrom } from '../../../disk/system-error.ts';
import { StoreError } from '../../../errors.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import type { Unreached } from '../several/said-tools.ts';
import { numberHere } from '../wassette-processes.ts';
import { type Introduction, IntroductionSchema, MESSAGES_VERSION, type News } from './introduction.ts';
import { PortCalls } from './port-calls.ts';
import {
  assertTrustworthy,
  isRefused,
  type Registration,
  readRegistrations,
  removeRegistration,
} from './registration.ts';
import { RemoteWassette } from './remote-wassette.ts';
import { SocketPort } from './socket-port.ts';

const GREETING_MS = 5_000;

/** A Wassette that another process of ours wraps, while we are connected to that process. */
export interface Neighbour {
  /** The process that wraps it, by the number that it has here, as far as we see it. */
  process: number;
  registration: Registration;
  live: RemoteWassette;
  introduction: Introduction;
  tell(news: News): Promise<unknown>;
  close(): void;
}

/**
 * Connects to all that answer; the Wassette of one that does not cannot be told anything.
 * @param known those to which we are connected already
 */
export async function findNeighbours(
  state: StateDirectory,
  known: readonly Neighbour[] = [],
): Promise<Neighbour[]> {
  return (await meetNeighbours(state, known)).neighbours;
}

/** The same, and the others, as far as they are certain to run. */
export async function meetNeighbours(
  state: StateDirectory,
  known: readonly Neighbour[] = [],
): Promise<{ neighbours: Neighbour[]; unreached: Unreached[] }> {
  const reached = new Set(known.map(({ registration }) => registration.socket));
  const registered = (await readRegistrations(state)).filter(({ socket }) => !reached.has(socket));
  const neighbours: Neighbour[] = [];
  const unreached: Unreached[] = [];
  const met = await Promise.allSettled(registered.map(meet));
  for (const [i, result] of met.entries()) {
    const each = registered[i]!;
    if (result.status === 'fulfilled') neighbours.push(result.value);
    else if (isSeenAlive(each))
      unreached.push({ process: each.pid, error: storeErrorFrom(result.reason, 'reach its socket') });
    // In a container that ended: we do not see its processes, but under one kernel whoever listens is reached.
    else if (isOfThisKernel(each) && isRefused(result.reason)) await removeRegistration(state, each);
  }
  return { neighbours, unreached };
}

/** False where no kernel is named: the record may be that of another machine with the same home. */
function isOfThisKernel({ boot_id }: Registration): boolean {
  return boot_id !== null && boot_id === bootId();
}

/** @throws StoreError STORE_DENIED, STORE_UNREACHABLE, or what the other side says */
async function meet(registration: Registration): Promise<Neighbour> {
  assertTrustworthy(registration);
  const { pid, socket: file, token, component_dir } = registration;
  const timeout = AbortSignal.timeout(GREETING_MS);
  const socket = await reached(file, timeout);
  try {
    const port = new SocketPort(socket);
    const calls: PortCalls = new PortCalls(port, async (method, params) => {
      if (method === 'work') return live?.work(params);
      throw new TypeError(`there is nothing called ${method}`);
    });
    let live: RemoteWassette | undefined;
    port.onLost((error) => calls.fail(error));
    timeout.addEventListener('abort', () => {
      if (live === undefined) socket.destroy();
    });
    const greeting = { version: MESSAGES_VERSION, token, component_dir };
    const introduction = IntroductionSchema.parse(await calls.ask('greet', greeting));
    if (introduction.component_dir !== component_dir)
      throw new StoreError('STORE_UNREACHABLE', 'another window works on another directory');
    live = new RemoteWassette((...asked) => calls.ask(...asked), introduction, port);
    return {
      process: numberHere(pid, registration.pid_namespace) ?? pid,
      registration,
      live,
      introduction,
      tell: (news) => calls.ask('news', news),
      close: () => port.close(),
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function reached(file: string, signal: AbortSignal): Promise<Socket> {
  const { connect } = await import('node:net');
  const socket = connect(file);
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
