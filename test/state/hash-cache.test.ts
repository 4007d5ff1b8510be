import { lstatSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { makeHost } from '../fixtures/host.ts';
import { MUCH_LATER_NS, openCache, rememberHash } from '../fixtures/remembered-hashes.ts';

const SHA = sha256Hex('any');

function installed() {
  const host = makeHost();
  host.install('a');
  const file = path.join(host.locations.componentDir, 'a.wasm');
  const known = async () => (await openCache(host)).hashOf('a.wasm', lstatSync(file, { bigint: true }));
  return { host, file, known };
}

describe('the hash of a file', () => {
  it('is known again in a later run, while the file is as it was', async () => {
    const { host, known } = installed();
    expect(await known()).toBeNull();
    await rememberHash(host, 'a', SHA);
    expect(await known()).toBe(SHA);
  });

  it('is not known any more when the file was written, also where its time and size were set back', async () => {
    const { host, file, known } = installed();
    const before = lstatSync(file);
    await rememberHash(host, 'a', SHA);
    writeFileSync(file, readFileSync(file).fill(1, 30));
    utimesSync(file, before.atime, before.mtime);
    expect(lstatSync(file)).toMatchObject({ size: before.size, ino: before.ino });
    expect(await known()).toBeNull();
  });

  it.each(['size', 'mtimeNs', 'ctimeNs', 'ino', 'dev'] as const)(
    'is not known for another %s',
    async (part) => {
      const { host, file } = installed();
      await rememberHash(host, 'a', SHA);
      const stat = lstatSync(file, { bigint: true });
      stat[part] += 1n;
      expect((await openCache(host)).hashOf('a.wasm', stat)).toBeNull();
    },
  );

  it('is not remembered of a file that was changed within two seconds before it was read', async () => {
    const { host, file, known } = installed();
    const stat = lstatSync(file, { bigint: true });
    for (const age of [-1_000_000_000n, 0n, 1_999_999_999n]) {
      const cache = await openCache(host, stat.ctimeNs + age);
      cache.learn('a.wasm', stat, SHA);
      await cache.save();
    }
    expect(await known()).toBeNull();
    const cache = await openCache(host, stat.ctimeNs + 2_000_000_000n);
    cache.learn('a.wasm', stat, SHA);
    await cache.save();
    expect(await known()).toBe(SHA);
  });

  it('is not remembered of a file whose time of writing is in the future', async () => {
    const { host, file, known } = installed();
    utimesSync(file, new Date(), new Date(Number(MUCH_LATER_NS / 1_000_000n) + 60_000));
    await rememberHash(host, 'a', SHA);
    expect(await known()).toBeNull();
  });
});

describe('the record', () => {
  it('may be read by its user alone', async () => {
    const { host } = installed();
    await rememberHash(host, 'a', SHA);
    expect(lstatSync(host.state.hashes).mode & 0o777).toBe(0o600);
  });

  it('is not believed about another directory at the same path', async () => {
    const { host, file, known } = installed();
    await rememberHash(host, 'a', SHA);
    const { componentDir } = host.locations;
    renameSync(componentDir, `${componentDir}-old`);
    mkdirSync(componentDir);
    renameSync(path.join(`${componentDir}-old`, 'a.wasm'), file);
    expect(await known()).toBeNull();
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -20)],
    ['empty', () => ''],
    ['of another version', (text: string) => text.replace('"version":1', '"version":2')],
    ['with what is no hash', (text: string) => text.replace(SHA, 'SHA')],
    ['no record', () => '[]'],
  ])('that is %s counts as none, and is written anew', async (_what, damage) => {
    const { host, known } = installed();
    await rememberHash(host, 'a', SHA);
    writeFileSync(host.state.hashes, damage(readFileSync(host.state.hashes, 'utf8')));
    expect(await known()).toBeNull();
    await rememberHash(host, 'a', SHA);
    expect(await known()).toBe(SHA);
  });

  it('that cannot be read or written stops nobody', async () => {
    const { host, known } = installed();
    mkdirSync(host.state.hashes, { recursive: true });
    await rememberHash(host, 'a', SHA);
    expect(await known()).toBeNull();
  });

  it('keeps 20,000 files at most, those of the last run first', async () => {
    const { host, file } = installed();
    const stat = lstatSync(file, { bigint: true });
    const first = await openCache(host);
    for (let i = 0; i < 20_000; i++) first.learn(`${i}.wasm`, stat, SHA);
    await first.save();
    const next = await openCache(host);
    expect(next.hashOf('19999.wasm', stat)).toBe(SHA);
    expect(next.hashOf('new.wasm', stat)).toBeNull();
    next.learn('new.wasm', stat, SHA);
    await next.save();
    const last = await openCache(host);
    expect(['new.wasm', '0.wasm', '19999.wasm', '19998.wasm'].map((name) => last.hashOf(name, stat))).toEqual(
      [SHA, SHA, SHA, null],
    );
  });
});
