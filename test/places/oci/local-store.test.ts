import { execFile } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import { openLocalStore } from '../../../src/places/oci/local-store.ts';
import { failing } from '../../fixtures/failing.ts';
import { recordingSinks, sampleSnapshot, sourceOfBytes } from '../sample-snapshot.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let base: string;
let stateDir: string;
let count = 0;
beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'local-store-'));
});
beforeEach(() => {
  stateDir = path.join(base, String(count++), 'wassette-state');
});
afterAll(() => rm(base, { recursive: true, force: true }));

const blobFile = (sha256: string) => path.join(stateDir, 'snapshots/blobs/sha256', sha256);

async function makeOld(file: string): Promise<void> {
  const then = (Date.now() - 2 * DAY_MS) / 1000;
  await utimes(file, then, then);
}

async function deliverAll(reference: string) {
  const sinks = recordingSinks();
  const { content, blobs } = await openLocalStore(stateDir).open(reference);
  const artifacts = content.tree.components.map(({ artifact }) => artifact);
  return { ...sinks, done: copyAllVerified(artifacts, blobs, sinks.sinkFor) };
}

describe('the local store', () => {
  it('touches nothing until it is written to', async () => {
    const store = openLocalStore(stateDir);
    expect(await store.list()).toEqual([]);
    await expect(store.open('daily')).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await store.prune({ keep: { blobs: new Set() }, now: Date.now(), dryRun: true });
    await expect(readdir(path.dirname(stateDir))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is an OCI image layout under `snapshots`, with nothing unfinished in it', async () => {
    const { content, blobs } = sampleSnapshot(['a', 'b']);
    await openLocalStore(stateDir).write(content, blobs, { name: 'daily' });
    const names = await readdir(path.join(stateDir, 'snapshots'), { recursive: true });
    expect(names.filter((name) => !name.startsWith('.locks') && !name.startsWith('blobs/')).sort()).toEqual([
      'blobs',
      'index.json',
      'oci-layout',
    ]);
    expect(names.filter((name) => /tmp-|lock-/.test(name))).toEqual([]);
    expect(names.filter((name) => name.startsWith('blobs/sha256/'))).toHaveLength(4);
  });

  it('opens in another instance what one wrote', async () => {
    const { content, sources, blobs } = sampleSnapshot(['a', 'b']);
    await openLocalStore(stateDir).write(content, blobs, { name: 'daily' });
    const { delivered, done } = await deliverAll('daily');
    await done;
    expect([...delivered.keys()].sort()).toEqual(sources.map(({ sha256 }) => sha256).sort());
  });

  it('hands over nothing of a blob whose bytes were replaced', async () => {
    const { content, sources, blobs } = sampleSnapshot(['a']);
    const { digest } = await openLocalStore(stateDir).write(content, blobs);
    await writeFile(blobFile(sources[0]!.sha256), Buffer.alloc(sources[0]!.size));
    const { delivered, aborted, done } = await deliverAll(digest);
    await expect(done).rejects.toThrow(failing('VERIFY_DIGEST_MISMATCH'));
    expect([delivered.size, aborted]).toEqual([0, [sources[0]!.sha256]]);
  });

  it('does not follow a link that stands where a blob should be', async () => {
    const { content, sources, blobs } = sampleSnapshot(['a']);
    const { digest } = await openLocalStore(stateDir).write(content, blobs);
    const file = blobFile(sources[0]!.sha256);
    await link(file, path.join(base, 'outside'));
    await rm(file);
    await symlink(path.join(base, 'outside'), file);
    const { delivered, done } = await deliverAll(digest);
    await expect(done).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    expect(delivered.size).toBe(0);
    await expect(openLocalStore(stateDir).write(content, blobs)).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
  });

  it('does not follow a link that stands where its index should be', async () => {
    await mkdir(path.join(stateDir, 'snapshots'), { recursive: true });
    await symlink('/etc/hostname', path.join(stateDir, 'snapshots/index.json'));
    await expect(openLocalStore(stateDir).list()).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('loses nothing when instances write at once', async () => {
    await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const { content, blobs } = sampleSnapshot(['shared', `x${i}`]);
        await openLocalStore(stateDir).write(content, blobs, { name: `n${i}` });
      }),
    );
    const names = (await openLocalStore(stateDir).list()).flatMap((snapshot) => snapshot.names);
    expect(names.sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
  });

  it('loses nothing when processes write at once', async () => {
    const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
    const script = `
      import { openLocalStore } from ${url('../../../src/places/oci/local-store.ts')};
      import { sampleSnapshot } from ${url('../sample-snapshot.ts')};
      const [stateDir, who] = process.argv.slice(1);
      for (let i = 0; i < 5; i++) {
        const { content, blobs } = sampleSnapshot(['shared', who + i]);
        await openLocalStore(stateDir).write(content, blobs, { name: who + i });
      }`;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const run = (who: string) =>
      promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', script, '--', stateDir, who],
        { cwd },
      );
    await Promise.all([run('left'), run('right')]);
    const listed = await openLocalStore(stateDir).list();
    expect(listed.flatMap(({ names }) => names)).toHaveLength(10);
    for (const { digest } of listed) await (await deliverAll(digest)).done;
  });

  it('prunes old blobs and unfinished files, never young ones', async () => {
    const store = openLocalStore(stateDir);
    const { content, sources, blobs } = sampleSnapshot(['a']);
    await store.write(content, blobs, { name: 'daily' });
    const [old, young, kept] = ['old', 'young', 'kept'].map((text) => sourceOfBytes(Buffer.from(text)));
    await store.putBlobs([old!, young!, kept!]);
    for (const source of [old!, kept!, sources[0]!]) await makeOld(blobFile(source.sha256));
    await writeFile(blobFile('.tmp-left'), 'half');
    await makeOld(blobFile('.tmp-left'));
    const result = await store.prune({ keep: { blobs: new Set([kept!.sha256]) }, now: Date.now() });
    expect(result).toEqual({
      removedSnapshots: [],
      keptSnapshots: [expect.objectContaining({ because: ['named daily'] })],
      removedBlobs: 1,
      freedBytes: 'old'.length + 'half'.length,
      kept: { snapshots: 1, blobs: 5 },
    });
    expect(await store.blobs.has(old!)).toBe(false);
    expect(await readdir(path.dirname(blobFile('x')))).not.toContain('.tmp-left');
    await (await deliverAll('daily')).done;
  });

  it('renews a blob that a new snapshot uses again, so that pruning leaves it', async () => {
    const store = openLocalStore(stateDir);
    const first = sampleSnapshot(['shared']);
    const { digest } = await store.write(first.content, first.blobs);
    for (const name of await readdir(path.dirname(blobFile('x')))) await makeOld(blobFile(name));
    const second = sampleSnapshot(['other', 'shared']);
    const next = await store.write(second.content, second.blobs);
    const result = await store.prune({ keep: { blobs: new Set() }, now: Date.now() });
    expect(result).toMatchObject({ removedSnapshots: [digest], removedBlobs: 2 });
    await (await deliverAll(next.digest)).done;
  });

  it('writes canonical documents under their own digest', async () => {
    const { document, content, blobs } = sampleSnapshot(['a']);
    const { digest } = await openLocalStore(stateDir).write(content, blobs);
    expect(JSON.parse((await readFile(blobFile(digest.slice(7)))).toString())).toEqual(document);
  });
});
