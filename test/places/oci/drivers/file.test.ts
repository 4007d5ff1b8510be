import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FileDriver } from '../../../../src/places/oci/drivers/file.ts';
import { failing } from '../../../fixtures/failing.ts';
import { chunksOf, collect } from '../../sample-snapshot.ts';
import { testObjectDriver } from './contract.ts';

const made: string[] = [];
afterAll(async () => {
  for (const directory of made) await rm(directory, { recursive: true, force: true });
});

/** A root that does not exist yet. */
async function newRoot(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'file-driver-'));
  made.push(directory);
  return path.join(directory, 'state', 'store');
}

async function unfinishedIn(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return names.filter((name) => /(^|\/)\.tmp-|lock-/.test(name));
}

testObjectDriver('the file driver', async () => {
  const root = await newRoot();
  return { driver: new FileDriver(root), leftovers: () => unfinishedIn(root) };
});

describe('the file driver', () => {
  it('makes nothing by reading', async () => {
    const root = await newRoot();
    const driver = new FileDriver(root);
    await driver.get('a/b');
    await driver.head('a/b');
    for await (const _ of driver.list('')) throw new Error('nothing is there');
    await driver.delete('a/b');
    await driver.renew('a/b');
    await driver.flush();
    await driver.removeLeftovers(Date.now());
    await expect(lstat(path.dirname(root))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps others out: directories 0700, files 0600, whatever the umask', async () => {
    const root = await newRoot();
    const before = process.umask(0);
    try {
      await new FileDriver(root).put('a/b/c', chunksOf('x'));
    } finally {
      process.umask(before);
    }
    for (const directory of [path.dirname(root), root, `${root}/a`, `${root}/a/b`]) {
      expect((await lstat(directory)).mode & 0o777).toBe(0o700);
    }
    expect((await lstat(`${root}/a/b/c`)).mode & 0o777).toBe(0o600);
  });

  it('finds what another instance put and heals a directory that was removed', async () => {
    const root = await newRoot();
    const driver = new FileDriver(root);
    await driver.put('a/b', chunksOf('x'));
    expect(await new FileDriver(root).head('a/b')).toEqual(await driver.head('a/b'));
    await driver.flush();
    await rm(root, { recursive: true });
    expect(await driver.get('a/b')).toBeNull();
    await driver.put('a/b', chunksOf('y'));
    expect((await readFile(`${root}/a/b`)).toString()).toBe('y');
  });

  it('accepts a root that is reached through a link', async () => {
    const root = await newRoot();
    await mkdir(path.dirname(root), { recursive: true });
    await mkdir(`${root}-elsewhere`);
    await symlink(`${root}-elsewhere`, root);
    await new FileDriver(root).put('k', chunksOf('x'));
    expect((await readFile(`${root}-elsewhere/k`)).toString()).toBe('x');
  });

  it.each(['link to a file', 'link to nothing', 'directory', 'pipe'])(
    'does not read a %s that stands where an object should be',
    async (kind) => {
      const root = await newRoot();
      await mkdir(`${root}/a`, { recursive: true });
      await writeFile(`${root}/secret`, 'secret');
      if (kind === 'link to a file') await symlink('../secret', `${root}/a/k`);
      if (kind === 'link to nothing') await symlink('nowhere', `${root}/a/k`);
      if (kind === 'directory') await mkdir(`${root}/a/k`);
      if (kind === 'pipe') execFileSync('mkfifo', [`${root}/a/k`]);
      const driver = new FileDriver(root);
      await expect(driver.get('a/k')).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
      await expect(driver.head('a/k')).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
      for await (const { key } of driver.list('a/')) throw new Error(`listed ${key}`);
    },
  );

  it('replaces a link by a put and never writes through it', async () => {
    const root = await newRoot();
    await mkdir(root, { recursive: true });
    await writeFile(`${root}/../outside`, 'untouched');
    await symlink('../outside', `${root}/k`);
    await new FileDriver(root).put('k', chunksOf('new'));
    expect((await lstat(`${root}/k`)).isFile()).toBe(true);
    expect((await readFile(`${root}/../outside`)).toString()).toBe('untouched');
  });

  it('follows no link in place of a directory, for reading or writing', async () => {
    const root = await newRoot();
    await mkdir(`${root}-outside/deep`, { recursive: true });
    await writeFile(`${root}-outside/k`, 'secret');
    await mkdir(root, { recursive: true });
    await symlink(`${root}-outside`, `${root}/a`);
    const driver = new FileDriver(root);
    for (const use of [
      () => driver.get('a/k'),
      () => driver.head('a/k'),
      () => driver.put('a/k', chunksOf('x')),
      () => driver.put('a/deep/k', chunksOf('x')),
      () => driver.renew('a/k'),
      () => driver.delete('a/k'),
    ]) {
      await expect(use()).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    }
    for await (const { key } of driver.list('')) throw new Error(`listed ${key}`);
    expect(await readdir(`${root}-outside`)).toEqual(['deep', 'k']);
    expect(await readdir(`${root}-outside/deep`)).toEqual([]);
  });

  it('says that the store is not a directory when a file is in its place', async () => {
    const root = await newRoot();
    await mkdir(path.dirname(root), { recursive: true });
    await writeFile(root, '');
    await expect(new FileDriver(root).put('a/k', chunksOf('x'))).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
  });

  it('closes the file of a reader that stops before its first chunk', async () => {
    const root = await newRoot();
    const driver = new FileDriver(root);
    await driver.put('big', chunksOf(Buffer.alloc(200_000)));
    const before = (await readdir('/proc/self/fd')).length;
    for (let i = 0; i < 20; i++) {
      await (await driver.get('big'))!.bytes[Symbol.asyncIterator]().return?.();
    }
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before + 2);
  });

  it('reads the object it opened to its end although another replaces it', async () => {
    const root = await newRoot();
    const driver = new FileDriver(root);
    await driver.put('big', chunksOf(Buffer.alloc(2_500_000, 1)));
    const object = (await driver.get('big'))!;
    await driver.put('big', chunksOf(Buffer.alloc(2_500_000, 2)));
    expect((await collect(object.bytes)).equals(Buffer.alloc(2_500_000, 1))).toBe(true);
  });

  it('removes unfinished files only when they are old, and nothing else', async () => {
    const root = await newRoot();
    const driver = new FileDriver(root);
    await driver.put('a/k', chunksOf('x'));
    await writeFile(`${root}/a/.tmp-old`, '12345');
    await writeFile(`${root}/a/.tmp-young`, '');
    await utimes(`${root}/a/.tmp-old`, 1000, 1000);
    await utimes(`${root}/a/k`, 1000, 1000);
    expect(await driver.removeLeftovers(Date.now() - 60_000)).toBe(5);
    expect((await readdir(`${root}/a`)).sort()).toEqual(['.tmp-young', 'k']);
  });

  it('gives two at a time who want the store for themselves one after the other', async () => {
    const root = await newRoot();
    let inside = 0;
    const alone = async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      inside--;
    };
    const [left, right] = [new FileDriver(root), new FileDriver(root)];
    await Promise.all([left.exclusively(alone), right.exclusively(alone), left.exclusively(alone)]);
    expect(await unfinishedIn(root)).toEqual([]);
  });
});
