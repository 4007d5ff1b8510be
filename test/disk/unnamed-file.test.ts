import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { collected } from '../../src/codec/bytes.ts';
import { UnnamedFile } from '../../src/disk/unnamed-file.ts';
import { failing } from '../fixtures/failing.ts';

it('a file without a name gives any part of what was appended, and is in no directory', async () => {
  const temporary = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(temporary, { recursive: true }));
  vi.stubEnv('TMPDIR', temporary);
  const file = await UnnamedFile.make();
  expect(readdirSync(temporary)).toEqual([]);
  const bytes = Buffer.alloc(700_000, 'some more ');
  await file.append(bytes.subarray(0, 10));
  await file.append(bytes.subarray(10));
  expect(file.size).toBe(bytes.length);
  expect((await collected(file.read())).equals(bytes)).toBe(true);
  expect(`${await collected(file.read(5, 9))}`).toBe('more');
  expect(`${await collected(file.read(699_995, 800_000))}`).toBe('more ');
  expect(await collected(file.read(700_000))).toHaveLength(0);
  for await (const chunk of file.read()) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});

it('a file without a name cannot be made where there is no temporary directory', async () => {
  vi.stubEnv('TMPDIR', '/nowhere');
  await expect(UnnamedFile.make()).rejects.toEqual(failing('STORE_NOT_FOUND'));
});
