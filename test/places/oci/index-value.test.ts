import { beforeEach, describe, expect, it, vi } from 'vitest';
import { IndexFile } from '../../../src/places/oci/index-file.ts';
import { assertSnapshotName } from '../../../src/places/snapshot-name.ts';
import { failing } from '../../fixtures/failing.ts';
import { chunksOf, sampleSnapshot } from '../sample-snapshot.ts';
import { MemoryLayout } from './memory-layout.ts';

let store: MemoryLayout;
beforeEach(() => {
  store = new MemoryLayout();
});

it('an index that did not change is not read and parsed again', async () => {
  await store.write(['a'], { name: 'daily' });
  const file = new IndexFile(store.driver);
  const get = vi.spyOn(store.driver, 'get');
  const first = await file.read();
  expect(await file.read()).toBe(first);
  expect(get).toHaveBeenCalledTimes(1);
  await store.write(['b'], { name: 'daily' });
  get.mockClear();
  expect(await file.read()).not.toBe(first);
  expect(get).toHaveBeenCalledTimes(1);
});

describe('the names of snapshots', () => {
  it('open the snapshot they were given to', async () => {
    const { digest } = await store.write(['a'], { name: 'daily' });
    await store.write(['b'], { name: 'other' });
    expect((await store.layout.open('daily')).content.digest).toBe(digest);
  });

  it('move to the newest snapshot; the old one stays without a name', async () => {
    const old = await store.write(['a'], { name: 'daily' });
    const next = await store.write(['b'], { name: 'daily' });
    expect((await store.layout.open('daily')).content.digest).toBe(next.digest);
    expect((await store.layout.open(old.digest)).content.digest).toBe(old.digest);
    const names = Object.fromEntries((await store.layout.list()).map((s) => [s.digest, s.names]));
    expect(names).toEqual({ [old.digest]: [], [next.digest]: ['daily'] });
  });

  it('may be several for one snapshot', async () => {
    const first = await store.write(['a']);
    for (const name of ['one', 'two']) {
      expect(await store.write(['a'], { name })).toMatchObject({ changed: false, digest: first.digest });
    }
    await store.write(['a'], { name: 'two' });
    expect((await store.layout.list()).map(({ names }) => names)).toEqual([['one', 'two']]);
    expect((await store.index()).manifests).toHaveLength(2);
    await store.write(['b'], { name: 'one' });
    await store.write(['b'], { name: 'two' });
    expect((await store.layout.list()).map(({ names }) => names).sort()).toEqual([[], ['one', 'two']]);
    expect((await store.index()).manifests).toHaveLength(3);
  });

  it.each(['a', 'a.b_c-d', '0', 'v1.2.json5', 'x'.repeat(64), 'json', 'sha2567'])('may be %j', (name) => {
    expect(() => assertSnapshotName(name)).not.toThrow();
  });

  it.each([
    '',
    'A',
    '-a',
    '.a',
    'a/b',
    '../a',
    'a b',
    'a\n',
    'x'.repeat(65),
    'a.json',
    'a.json.gz',
    'a.json.zst',
    'sha256',
    'sha256:x',
    'ä',
  ])('may not be %j', async (name) => {
    expect(() => assertSnapshotName(name)).toThrow(failing('USAGE_BAD_ARGUMENT'));
    await expect(store.write(['a'], { name })).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    expect(await store.keys()).toEqual([]);
  });
});

describe('the list of snapshots', () => {
  it('is empty where there is nothing', async () => {
    expect(await store.layout.list()).toEqual([]);
    expect(await store.keys()).toEqual([]);
  });

  it('tells newest first what each snapshot holds', async () => {
    const middle = await store.write(['a', 'b'], { createdAt: 2000, name: 'middle', description: null });
    const newest = await store.write(['c'], { createdAt: 3000 });
    const oldest = await store.write(['d'], {
      createdAt: 1000,
      description: 'x'.repeat(199) + '😀'.repeat(9),
    });
    const sizes = sampleSnapshot(['a', 'b']).sources.reduce((sum, { size }) => sum + size, 0);
    const listed = await store.layout.list();
    expect(listed.map(({ digest }) => digest)).toEqual([newest.digest, middle.digest, oldest.digest]);
    expect(listed[1]).toEqual({
      digest: middle.digest,
      names: ['middle'],
      created_at: 2000,
      description: null,
      components: 2,
      bytes: sizes,
    });
    expect(listed[2]!.description).toBe('x'.repeat(199));
  });

  it('opens no blob', async () => {
    await store.write(['a']);
    const get = store.driver.get.bind(store.driver);
    store.driver.get = async (wanted) => {
      expect(wanted).toBe('index.json');
      return get(wanted);
    };
    expect(await store.layout.list()).toHaveLength(1);
  });

  it('survives nonsense in annotations', async () => {
    await store.write(['a']);
    const odd = await store.index();
    Object.assign(odd.manifests[0]!.annotations, {
      'org.opencontainers.image.created': 'yesterday',
      'dev.wassette-state.components': '-1',
      'dev.wassette-state.bytes': 'many',
    });
    await store.driver.put('index.json', chunksOf(JSON.stringify(odd)));
    expect(await store.layout.list()).toMatchObject([{ created_at: null, components: 0, bytes: 0 }]);
  });
});

describe('removing a snapshot', () => {
  it('by name forgets the name, and the snapshot when it was the last', async () => {
    const { digest } = await store.write(['a'], { name: 'one' });
    await store.write(['a'], { name: 'two' });
    expect(await store.layout.remove('one')).toEqual({ digest, stillNamed: ['two'] });
    expect((await store.layout.open('two')).content.digest).toBe(digest);
    expect(await store.layout.remove('two')).toEqual({ digest, stillNamed: [] });
    expect(await store.layout.list()).toEqual([]);
  });

  it('by digest forgets the snapshot with all its names, and no other', async () => {
    const { digest } = await store.write(['a'], { name: 'one' });
    await store.write(['a'], { name: 'two' });
    const other = await store.write(['b']);
    expect(await store.layout.remove(digest)).toEqual({ digest, stillNamed: [] });
    expect((await store.layout.list()).map((s) => s.digest)).toEqual([other.digest]);
  });

  it('leaves blobs to pruning, so that the snapshot can be written again for nothing', async () => {
    const { digest } = await store.write(['a']);
    const before = await store.keys();
    await store.layout.remove(digest);
    expect(await store.keys()).toEqual(before);
  });

  it('that is not there is an error that says so', async () => {
    await expect(store.layout.remove('daily')).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });
});
