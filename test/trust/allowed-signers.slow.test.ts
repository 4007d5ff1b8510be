// What is accepted here, the real ssh-keygen accepts, and what is not, it does not either.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sshSignatureOf } from '../../src/codec/ssh/signature.ts';
import { signerVectors, testKey } from '../fixtures/signing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-signers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);
const bytes = Buffer.from('{}');
writeFileSync(file('signature'), sshSignatureOf(bytes, testKey('ed25519')));

/** What `ssh-keygen -Y` answers for the key of the vectors, at a moment. */
function answer(text: string, at: string, name: string): number | null {
  writeFileSync(file('allowed_signers'), text);
  const { status } = spawnSync(
    'ssh-keygen',
    [
      '-Y',
      'verify',
      '-f',
      file('allowed_signers'),
      '-I',
      name,
      '-n',
      'wassette-state',
      '-s',
      file('signature'),
      `-Overify-time=${at}`,
    ],
    { input: bytes },
  );
  return status;
}

/** One name that a name or pattern means. */
const meant = (name: string) => name.replace('*', 'carol');

it.each(signerVectors().filter(({ expect }) => expect === 'ok'))(
  'ssh-keygen says the same of vector $name: $comment',
  ({ text, at, accepts }) => {
    const names = (accepts ?? ['alice@example.com']).filter((name) => !name.startsWith('!')).map(meant);
    for (const name of names) expect(answer(text, at!, name) === 0, name).toBe(accepts !== null);
    expect(answer(text, at!, 'mallory@example.com')).not.toBe(0);
  },
);
