// 200 MB to a registry and to a bucket and back, beside what people would use for the same bytes.

import type { Figure, Scenario } from './figure.ts';
import { BenchHost } from './host.ts';
import { Bucket } from './peers/bucket.ts';
import { CountingProxy } from './peers/counting-proxy.ts';
import { Registry } from './peers/registry.ts';
import { secondsOfOurs, secondsOfShell, sync } from './process.ts';
import { alternate } from './samples.ts';

const COUNT = 40;
const SIZE = 5_000_000;
/** Nine tenths of the other's throughput. */
const MAX_RATIO = 1 / 0.9;
/** Of what is sent besides the code: documents and headers. */
const MAX_SENT = 1.05;

/** A place on a server of its own, and the program that others use for it. */
export interface Remote {
  readonly noun: string;
  /** Where the server listens; another address may lead there. */
  readonly port: number;
  readonly env: (port: number) => Record<string, string>;
  /** What we call a snapshot there. Those of one folder share their code. */
  reference(port: number, folder: string, name: string): string;
  /** Seconds that the peer takes for all files of `directory`. */
  push(directory: string, folder: string): Promise<number>;
  /** Seconds that it takes to bring them back into `directory`. */
  pull(folder: string, directory: string): Promise<number>;
  stop(): Promise<void>;
}

export const places: Scenario = async ({ root, isQuick }) => {
  const host = new BenchHost(root);
  host.fill(COUNT, SIZE);
  const figures: Figure[] = [];
  for (const start of [Registry.start, Bucket.start]) {
    const remote = await start(root);
    try {
      figures.push(...(await figuresOf(remote, host, isQuick ? 1 : 7)));
    } finally {
      await remote.stop();
    }
  }
  return figures;
};

async function figuresOf(remote: Remote, host: BenchHost, repetitions: number): Promise<Figure[]> {
  const { noun, port } = remote;
  const start = { env: remote.env(port) };
  let runs = 0;
  const push = await alternate(repetitions, {
    ours: () => {
      host.forgetSnapshots();
      const to = remote.reference(port, `ours-${++runs}`, 'first');
      return secondsOfOurs(['export', '--output', to, ...host.from], start);
    },
    peer: () => {
      sync();
      return remote.push(host.source, `peer-${++runs}`);
    },
  });
  const from = remote.reference(port, 'ours-1', 'first');
  const emptied = () => {
    host.forgetSnapshots();
    host.emptyTarget();
  };
  const pull = await alternate(repetitions, {
    copy: () => {
      emptied();
      return secondsOfOurs(['copy', from, 'pulled', ...host.from], start);
    },
    import: async () => {
      emptied();
      const seconds = await secondsOfOurs(['import', from, '--yes', ...host.onto], start);
      host.checkTarget(COUNT);
      return seconds;
    },
    peer: async () => {
      emptied();
      const seconds = await remote.pull('peer-2', host.target);
      host.checkTarget(COUNT);
      return seconds + (await secondsOfShell('sync', []));
    },
  });
  const beside = (scenario: string, ours: number, peer: number): Figure => ({
    scenario,
    unit: 's',
    ours,
    peer,
    limit: { ratio: MAX_RATIO },
  });
  return [
    beside(`40 x 5 MB: push to a ${noun}`, push.ours, push.peer),
    {
      scenario: '  again, one changed : that one',
      unit: 'MB',
      ours: (await bytesOfChange(remote, host)) / 1e6,
      peer: SIZE / 1e6,
      limit: { ratio: MAX_SENT },
    },
    beside(`40 x 5 MB: pull from a ${noun}`, pull.copy, pull.peer),
    beside(`40 x 5 MB: import from a ${noun}`, pull.import, pull.peer),
  ];
}

/** What is sent, headers included, when one component is another than in the last push. */
async function bytesOfChange(remote: Remote, host: BenchHost): Promise<number> {
  host.change(SIZE);
  const proxy = await CountingProxy.start(remote.port);
  try {
    const to = remote.reference(proxy.port, 'ours-1', 'second');
    await secondsOfOurs(['export', '--output', to, ...host.from], { env: remote.env(proxy.port) });
    return proxy.sentBytes;
  } finally {
    proxy.stop();
  }
}
