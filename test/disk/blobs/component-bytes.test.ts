import { expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { nameComponent } from '../../../src/disk/blobs/component-bytes.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';

const bytes = componentBytes('tool', 1000);
async function* inPieces(size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

it.each([1, 7, 1000])('a component is named by its bytes, however they come: %i at a time', async (size) => {
  expect(await nameComponent(inPieces(size), 'it')).toEqual({ sha256: sha256Hex(bytes), size: bytes.length });
});

it('the bytes of a component are read no further than allowed, and not once the reader was told to stop', async () => {
  await expect(nameComponent(inPieces(100), 'it', { maxBytes: bytes.length - 1 })).rejects.toThrow(
    failing('FORMAT_LIMIT_EXCEEDED'),
  );
  const signal = AbortSignal.abort();
  await expect(nameComponent(inPieces(100), 'it', { signal })).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
});
