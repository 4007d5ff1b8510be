import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assertWritable } from '../../src/disk/access.ts';
import { failing } from '../fixtures/failing.ts';
import { asAnotherUser } from '../fixtures/system/another-user.ts';
import { isRoot, openToAll } from '../fixtures/system/root.ts';

function temporary(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'wassette-state-access-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755);
  return root;
}

/** What a user without rights of root is told. */
async function asUser(directory: string): Promise<string> {
  if (isRoot)
    return asAnotherUser(`
      import { assertWritable } from '@/src/disk/access.ts';
      assertWritable(${JSON.stringify(directory)}).then(() => console.log('yes'), ({ code }) => console.log(code));
    `).trim();
  return assertWritable(directory).then(
    () => 'yes',
    ({ code }) => code,
  );
}

describe('a user may write in a directory', () => {
  it('when the system says so, or when it could be made', async () => {
    const root = temporary();
    openToAll(path.join(root, 'open'));
    expect(await asUser(path.join(root, 'open'))).toBe('yes');
    expect(await asUser(path.join(root, 'open/not/yet/there'))).toBe('yes');
  });

  it('but not in one of somebody else, nor where that one would have to hold it', async () => {
    const root = temporary();
    const closed = path.join(root, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    expect(await asUser(closed)).toBe('STORE_DENIED');
    expect(await asUser(path.join(closed, 'new'))).toBe('STORE_DENIED');
  });

  it('nor below a file', async () => {
    const file = path.join(temporary(), 'file');
    writeFileSync(file, '');
    await expect(assertWritable(path.join(file, 'below'))).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });
});
