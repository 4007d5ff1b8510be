// A usual set of tools: 40 components of 3.5 MB, beside what people would type to save and restore them.
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Figure, Scenario } from './figure.ts';
import { BenchHost } from './host.ts';
import { Restic } from './peers/restic.ts';
import { secondsOfOurs, secondsOfShell, sync } from './process.ts';
import { alternate } from './samples.ts';

const COUNT = 40;
const SIZE = 3_500_000;
const SAVE = 'tar -cf "$2" -C "$1" .; sha256sum "$1"/*.wasm; sync';
const RESTORE = 'tar -xf "$1" -C "$2"; cd "$2"; sha256sum --check --quiet "$3"; sync';
const SUMS = 'cd "$1"; sha256sum *.wasm > "$2"';

export const forty: Scenario = async ({ root, isQuick, note }) => {
  const host = new BenchHost(root);
  host.fill(COUNT, SIZE);
  const file = path.join(root, 'snapshot.json');
  const archive = path.join(root, 'archive.tar');
  const repetitions = isQuick ? 3 : 11;

  const toStore = ['export', '--name', 'bench', ...host.from];
  const toFile = ['export', '--output', file, '--include-binaries', ...host.from];
  const save = () => {
    removed(archive);
    return secondsOfShell(SAVE, [host.source, archive]);
  };
  const again = (args: string[]) => () => {
    sync();
    return secondsOfOurs(args);
  };
  const exportToStore = await alternate(repetitions, {
    first: () => {
      host.forgetSnapshots();
      return secondsOfOurs(toStore);
    },
    again: again(toStore),
    peer: save,
  });
  const exportToFile = await alternate(repetitions, {
    first: () => {
      removed(file);
      return secondsOfOurs(toFile);
    },
    again: again(toFile),
    peer: save,
  });

  const sums = path.join(root, 'sums');
  await secondsOfShell(SUMS, [host.source, sums]);
  const restore = () => {
    host.emptyTarget();
    return secondsOfShell(RESTORE, [archive, host.target, sums]);
  };
  const restic = await Restic.in(root);
  if (restic === null) note('restic is not installed: nothing is compared with it');
  await restic?.backup(host.source);
  const restoreByRestic = async () => {
    host.emptyTarget();
    const seconds = (await restic?.restore(host.target)) ?? 0;
    return seconds + (await secondsOfShell('sync', []));
  };
  const importFrom = (reference: string) => async () => {
    host.emptyTarget();
    const seconds = await secondsOfOurs(['import', reference, '--yes', ...host.onto]);
    host.checkTarget(COUNT);
    return seconds;
  };
  const importFromStore = await alternate(repetitions, {
    ours: importFrom('bench'),
    peer: restore,
    restic: restoreByRestic,
  });
  // The other machine has no store to find the bytes in.
  host.forgetSnapshots();
  const importFromFile = await alternate(repetitions, { ours: importFrom(file), peer: restore });

  const figure = (scenario: string, ours: number, peer: number, ratio: number): Figure => ({
    scenario,
    unit: 's',
    ours,
    peer,
    limit: { ratio },
  });
  return [
    figure('40 x 3.5 MB: export to the store', exportToStore.first, exportToStore.peer, 0.75),
    figure('  again, nothing changed : first', exportToStore.again, exportToStore.first, 0.7),
    figure('40 x 3.5 MB: export to a file', exportToFile.first, exportToFile.peer, 1.2),
    figure('  again, nothing changed : first', exportToFile.again, exportToFile.first, 0.7),
    figure('40 x 3.5 MB: import from the store', importFromStore.ours, importFromStore.peer, 0.7),
    ...(restic === null
      ? []
      : [figure('  the same beside restic', importFromStore.ours, importFromStore.restic, 0.4)]),
    figure('40 x 3.5 MB: import from a file', importFromFile.ours, importFromFile.peer, 0.85),
  ];
};

function removed(file: string): void {
  rmSync(file, { force: true });
  sync();
}
