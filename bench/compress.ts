// Code that compresses as code does, beside `tar` and `zstd`, which everybody has.
import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmPackages } from '../test/fixtures/ci-cache.ts';
import type { Figure, Scenario } from './figure.ts';
import { BenchHost } from './host.ts';
import { secondsOfOurs, secondsOfShell, sync } from './process.ts';
import { alternate } from './samples.ts';

const COUNT = 40;
const SIZE = 3_500_000;
const PEER = 'tar -cf - -C "$1" . | zstd -3 --quiet -o "$2"; sync';
/** Of others, and here anyway: what is in components is such code. */
const MODULE = fileURLToPath(
  new URL(
    '../node_modules/@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core.wasm',
    import.meta.url,
  ),
);
/** Each component begins somewhere else in it. What is equal in two of them is too far apart for `zstd -3` to see it. */
const STEP = 82_477;
/** One that has zstd itself: on an older one it is a library in WebAssembly, and slower. */
const NODE = `node-${process.platform}-${process.arch}`;
const NODE_VERSION = '24.21.0';

export const compress: Scenario = async ({ root, isQuick, note }) => {
  const folder = await npmPackages(`${NODE}@${NODE_VERSION}`);
  const node = path.join(folder, 'node_modules', NODE, 'bin', 'node');
  note(`compression is measured with Node ${NODE_VERSION}`);
  const host = new BenchHost(root);
  host.fill(COUNT, SIZE, { payload: codeOf(readFileSync(MODULE)) });
  const archive = path.join(root, 'archive.tar.zst');
  const plain = path.join(root, 'snapshot.json');
  const zstd = `${plain}.zst`;
  const toFile = (file: string) => ['export', '--output', file, '--include-binaries', ...host.from];

  const seconds = await alternate(isQuick ? 1 : 7, {
    store: () => {
      host.forgetSnapshots();
      return secondsOfOurs(['export', '--name', 'bench', '--compress', 'zstd', ...host.from], { node });
    },
    file: () => {
      removed(zstd);
      return secondsOfOurs(toFile(zstd), { node });
    },
    peer: () => {
      removed(archive);
      return secondsOfShell(PEER, [host.source, archive]);
    },
  });
  await secondsOfOurs(toFile(plain), { node });

  const size = (scenario: string, ours: number, peer: number, ratio: number): Figure => ({
    scenario,
    unit: 'MB',
    ours: ours / 1e6,
    peer: peer / 1e6,
    limit: { ratio },
  });
  const [tar, file] = [statSync(archive).size, statSync(zstd).size];
  return [
    size('40 x 3.5 MB: zstd in the store', host.storedBytes, tar, 1.05),
    { scenario: '  time', unit: 's', ours: seconds.store, peer: seconds.peer, limit: { ratio: 1.3 } },
    size('40 x 3.5 MB: .json.zst', file, tar, 1.45),
    { scenario: '  time', unit: 's', ours: seconds.file, peer: seconds.peer },
    size('  : .json', file, statSync(plain).size, 0.6),
  ];
};

function codeOf(code: Buffer): (bytes: Buffer, i: number) => void {
  return (bytes, i) => {
    let from = (i * STEP) % code.length;
    for (let to = 0; to < bytes.length; from = 0) to += code.copy(bytes, to, from);
  };
}

function removed(file: string): void {
  rmSync(file, { force: true });
  sync();
}
