// Every vector is fed to the reader whole, in random chunks and byte by byte: the outcome must be the same.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { BlobName } from '../src/codec/blob-name.ts';
import { verifyBlobs } from '../src/disk/blobs.ts';
import { ERROR_CODES, StateError } from '../src/errors.ts';
import { openJsonText, openRanges } from '../src/places/json/reader.ts';
import type { OpenSnapshot } from '../src/places/place.ts';
import { generators } from './fixtures/vector-generators.ts';

const folder = path.join(import.meta.dirname, 'vectors', 'v1');

const VectorSchema = z.union([
  z.strictObject({ ...outcome(), input: z.union([z.string(), z.record(z.string(), z.unknown())]) }),
  z.strictObject({ ...outcome(), input_base64: z.base64() }),
  z.strictObject({ ...outcome(), make: z.enum(Object.keys(generators) as [string, ...string[]]) }),
]);
type Vector = z.infer<typeof VectorSchema>;

function outcome() {
  return {
    name: z.string().regex(/^[a-z][a-z0-9_]*$/),
    comment: z.string().min(1),
    clause: z.string().regex(/^F-\d+(\.\d+)?$/),
    expect: z.enum(['ok', ...Object.keys(ERROR_CODES)] as [string, ...string[]]),
  };
}

function bytesOf(vector: Vector): Buffer {
  if ('make' in vector) return generators[vector.make]!();
  if ('input_base64' in vector) return Buffer.from(vector.input_base64, 'base64');
  return Buffer.from(typeof vector.input === 'string' ? vector.input : JSON.stringify(vector.input));
}

/** Pieces of 1 to 64 bytes, the same in every run. */
function randomChunks(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  let state = 20_241_112;
  for (let at = 0; at < bytes.length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const length = 1 + (state % 64);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

function singleBytes(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** A file whose whole comes in these chunks. */
function openChunks(chunks: readonly Buffer[]): Promise<OpenSnapshot> {
  const whole = Buffer.concat(chunks);
  return openRanges(async function* (start, end) {
    if (start !== 0 || end !== undefined) yield whole.subarray(start, end);
    else for (const chunk of chunks) yield Buffer.from(chunk);
  });
}

/** Opens it and reads the code inside: `ok` and the snapshot's digest, or the code of the error; anything but an error of ours is a bug and is thrown. */
async function outcomeOf(opening: Promise<OpenSnapshot>): Promise<{ result: string; digest: string | null }> {
  try {
    const { content, blobs } = await opening;
    const inside: BlobName[] = [];
    for (const { artifact } of content.tree.components) if (await blobs.has(artifact)) inside.push(artifact);
    await verifyBlobs(blobs, inside);
    return { result: 'ok', digest: content.digest };
  } catch (error) {
    if (error instanceof StateError) return { result: error.code, digest: null };
    throw error;
  }
}

const files = readdirSync(folder).sort();

describe('test vectors', () => {
  it('are many, and each has the name of its file', () => {
    const names = files.map((file) => `${VectorSchema.parse(readJson(file)).name}.json`);
    expect(names).toEqual(files);
    expect(files.length).toBeGreaterThan(140);
  });

  for (const file of files) {
    const vector = VectorSchema.parse(readJson(file));
    it(`${vector.clause} ${vector.name}: ${vector.comment}`, async () => {
      const bytes = bytesOf(vector);
      const whole = await outcomeOf(openChunks([bytes]));
      expect(whole.result).toBe(vector.expect);
      expect(await outcomeOf(openChunks(randomChunks(bytes)))).toEqual(whole);
      expect(await outcomeOf(openChunks(singleBytes(bytes)))).toEqual(whole);
      if ('input' in vector) expect(await outcomeOf(openJsonText(bytes.toString('utf8')))).toEqual(whole);
    });
  }
});

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
}
