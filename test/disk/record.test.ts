import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { readRecord, removeRecord, writeRecord } from '../../src/disk/record.ts';
import { failing } from '../fixtures/failing.ts';
import { openToAll, unprivileged } from '../fixtures/system/root.ts';

const Schema = z.object({ version: z.literal(1), note: z.string() });
const value = { version: 1 as const, note: 'café' };
function folder(): string {
  const base = mkdtempSync(path.join(tmpdir(), 'wassette-state-record-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  return base;
}

describe('a record', () => {
  it('reads as it was written, in folders made for it that nobody else can look into', async () => {
    const base = folder();
    const file = path.join(base, 'hosts', 'one', 'journal.json');
    await writeRecord(file, value);
    expect(await readRecord(file, Schema)).toEqual(value);
    expect(readFileSync(file, 'utf8')).toBe('{"version":1,"note":"café"}\n');
    for (const [at, mode] of [
      ['hosts', 0o700],
      ['hosts/one', 0o700],
      ['hosts/one/journal.json', 0o600],
    ] as const)
      expect(lstatSync(path.join(base, at)).mode & 0o777).toBe(mode);
  });

  it('replaces the one before', async () => {
    const file = path.join(folder(), 'r.json');
    await writeRecord(file, { ...value, note: 'a much longer note than the other one' });
    await writeRecord(file, value);
    expect(await readRecord(file, Schema)).toEqual(value);
    expect(readdirSync(path.dirname(file))).toEqual(['r.json']);
  });

  it('is synced before it gets its name, and its directory after; new ones one by one, and the last that was there', async () => {
    const base = folder();
    const probe = await open(base, 'r');
    const prototype = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const sync = vi.spyOn(prototype, 'sync');
    onTestFinished(() => void sync.mockRestore());
    await writeRecord(path.join(base, 'hosts', 'one', 'r.json'), value);
    expect(sync).toHaveBeenCalledTimes(3 + 2); // the last found and two new ones, in their parents; the file, its directory
    sync.mockClear();
    await writeRecord(path.join(base, 'hosts', 'one', 'r.json'), value);
    expect(sync).toHaveBeenCalledTimes(2); // this process has synced the folder where it is
    sync.mockClear();
    rmSync(path.join(base, 'hosts', 'one'), { recursive: true });
    mkdirSync(path.join(base, 'hosts', 'one'));
    await writeRecord(path.join(base, 'hosts', 'one', 'r.json'), value);
    expect(sync).toHaveBeenCalledTimes(1 + 2); // and this is another folder, which somebody else made
  });

  it('is null when there is none, also where the folder is missing', async () => {
    const base = folder();
    expect(await readRecord(path.join(base, 'r.json'), Schema)).toBeNull();
    expect(await readRecord(path.join(base, 'none', 'r.json'), Schema)).toBeNull();
  });

  it.each([
    ['cut off', '{"version":1,"no'],
    ['empty', ''],
    ['of another version', '{"version":2,"note":"x"}'],
    ['not an object', 'null'],
    ['two values', '{"version":1,"note":"x"}{}'],
  ])('that is %s is damaged, and the error names the file', async (_, text) => {
    const file = path.join(folder(), 'r.json');
    writeFileSync(file, text);
    const failure = { code: 'STORE_DAMAGED', message: expect.stringContaining(file) };
    await expect(readRecord(file, Schema)).rejects.toThrow(expect.objectContaining(failure));
  });

  it('that is a link is not followed, for reading or writing', async () => {
    const base = folder();
    const [file, victim] = [path.join(base, 'r.json'), path.join(base, 'victim')];
    writeFileSync(victim, JSON.stringify(value));
    symlinkSync(victim, file);
    await expect(readRecord(file, Schema)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    await writeRecord(file, { ...value, note: 'mine' });
    expect(JSON.parse(readFileSync(victim, 'utf8'))).toEqual(value);
  });

  it('that may not be read is not taken for absent', async () => {
    const base = folder();
    const file = path.join(base, 'locked', 'r.json');
    openToAll(base, path.dirname(file));
    await writeRecord(file, value);
    chmodSync(file, 0o000);
    chmodSync(path.dirname(file), 0o555);
    await unprivileged(async () => {
      await expect(readRecord(file, Schema)).rejects.toThrow(failing('STORE_DENIED'));
      await expect(removeRecord(file)).rejects.toThrow(failing('STORE_DENIED'));
      await expect(writeRecord(file, value)).rejects.toThrow(failing('STORE_DENIED'));
    });
    chmodSync(path.dirname(file), 0o755);
  });
});

describe('removing a record', () => {
  it('takes it away and is no error when there is none', async () => {
    const file = path.join(folder(), 'r.json');
    await writeRecord(file, value);
    await removeRecord(file);
    expect(await readRecord(file, Schema)).toBeNull();
    await removeRecord(file);
    await removeRecord(path.join(path.dirname(file), 'none', 'r.json'));
  });

  it('does not take away a directory that stands in its place', async () => {
    const file = path.join(folder(), 'r.json');
    mkdirSync(file);
    await expect(removeRecord(file)).rejects.toThrow(expect.objectContaining({ kind: 'store' }));
    expect(lstatSync(file).isDirectory()).toBe(true);
  });
});
