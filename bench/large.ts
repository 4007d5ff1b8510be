// 2 GiB of code: the memory of an export and an import must not grow with it.
import { rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import type { Figure, Scenario } from './figure.ts';
import { BenchHost } from './host.ts';
import { peakMiBOfOurs } from './process.ts';

const COUNT = 8;
const SIZE = 256 * 1024 * 1024;
/** The code, a file or a store with it, and the imported code, with room to spare. */
const NEEDED_GB = 12;
const MAX_MIB = 150;

export const large: Scenario = async ({ root, isQuick, note }) => {
  if (isQuick) {
    note('2 GiB of code: left out with --quick');
    return [];
  }
  const { bavail, bsize } = statfsSync(root);
  const freeGb = (bavail * bsize) / 1e9;
  if (freeGb < NEEDED_GB) {
    note(`2 GiB of code: left out, it needs ${NEEDED_GB} GB of disk and ${freeGb.toFixed(1)} are free`);
    return [];
  }
  const host = new BenchHost(root);
  host.fill(COUNT, SIZE);
  const file = path.join(root, 'snapshot.json');

  const exported = (args: string[]) => peakMiBOfOurs(['export', ...args, ...host.from]);
  const imported = async (reference: string) => {
    host.emptyTarget();
    const peak = await peakMiBOfOurs(['import', reference, '--yes', ...host.onto]);
    host.checkTarget(COUNT);
    host.emptyTarget();
    return peak;
  };
  const figures: Figure[] = [];
  const add = (what: string, ours: number) =>
    figures.push({ scenario: `2 GiB: memory, ${what}`, unit: 'MiB', ours, limit: { value: MAX_MIB } });

  add('export to store', await exported(['--name', 'bench']));
  add('import from store', await imported('bench'));
  host.forgetSnapshots();
  add('export to a file', await exported(['--output', file, '--include-binaries']));
  add('import from a file', await imported(file));
  rmSync(file);
  return figures;
};
