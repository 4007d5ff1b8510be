import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keepJsonStream } from '../../../src/places/json/stream.ts';
import { fileWithCode } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';

function newFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'kept.json');
}

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const snapshot = fileWithCode([{ id: 'tool' }, { id: 'other' }]);

it.each([1, 7, 1_000_000])(
  'a snapshot in pieces of %i bytes is kept as it is, for its owner alone',
  async (size) => {
    const file = newFile();
    await keepJsonStream(pieces(snapshot, size), file);
    expect(readFileSync(file, 'utf8')).toBe(snapshot);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
  },
);

it('of what is no snapshot nothing is taken after the fault', async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{ "a": ');
    for (;;) {
      given++;
      yield Buffer.from('}');
    }
  }
  await expect(keepJsonStream(endless(), newFile())).rejects.toThrow(failing('FORMAT_INVALID'));
  expect(given).toBe(1);
});

it('a stream without an end is as bounded as a file', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{ "version": 1, "a": "');
    for (;;) yield Buffer.alloc(1024 * 1024, 'x');
  }
  await expect(keepJsonStream(endless(), newFile())).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
});

it('another version is told before a fault that comes after it', async () => {
  const text = '{ "version": 2, "a": }';
  await expect(keepJsonStream(pieces(text, 3), newFile())).rejects.toThrow(
    failing('FORMAT_UNSUPPORTED_VERSION'),
  );
});

it('a file that is there is not replaced, and what the stream throws is passed on', async () => {
  const file = newFile();
  await keepJsonStream(pieces(snapshot, 100), file);
  await expect(keepJsonStream(pieces(snapshot, 100), file)).rejects.toThrow(failing('STORE_IO'));
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{');
    throw new Error('the line is cut');
  }
  await expect(keepJsonStream(broken(), newFile())).rejects.toThrow('the line is cut');
});
