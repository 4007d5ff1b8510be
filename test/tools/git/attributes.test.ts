// The file that says for which files git asks the driver belongs to somebody else.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { addAttributes, removeAttributes } from '../../../tools/git/installation.ts';

it('every other byte of .gitattributes stays, also where it is no UTF-8', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  const file = path.join(folder, '.gitattributes');
  const before = Buffer.from([0xff, 0xe9, 0x20, 0x2d, 0x74, 0x0d, 0x0a]);
  writeFileSync(file, before);
  expect(await addAttributes(folder)).toBe(true);
  expect(readFileSync(file).subarray(0, before.length)).toEqual(before);
  expect(await removeAttributes(folder)).toBe(true);
  expect(readFileSync(file)).toEqual(before);
});
