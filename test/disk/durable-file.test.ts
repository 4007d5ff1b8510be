import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  makeDirectoryDurably,
  openRegularFile,
  readSmallFile,
  syncDirectory,
  writeDurably,
} from '../../src/disk/durable-file.ts';
import { VerificationError } from '../../src/errors.ts';
import { failing } from '../fixtures/failing.ts';

let base: string;
let dir: string;
let count = 0;
beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'durable-file-'));
});
beforeEach(async () => {
  dir = path.join(base, String(count++));
  await mkdir(dir);
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('writeDurably', () => {
  it('writes all chunks and returns the stat of the new file', async () => {
    const stat = await writeDurably(`${dir}/f`, [Buffer.from('one '), Buffer.from('two')], { replace: true });
    expect((await readFile(`${dir}/f`)).toString()).toBe('one two');
    expect(stat).toMatchObject({ size: 7n, ino: (await lstat(`${dir}/f`, { bigint: true })).ino });
    expect(await readdir(dir)).toEqual(['f']);
  });

  it('writes a file of no bytes', async () => {
    expect(await writeDurably(`${dir}/f`, [], { replace: false })).toMatchObject({ size: 0n });
  });

  it('makes files that only the owner may read, or with the mode asked for', async () => {
    await writeDurably(`${dir}/f`, [], { replace: true });
    await writeDurably(`${dir}/g`, [], { replace: true, mode: 0o400 });
    expect((await lstat(`${dir}/f`)).mode & 0o777).toBe(0o600);
    expect((await lstat(`${dir}/g`)).mode & 0o777).toBe(0o400);
  });

  it('replaces a file only when told to', async () => {
    await writeFile(`${dir}/f`, 'old');
    expect(await writeDurably(`${dir}/f`, [Buffer.from('new')], { replace: false })).toBeNull();
    expect((await readFile(`${dir}/f`)).toString()).toBe('old');
    expect(await writeDurably(`${dir}/f`, [Buffer.from('new')], { replace: true })).not.toBeNull();
    expect((await readFile(`${dir}/f`)).toString()).toBe('new');
    expect(await readdir(dir)).toEqual(['f']);
  });

  it('replaces a link instead of writing through it', async () => {
    await writeFile(`${dir}/victim`, 'untouched');
    await symlink('victim', `${dir}/f`);
    await writeDurably(`${dir}/f`, [Buffer.from('new')], { replace: true });
    expect((await readFile(`${dir}/victim`)).toString()).toBe('untouched');
    expect((await lstat(`${dir}/f`)).isSymbolicLink()).toBe(false);
  });

  it('leaves the old file and nothing else when the bytes fail', async () => {
    await writeFile(`${dir}/f`, 'old');
    const broken = async function* () {
      yield Buffer.from('half');
      throw new VerificationError('VERIFY_DIGEST_MISMATCH', 'wrong bytes');
    };
    await expect(writeDurably(`${dir}/f`, broken(), { replace: true })).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect((await readFile(`${dir}/f`)).toString()).toBe('old');
    expect(await readdir(dir)).toEqual(['f']);
  });

  it('says what does not exist', async () => {
    await expect(writeDurably(`${dir}/none/f`, [], { replace: true })).rejects.toThrow(
      failing('STORE_NOT_FOUND'),
    );
  });

  it('refuses a directory in the place of the file and leaves nothing', async () => {
    await mkdir(`${dir}/f`);
    await expect(writeDurably(`${dir}/f`, [], { replace: true })).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
    expect(await readdir(dir)).toEqual(['f']);
  });

  it.each(['write', 'sync'] as const)('leaves nothing when the %s fails', async (call) => {
    const probe = await open(`${dir}/probe`, 'w');
    const prototype = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const full = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
    const broken = vi.spyOn(prototype, call).mockRejectedValueOnce(full);
    try {
      const writing = writeDurably(`${dir}/f`, [Buffer.from('x')], { replace: true });
      await expect(writing).rejects.toThrow(failing('STORE_NO_SPACE'));
    } finally {
      broken.mockRestore();
    }
    expect(await readdir(dir)).toEqual(['probe']);
  });

  it('writes everything although the system takes a few bytes at a time', async () => {
    const probe = await open(`${dir}/probe`, 'w');
    const prototype = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const write = prototype.write as (
      buffer: Uint8Array,
      offset: number,
      length?: number,
    ) => Promise<unknown>;
    const slow = vi.spyOn(prototype, 'write').mockImplementation(function (
      this: typeof probe,
      ...[buffer, offset]: unknown[]
    ) {
      return write.call(this, buffer as Uint8Array, offset as number, 1) as never;
    });
    try {
      await writeDurably(`${dir}/f`, [Buffer.from('slowly')], { replace: true });
    } finally {
      slow.mockRestore();
    }
    expect((await readFile(`${dir}/f`)).toString()).toBe('slowly');
  });

  it('syncs the directory unless the caller does it for many files', async () => {
    const probe = await open(dir, 'r');
    const sync = vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, 'sync');
    await probe.close();
    try {
      await writeDurably(`${dir}/f`, [], { replace: true });
      expect(sync).toHaveBeenCalledTimes(2);
      await writeDurably(`${dir}/g`, [], { replace: true, syncDirectory: false });
      expect(sync).toHaveBeenCalledTimes(3);
    } finally {
      sync.mockRestore();
    }
  });
});

describe('makeDirectoryDurably', () => {
  it('makes what is missing, and says which it made first', async () => {
    const [first, second] = [path.join(dir, 'first'), path.join(dir, 'first', 'second')];
    expect(await makeDirectoryDurably(second)).toBe(first);
    expect(await makeDirectoryDurably(second)).toBeUndefined();
  });

  it('is an error where a file is in the way', async () => {
    await writeFile(path.join(dir, 'file'), '');
    for (const place of ['file', 'file/below'])
      await expect(makeDirectoryDurably(path.join(dir, place))).rejects.toMatchObject({ kind: 'store' });
  });

  it.runIf(process.platform === 'linux')(
    'is an error where the system makes none, and comes back',
    async () => {
      await expect(makeDirectoryDurably('/proc/no-such/place')).rejects.toMatchObject({ kind: 'store' });
    },
  );
});

describe('syncDirectory', () => {
  it('says which directory does not exist', async () => {
    await expect(syncDirectory(`${dir}/none`)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });
});

describe('openRegularFile and readSmallFile', () => {
  it('read a regular file', async () => {
    await writeFile(`${dir}/f`, 'text');
    expect((await readSmallFile(`${dir}/f`, 4)).toString()).toBe('text');
  });

  it('refuse a file over the limit without reading it', async () => {
    await writeFile(`${dir}/f`, '12345');
    await expect(readSmallFile(`${dir}/f`, 4)).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });

  it('say that a file does not exist', async () => {
    await expect(readSmallFile(`${dir}/none`, 4)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it.each(['link', 'directory', 'pipe', 'device', 'socket'])('refuse a %s without waiting', async (kind) => {
    await writeFile(`${dir}/target`, '');
    const file = kind === 'device' ? '/dev/zero' : `${dir}/f`;
    if (kind === 'link') await symlink('target', file);
    if (kind === 'directory') await mkdir(file);
    if (kind === 'pipe') execFileSync('mkfifo', [file]);
    const server = createServer();
    if (kind === 'socket') await new Promise<void>((resolve) => server.listen(file, resolve));
    await expect(openRegularFile(file)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    server.close();
  });
});
