import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { UnnamedFile } from '../../src/disk/unnamed-file.ts';
import { failing } from '../fixtures/failing.ts';
import { withFileSizeLimit } from '../fixtures/system/root.ts';
import { collect } from '../places/sample-snapshot.ts';

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true, force: true });
  });
});

it('keeps what is appended, any part of which can be read, any number of times, and has no name', async () => {
  const file = await UnnamedFile.make();
  expect(readdirSync(temporary)).toEqual([]);
  for (const text of ['one ', 'two ', 'three']) await file.append(Buffer.from(text));
  expect(file.size).toBe(13);
  const read = async (start?: number, end?: number) => (await collect(file.read(start, end))).toString();
  expect(await Promise.all([read(), read(4), read(4, 7), read(13)])).toEqual([
    'one two three',
    'two three',
    'two',
    '',
  ]);
  file.close();
  file.close();
});

it('gives its space back when it is closed', async () => {
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  const file = await UnnamedFile.make();
  expect(open()).toBe(before + 1);
  file.close();
  expect(open()).toBe(before);
});

it('says where there is no room, or no directory', async () => {
  const file = await UnnamedFile.make();
  await withFileSizeLimit(1000, async () => {
    await expect(file.append(Buffer.alloc(2000))).rejects.toThrow(failing('STORE_NO_SPACE'));
  });
  vi.stubEnv('TMPDIR', path.join(temporary, 'nowhere'));
  await expect(UnnamedFile.make()).rejects.toThrow(failing('STORE_NOT_FOUND'));
  expect(existsSync(path.join(temporary, 'nowhere'))).toBe(false);
});
