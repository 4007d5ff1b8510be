// What is known of the Wassettes that run on one directory, taken together.
import { StateError } from '../../../errors.ts';
import { type WithoutPolicy, widest, withoutPolicy } from '../../../policy/wassette-versions.ts';
import type { Surroundings } from '../../component-store.ts';
import type { LiveWassette } from '../live-wassette.ts';
import { type Introduction, versionIn } from '../registry/introduction.ts';
import type { Neighbour } from '../registry/neighbours.ts';
import type { RunningWassettes } from './running-wassettes.ts';

/** @param own the Wassette that this process knows */
export async function surroundingsOf(
  own: LiveWassette | undefined,
  running: RunningWassettes,
  signal?: AbortSignal,
): Promise<Surroundings> {
  const { neighbours } = running;
  const introductions = neighbours.map(({ introduction }) => introduction);
  return {
    withoutPolicy: await meaningOf(own, introductions, signal),
    // A server that others started has their variables, and names none.
    environment: own?.pid === null ? null : introductions.flatMap(({ environment }) => environment),
    secretsDirs: introductions.map(({ secrets_dir }) => secrets_dir),
    caveats: neighbours.flatMap(fencesOf),
    obstacle: await obstacleIn(running),
  };
}

async function meaningOf(
  own: LiveWassette | undefined,
  introductions: readonly Introduction[],
  signal: AbortSignal | undefined,
): Promise<WithoutPolicy> {
  const versions = introductions.map(versionIn);
  if (own !== undefined) versions.push(await own.version(signal));
  return widest(versions.map(withoutPolicy));
}

/** A fence binds the agent of its own window, and an import changes the Wassettes of all. */
function fencesOf({ process, introduction: { fences } }: Neighbour): string[] {
  const flags = [
    ...(fences.read_only ? ['--read-only'] : []),
    ...(fences.never_widen ? ['--never-widen'] : []),
    ...(fences.approval === undefined ? [] : [['--approval', fences.approval].join(' ')]),
  ];
  if (flags.length === 0) return [];
  return [
    `another window (process ${process}) was started with ${flags.join(' and ')}; that binds its own agent, and its Wassette is changed by this import, too`,
  ];
}

async function obstacleIn(running: RunningWassettes): Promise<string | null> {
  try {
    await running.assertAllTell();
    return null;
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== 'STORE_BUSY') throw error;
    return [error.message, ...(error.hint === undefined ? [] : [error.hint])].join('; ');
  }
}
