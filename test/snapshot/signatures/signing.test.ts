import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/snapshot/document.ts';
import { signatureIn, signaturesIn } from '../../../src/snapshot/signatures/signature.ts';
import { documentBundleOf, signedBy } from '../../../src/snapshot/signatures/signing.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { documentOf } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { documentOfVectors, signatureVectors, testKey } from '../../fixtures/signing.ts';

const document = readDocument(documentOfVectors());
const other = readDocument(documentOf([{ id: 'other' }]));
const [ed, p256] = [testKey('ed25519'), testKey('p256')];

const held = (signatures: ReturnType<typeof signedBy>, of = document) =>
  checkSignatures(signatures, of, []).map(({ kind, over, problem }) => problem?.code ?? `${kind} ${over}`);

describe('signing a document', () => {
  it('makes a bundle of it and one of its manifest, and an SSH signature if asked to', () => {
    expect(held(signedBy([{ key: p256 }], document, []))).toEqual(['sigstore document', 'sigstore manifest']);
    expect(held(signedBy([{ key: ed, ssh: true }], document, []))).toEqual([
      'sigstore document',
      'sigstore manifest',
      'ssh document',
    ]);
  });

  it('gives with Ed25519 what the vectors have, every time', () => {
    const [bundle, manifest, ssh] = signedBy([{ key: ed, ssh: true }], document, []);
    const vector = (named: string) => signatureVectors().find(({ name }) => name === named)!.signature;
    expect([bundle, manifest, ssh]).toEqual([vector('ok_document'), vector('ok_manifest'), vector('ok_ssh')]);
  });

  it('keeps those of others, and does not sign twice', () => {
    const first = signedBy([{ key: p256 }], document, []);
    const second = signedBy([{ key: ed }], document, first);
    expect(second.slice(0, 2)).toEqual(first);
    expect(second).toHaveLength(4);
    expect(signedBy([{ key: p256 }, { key: ed }], document, second)).toEqual(second);
    expect(signedBy([{ key: ed, ssh: true }], document, second)).toHaveLength(5);
  });

  it('signs anew where a signature of the same key is of something else, or was altered', () => {
    const altered = signatureVectors().find(({ name }) => name === 'signature_altered')!.signature;
    expect(signedBy([{ key: ed }], document, [altered])).toHaveLength(3);
    expect(signedBy([{ key: ed }], other, signedBy([{ key: ed }], document, []))).toHaveLength(4);
  });

  it('is refused with P-256 where an SSH signature is asked for', () => {
    expect(() => signedBy([{ key: p256, ssh: true }], document, [])).toThrow(failing('FORMAT_INVALID_KEY'));
  });

  it('ends at a hundred signatures', () => {
    const many = Array.from({ length: 99 }, () => ({ any: 'thing' }));
    expect(() => signedBy([{ key: ed }], document, many)).toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });

  it('is found again: the bundle of one key among those of others', () => {
    const signatures = signedBy([{ key: p256 }, { key: ed, ssh: true }], document, []);
    expect(documentBundleOf(ed.publicKey, document, signatures)).toEqual(signatures[2]);
    expect(documentBundleOf(testKey('openssh').publicKey, document, signatures)).toBeNull();
  });
});

describe('the signatures of a carrier', () => {
  it('are a list of at most a hundred', () => {
    expect(signaturesIn(undefined)).toEqual([]);
    expect(() => signaturesIn({})).toThrow(failing('FORMAT_INVALID'));
    expect(() => signaturesIn(Array.from({ length: 101 }, () => null))).toThrow(
      failing('FORMAT_LIMIT_EXCEEDED'),
    );
  });

  it('are of another snapshot where they were made for one', () => {
    const signatures = signedBy([{ key: ed, ssh: true }], other, []);
    expect(held(signatures)).toEqual([
      'VERIFY_OTHER_SUBJECT',
      'VERIFY_OTHER_SUBJECT',
      'VERIFY_BAD_SIGNATURE',
    ]);
  });

  it('are no bundle in a file that is not strict JSON', () => {
    for (const text of ['', '[]', '{"a":1,"a":2}', '{"a":1}x', '\u{feff}{}'])
      expect(() => signatureIn(Buffer.from(text))).toThrow(failing('FORMAT_INVALID_SIGNATURE'));
    expect(() => signatureIn(Buffer.from([0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0xff]))).toThrow(
      failing('FORMAT_INVALID_SIGNATURE'),
    );
    const long = `{"a":"${'x'.repeat(1024 * 1024)}"}`;
    expect(() => signatureIn(Buffer.from(long))).toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });
});
