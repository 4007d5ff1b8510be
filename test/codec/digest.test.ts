// How much of a digest is shown, and what can stand for one.
import { expect, it } from 'vitest';
import { beginningOfDigest, isDigest, sha256Digest, sha256Hex, shortDigest } from '../../src/codec/digest.ts';

it('twelve digits are shown, behind sha256: if that is there, and they can stand for the digest', () => {
  const digest = sha256Digest('');
  expect(shortDigest(digest)).toBe('sha256:e3b0c44298fc');
  expect(shortDigest(sha256Hex(''))).toBe('e3b0c44298fc');
  expect(beginningOfDigest(shortDigest(digest))).toBe(shortDigest(digest));
  expect([digest, shortDigest(digest), sha256Hex('')].map(isDigest)).toEqual([true, false, false]);
});
