// Compressed snapshots with the programs of others, with a Node that has zstd and one that has none, and with the real
// Wassette.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BlobSource } from '../../../src/disk/blobs/blob.ts';
import { blobsOf } from '../../../src/disk/blobs/blobs.ts';
import { exportStateTo, importState, openSnapshot, Snapshot } from '../../../src/index.ts';
import { writeJsonFile } from '../../../src/places/json/writer.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import type { SnapshotDocument } from '../../../src/snapshot/shape.ts';
import { stateComponentOf, stateDigest } from '../../../src/snapshot/state-digest.ts';
import { npmPackages } from '../../fixtures/ci-cache.ts';
import { javaScriptProbe } from '../../fixtures/components/probe.ts';
import { documentOf } from '../../fixtures/document.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

const LIBRARY = fileURLToPath(new URL('../../../dist/index.js', import.meta.url));
const NODE_WITH_ZSTD = `node-${process.platform}-${process.arch}`;
const MIB = 1024 * 1024;

/** The program of a Node that has zstd, and of this one, which need not. */
const nodes: Record<string, string> = { 'this Node': process.execPath, 'Node 24': '' };
beforeAll(async () => {
  const folder = await npmPackages(`${NODE_WITH_ZSTD}@24.21.0`);
  nodes['Node 24'] = path.join(folder, 'node_modules', NODE_WITH_ZSTD, 'bin', 'node');
});

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a module that has the built library as `lib` prints as JSON. */
function run<T>(node: string, script: string): T {
  const module = `const lib = await import(${JSON.stringify(LIBRARY)}); ${script}`;
  const printed = execFileSync(nodes[node]!, ['--input-type=module', '-e', module], { encoding: 'utf8' });
  return JSON.parse(printed) as T;
}

/** With a real component. */
async function realHost(): Promise<TestHost> {
  const host = makeHost();
  host.install('weather', {
    code: readFileSync(await javaScriptProbe({ name: 'weather' })),
    policy: policyText(),
  });
  return host;
}

test('what others compress is read, and they read what we compress', async () => {
  const folder = newFolder();
  const host = await realHost();
  const plain = path.join(folder, 'state.json');
  const { digest } = await exportStateTo({ file: plain }, { ...host.locations, includeBinaries: true });
  const text = readFileSync(plain);
  const through = (file: string, ...args: string[]) =>
    execFileSync(file, args, { input: text, maxBuffer: 100 * MIB });
  const theirs = [
    through('gzip', '-9'),
    through('gzip', '--fast'),
    through('zstd', '-q', '-19', '--check'),
    through('zstd', '-q', '--long=27', '--no-check'),
    through('zstd', '-q', '--no-content-size'),
    execFileSync('bash', ['-c', `split -b 100k --filter='zstd -q' '${plain}'`], { maxBuffer: 100 * MIB }),
    execFileSync('bash', ['-c', `split -b 100k --filter=gzip '${plain}'`], { maxBuffer: 100 * MIB }),
  ];
  for (const [index, bytes] of theirs.entries()) {
    const file = path.join(folder, `theirs-${index}.json`);
    writeFileSync(file, bytes);
    const opened = await Snapshot.loadFromFile(file);
    expect(opened.digest).toBe(digest);
    expect(await opened.validate()).toBeGreaterThan(MIB);
  }
  for (const [ending, program] of [
    ['gz', 'gzip'],
    ['zst', 'zstd'],
  ] as const) {
    const file = path.join(folder, `ours.json.${ending}`);
    await (await Snapshot.loadFromFile(plain)).saveToFile(file);
    expect(execFileSync(program, ['-dc', file], { maxBuffer: 100 * MIB }).equals(text)).toBe(true);
    execFileSync(program, ['-t', '-q', file]);
  }
});

test('compressed files and stores are as small as they should be', async () => {
  const folder = newFolder();
  const host = await realHost();
  const { componentDir } = host.locations;
  const tar = execFileSync(
    'bash',
    ['-c', `tar -c -C '${componentDir}' $(ls '${componentDir}' | grep wasm) | zstd -3`],
    {
      maxBuffer: 100 * MIB,
    },
  );
  const sizeOf = async (name: string) => {
    await exportStateTo({ file: path.join(folder, name) }, { ...host.locations, includeBinaries: true });
    return lstatSync(path.join(folder, name)).size;
  };
  const compressed = await sizeOf('state.json.zst');
  expect(compressed).toBeLessThan(1.45 * tar.length);
  expect(compressed).toBeLessThan(0.6 * (await sizeOf('state.json')));
  const options = { ...host.locations, compress: { codec: 'zstd' as const } };
  const { document } = await exportStateTo({ name: 'small' }, options);
  const store = path.join(host.locations.stateDir, 'snapshots', 'blobs', 'sha256');
  const kept = readdirSync(store).map((name) => lstatSync(path.join(store, name)).size);
  const others = JSON.stringify(document).length + 5_000;
  expect(kept.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.05 * tar.length + others);
});

describe.each([
  ['this Node', 'Node 24'],
  ['Node 24', 'this Node'],
])('what %s writes %s reads', (writer, reader) => {
  test.each(['gz', 'zst'])('a .json.%s file', async (ending) => {
    const folder = newFolder();
    const host = await realHost();
    const plain = path.join(folder, 'state.json');
    const { digest } = await exportStateTo({ file: plain }, { ...host.locations, includeBinaries: true });
    const file = path.join(folder, `state.json.${ending}`);
    run(
      writer,
      `const snapshot = await lib.Snapshot.loadFromFile(${JSON.stringify(plain)});
      await snapshot.saveToFile(${JSON.stringify(file)}); console.log('{}');`,
    );
    const found = run<[string, number]>(
      reader,
      `const snapshot = await lib.Snapshot.loadFromFile(${JSON.stringify(file)});
      console.log(JSON.stringify([snapshot.digest, await snapshot.validate()]));`,
    );
    expect(found).toEqual([digest, await (await Snapshot.loadFromFile(plain)).validate()]);
  });

  test('code in a store', async () => {
    const host = await realHost();
    const options = JSON.stringify({ ...host.locations, compress: { codec: 'zstd' } });
    const { digest, codes } = run<{ digest: string; codes: number }>(
      writer,
      `const { digest, document } = await lib.exportStateTo({ name: 'shared' }, ${options});
      console.log(JSON.stringify({ digest, codes: document.components.reduce((sum, { artifact }) => sum + artifact.size, 0) }));`,
    );
    const found = run<[string, number]>(
      reader,
      `const snapshot = await lib.openSnapshot('shared', ${options});
      console.log(JSON.stringify([snapshot.digest, await snapshot.validate()]));`,
    );
    expect(found).toEqual([digest, codes]);
  });
});

/** Code of `bytes` bytes, half of it noise, made anew each time it is read. */
function largeCode(seed: number, bytes: number): Promise<BlobSource> {
  const random = seededRandom(seed);
  const noise = Buffer.from(Array.from({ length: 64 * 1024 }, () => Math.floor(random() * 256)));
  const open = async function* () {
    const preamble = Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
    yield preamble;
    for (let at = preamble.length; at < bytes; at += noise.length) {
      const chunk = Buffer.from(noise.subarray(0, Math.min(noise.length, bytes - at)));
      for (let i = 0; i < chunk.length; i += 2) chunk[i] = (at / noise.length) & 0xff;
      yield chunk;
    }
  };
  return (async () => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of open()) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { sha256: hash.digest('hex'), size, open };
  })();
}

test.each(['this Node', 'Node 24'])(
  '300 MB take %s no more memory than it has for a small one',
  async (node) => {
    const folder = newFolder();
    const sources = await Promise.all([1, 2, 3].map((seed) => largeCode(seed, 100 * MIB)));
    const small = documentOf(sources.map((_, index) => ({ id: `c${index}` })));
    const components = small.components.map((component, index) => ({
      ...component,
      artifact: { sha256: sources[index]!.sha256, size: sources[index]!.size },
    }));
    const document: SnapshotDocument = {
      ...small,
      components,
      state_digest: stateDigest(components.map(stateComponentOf)),
    };
    const file = path.join(folder, 'large.json.zst');
    await writeJsonFile(file, readDocument(document), blobsOf(sources));
    const again = path.join(folder, 'again.json.zst');
    const mebibytes = run<number>(
      node,
      `const snapshot = await lib.Snapshot.loadFromFile(${JSON.stringify(file)});
    await snapshot.saveToFile(${JSON.stringify(again)});
    await (await lib.Snapshot.loadFromFile(${JSON.stringify(again)})).validate();
    console.log(process.resourceUsage().maxRSS / 1024);`,
    );
    expect(existsSync(again)).toBe(true);
    expect(mebibytes).toBeLessThan(200);
  },
);

test.each(['file', 'store'])('the real Wassette runs what came from a compressed %s', async (place) => {
  const giver = makeHost();
  const code = readFileSync(await javaScriptProbe({ name: 'weather' }));
  giver.install('weather', { code, policy: policyText() });
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  const file = path.join(newFolder(), 'state.json.zst');
  const to = place === 'file' ? { file } : { name: 'handoff' };
  const compress = { codec: 'zstd' as const };
  await exportStateTo(to, { ...giver.locations, includeBinaries: place === 'file', compress });
  const snapshot = await openSnapshot(place === 'file' ? file : 'handoff', taker.locations);
  await importState(snapshot, { ...taker.locations, approval: 'all' });

  const { componentDir, secretsDir } = taker.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  mkdirSync(home, { recursive: true });
  const wassette = await LiveWassette.start({ version: '0.8.0', componentDir, secretsDir, env: {}, home });
  onTestFinished(() => wassette.stop());
  await wassette.waitForTools(['weather-get-env']);
  expect((await wassette.call('weather-get-env', { name: 'NONE' })).text).toBeDefined();
});
