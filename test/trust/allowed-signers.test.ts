// Every vector of a list of accepted signers, and whom it accepts for what and when.

import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytesToSign } from '../../src/codec/dsse/envelope.ts';
import { PublicKey } from '../../src/codec/keys/public-key.ts';
import { AllowedSigners } from '../../src/trust/allowed-signers.ts';
import { matchesList } from '../../src/trust/pattern-list.ts';
import { failing } from '../fixtures/failing.ts';
import { momentOf, signerVectors, testKey } from '../fixtures/signing.ts';

const { publicKey } = testKey('ed25519');
const vectors = signerVectors();

describe('a list of accepted signers', () => {
  it.each(vectors.filter(({ expect }) => expect === 'ok'))(
    'vector $name: $comment',
    ({ text, at, accepts }) => {
      const { by, refused } = AllowedSigners.parse(text).acceptance(publicKey, momentOf(at!));
      expect(by.length === 0 ? null : by.flatMap(({ names }) => names)).toEqual(accepts);
      expect(refused === null).toBe(by.length > 0);
    },
  );

  it.each(vectors.filter(({ expect }) => expect !== 'ok'))(
    'is refused, with the line: vector $name: $comment',
    ({ text, expect: code, line }) => {
      const error = caught(() => AllowedSigners.parse(text, 'team'));
      expect(error).toEqual(
        failing(code, { details: { line }, message: expect.stringContaining(`team, line ${line}: `) }),
      );
    },
  );

  it('is never quoted in an error: it may be any file', () => {
    const error = caught(() => AllowedSigners.parse('root:SECRET-HASH:19000:0:99999:7:::\n')) as Error;
    expect(JSON.stringify(error)).not.toContain('SECRET');
  });

  it('ends at each letter: half of a line is refused, or accepts nobody', () => {
    const line = vectors.find(({ name }) => name === 'ok_option_case')!.text.trimEnd();
    for (let end = 1; end < line.length; end++) {
      const read = caught(() => AllowedSigners.parse(line.slice(0, end)));
      expect(read, `up to ${end}`).toEqual(failing('FORMAT_INVALID_SIGNERS'));
    }
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a key that is not accepted', () => {
  const why = (options: string) =>
    AllowedSigners.parse(`alice ${options} ${publicKey.sshLine}`).acceptance(publicKey, momentOf('20260601Z'))
      .refused;

  it('is not, and why is said', () => {
    expect(AllowedSigners.NONE.acceptance(publicKey, new Date(0)).refused).toBe('is not accepted here');
    expect(why('namespaces="git"')).toBe('is accepted here, but not for wassette-state');
    expect(why('namespaces="*",valid-after="20270101Z"')).toBe('is not accepted before 20270101000000Z');
    expect(why('namespaces="*",valid-before="20260101Z"')).toBe('is not accepted after 20260101000000Z');
  });
});

describe('who signed some bytes', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  const line = (name: string, key: PublicKey, options = 'namespaces="wassette-*"') =>
    `${name} ${options} ${key.sshLine}\n`;
  const allowed = AllowedSigners.parse(
    line('alice', publicKey) +
      line('bob', PublicKey.of(other)) +
      line('old', publicKey, 'namespaces="*",valid-before="20260101Z"'),
  );
  const bytes = bytesToSign(Buffer.from('{}'));

  it('is whoever is accepted for that, at that time', () => {
    const signature = testKey('ed25519').sign(bytes);
    const named = (at: string, namespace: string) =>
      allowed.whoSigned(bytes, signature, momentOf(at), namespace).map(({ names }) => names[0]);
    expect(named('20260601Z', 'wassette-state')).toEqual(['alice']);
    expect(named('20250601Z', 'wassette-approval')).toEqual(['alice', 'old']);
    expect(named('20260601Z', 'git')).toEqual([]);
    expect(allowed.whoSigned(bytes, sign(null, bytes, other), new Date())[0]?.names).toEqual(['bob']);
    expect(allowed.whoSigned(Buffer.from('[]'), signature, new Date())).toEqual([]);
  });
});

describe('a list of patterns', () => {
  it.each([
    ['wassette-state', 'wassette-state', true],
    ['wassette-state', 'Wassette-State', false],
    ['wassette-state', 'git,w*e', true],
    ['wassette-state', '*state*', true],
    ['wassette-state', 'wassette?state', true],
    ['wassette-state', 'wassette-state?', false],
    ['wassette-state', '!wassette-state,*', false],
    ['wassette-state', '!git', false],
    ['', '*', true],
  ])('matches %s against %s: %s', (text, list, is) => {
    expect(matchesList(text, list)).toBe(is);
  });

  it('is matched in time whatever it is made of', () => {
    expect(matchesList('a'.repeat(1_000), `${'*a'.repeat(200)}b`)).toBe(false);
  });
});
