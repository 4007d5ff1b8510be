// Very many small components: seconds for 10,000, and whether one of them costs more than one of 1,000.
import path from 'node:path';
import type { Figure, Scenario } from './figure.ts';
import { BenchHost } from './host.ts';
import { secondsOfOurs } from './process.ts';
import { alternate, type Contestant } from './samples.ts';

const MANY = 10_000;
const FEW = 1_000;
const SIZE = 1_000;
const MAX_SECONDS = { list: 3, plan: 3, export: 6, import: 12 };

export const many: Scenario = async ({ root, isQuick }) => {
  const filled = (count: number) => {
    const host = new BenchHost(path.join(root, String(count)));
    host.fill(count, SIZE, { policies: true });
    return { host, count };
  };
  const hosts = { many: filled(MANY), few: filled(FEW) };
  const repetitions = isQuick ? 1 : 5;
  // One turn each for both counts and for a process that starts and does nothing.
  const turns = (command: (filled: { host: BenchHost; count: number }) => Contestant) =>
    alternate(repetitions, {
      many: command(hosts.many),
      few: command(hosts.few),
      start: () => secondsOfOurs(['--version']),
    });

  const seconds = {
    list: await turns(
      ({ host }) =>
        () =>
          secondsOfOurs(['list', ...host.from]),
    ),
    export: await turns(({ host }) => () => {
      host.forgetSnapshots();
      return secondsOfOurs(['export', '--name', 'bench', ...host.from]);
    }),
    plan: await turns(({ host }) => () => {
      host.emptyTarget();
      return secondsOfOurs(['import', 'bench', '--dry-run', '--json', ...host.onto]);
    }),
    import: await turns(({ host, count }) => async () => {
      host.emptyTarget();
      const taken = await secondsOfOurs(['import', 'bench', '--yes', ...host.onto]);
      host.checkTarget(count);
      return taken;
    }),
  };
  return (['list', 'plan', 'export', 'import'] as const).flatMap((verb): Figure[] => {
    const { many, few, start } = seconds[verb];
    return [
      { scenario: `10,000 x 1 kB: ${verb}`, unit: 's', ours: many, limit: { value: MAX_SECONDS[verb] } },
      {
        scenario: '  each of 10,000 : each of 1,000',
        unit: 'us',
        ours: ((many - start) / MANY) * 1e6,
        peer: ((few - start) / FEW) * 1e6,
        limit: { ratio: 1.5 },
      },
    ];
  });
};
