// A large state of which nothing has changed, exported again: a job that runs every hour does nothing else.
import { statfsSync } from 'node:fs';
import type { Figure, Scenario } from './figure.ts';
import { BenchHost } from './host.ts';
import { Restic } from './peers/restic.ts';
import { secondsOfOurs, sync } from './process.ts';
import { alternate } from './samples.ts';

const COUNT = 1_000;
const SIZE = 5_000_000;
const QUICK_SIZE = 50_000;
/** The components, the store and the repository of restic, with room to spare. */
const NEEDED_GB = 18;

export const again: Scenario = async ({ root, isQuick, note }) => {
  const { bavail, bsize } = statfsSync(root);
  const freeGb = (bavail * bsize) / 1e9;
  if (!isQuick && freeGb < NEEDED_GB) {
    note(`5 GB of code: left out, it needs ${NEEDED_GB} GB of disk and ${freeGb.toFixed(1)} are free`);
    return [];
  }
  const host = new BenchHost(root);
  host.fill(COUNT, isQuick ? QUICK_SIZE : SIZE);
  const what = isQuick ? '1,000 x 50 kB' : '1,000 x 5 MB';
  const toStore = ['export', '--name', 'bench', ...host.from];
  sync();
  const first = await secondsOfOurs(toStore);
  const unchanged = () => {
    sync();
    return secondsOfOurs(toStore);
  };
  // The file system may not tell a file that was written just now from one that is written next.
  await unchanged();
  const restic = await Restic.in(root);
  if (restic === null) note('restic is not installed: nothing is compared with it');
  await restic?.backup(host.source);
  const seconds = await alternate<'ours' | 'peer'>(isQuick ? 3 : 7, {
    ours: unchanged,
    peer: () => {
      sync();
      return restic?.backup(host.source) ?? Promise.resolve(0);
    },
  });
  const ours: Figure = {
    scenario: `${what}: export again : first`,
    unit: 's',
    ours: seconds.ours,
    peer: first,
  };
  const beside: Figure = {
    scenario: '  the same beside restic',
    unit: 's',
    ours: seconds.ours,
    peer: seconds.peer,
  };
  return [
    // Of little code the start of the program is most of both.
    isQuick ? ours : { ...ours, limit: { ratio: 0.05 } },
    ...(restic === null ? [] : [{ ...beside, limit: { ratio: 1 } }]),
  ];
};
