// A path is checked, and then used. In between it can come to lead elsewhere: here at the worst moments.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { lookAt, readSmallFile, writeDurably } from '../../../src/disk/durable-file.ts';
import { type FileRef, fencedFile, reaching } from '../../../src/disk/paths/fence.ts';
import { failing } from '../../fixtures/failing.ts';

let allowed: string;
let outside: string;
let folder: string;
let file: FileRef;

beforeEach(() => {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'fence-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  allowed = path.join(root, 'allowed');
  outside = path.join(root, 'outside');
  folder = path.join(allowed, 'folder');
  for (const dir of [folder, outside]) mkdirSync(dir, { recursive: true });
  for (const dir of [folder, outside]) writeFileSync(path.join(dir, 'there.json'), dir);
  file = fencedFile(path.join(folder, 'x.json'), [allowed]);
});

/** Puts a link to `outside` where the folder was. */
function swap(): void {
  renameSync(folder, path.join(allowed, 'moved'));
  symlinkSync(outside, folder);
}

const refused = failing('POLICY_OUTSIDE_FENCE');

describe.each(['linux', 'darwin'])('behind the fence on %s', (platform) => {
  const real = process.platform;
  beforeEach(() => void Object.defineProperty(process, 'platform', { value: platform }));
  afterEach(() => void Object.defineProperty(process, 'platform', { value: real }));

  test('a file inside is written and read', async () => {
    await writeDurably(file, [Buffer.from('text')], { replace: false });
    expect((await readSmallFile(file, 100)).toString()).toBe('text');
    expect((await lookAt(file)).size).toBe(4n);
    expect(readdirSync(folder).sort()).toEqual(['there.json', 'x.json']);
  });

  test('a path that leads outside is refused for reading and writing', async () => {
    swap();
    await expect(writeDurably(file, [], { replace: true })).rejects.toThrow(refused);
    await expect(readSmallFile(file, 100)).rejects.toThrow(refused);
    await expect(lookAt(file)).rejects.toThrow(refused);
    expect(readdirSync(outside)).toEqual(['there.json']);
  });

  test('what is below an allowed directory, but kept out, is refused', async () => {
    const kept = fencedFile(path.join(folder, 'x.json'), [allowed], [folder]);
    await expect(writeDurably(kept, [], { replace: true })).rejects.toThrow(refused);
    expect(readdirSync(folder)).toEqual(['there.json']);
  });

  test('the allowed directory itself, gone and a link in its place, lets nothing pass', async () => {
    renameSync(allowed, `${allowed}-moved`);
    symlinkSync(outside, allowed);
    const direct = fencedFile(path.join(allowed, 'there.json'), [allowed]);
    await expect(readSmallFile(direct, 100)).rejects.toThrow(refused);
    await expect(writeDurably(direct, [], { replace: true })).rejects.toThrow(refused);
    expect(readFileSync(path.join(outside, 'there.json'), 'utf8')).toBe(outside);
  });

  test('a swap while the bytes are written leads none of them outside', async () => {
    async function* bytes() {
      yield Buffer.from('first');
      swap();
      yield Buffer.from('second');
    }
    await writeDurably(file, bytes(), { replace: true }).catch((error) => expect(error).toEqual(refused));
    expect(readdirSync(outside)).toEqual(['there.json']);
  });

  test('a swap between looking at a file and writing it leads nowhere else', async () => {
    await reaching(file, async (reached) => {
      swap();
      await writeDurably(reached, [Buffer.from('text')], { replace: true });
    }).catch((error) => expect(error).toEqual(refused));
    expect(readdirSync(outside)).toEqual(['there.json']);
  });
});

test('where directories can be held, a swap does not even disturb', async () => {
  const held = fencedFile(path.join(folder, 'there.json'), [allowed]);
  await reaching(held, async (reached) => {
    swap();
    expect((await readSmallFile(reached, 200)).toString()).toBe(folder);
    await writeDurably(reached, [Buffer.from('new')], { replace: true });
  });
  expect(readFileSync(path.join(allowed, 'moved', 'there.json'), 'utf8')).toBe('new');
});

test('a folder that was carried outside while it was held gets no file', async () => {
  async function* bytes() {
    renameSync(folder, path.join(outside, 'carried'));
    yield Buffer.from('text');
  }
  await expect(writeDurably(file, bytes(), { replace: true })).rejects.toThrow(refused);
  expect(readdirSync(path.join(outside, 'carried'))).toEqual(['there.json']);
});
