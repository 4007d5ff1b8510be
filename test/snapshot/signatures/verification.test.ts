// Every vector of a signature, and that any change of a right one is found.
import { expect, it } from 'vitest';
import type { JsonValue } from '../../../src/codec/json/tree.ts';
import { PublicKey } from '../../../src/codec/keys/public-key.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import { signatureFile, signatureIn } from '../../../src/snapshot/signatures/signature.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { documentOfVectors, type SignatureVector, signatureVectors } from '../../fixtures/signing.ts';

const document = readDocument(documentOfVectors());

function check({ signature, keys = [] }: Pick<SignatureVector, 'signature' | 'keys'>) {
  return checkSignatures(
    [signature],
    document,
    keys.map((key) => PublicKey.parse(key)),
  )[0]!;
}

it.each(signatureVectors())('a signature, vector $name: $comment', (vector) => {
  const { problem, over, signer } = check(vector);
  expect({ code: problem?.code ?? 'ok', over }).toEqual({ code: vector.expect, over: vector.over ?? null });
  if (problem === null) expect(signer?.fingerprint).toMatch(/^SHA256:/);
});

it.each(signatureVectors().filter((vector) => vector.expect === 'ok'))(
  'a right signature is the same from a file of its own: $name',
  ({ signature }) => {
    expect(signatureIn(signatureFile(signature).bytes)).toEqual(signature);
  },
);

it('no letter of a bundle can be changed without its being found, but for what nobody signed', () => {
  const bundle = signatureVectors().find(({ name }) => name === 'ok_document')!.signature;
  const text = JSON.stringify(bundle);
  const unsigned = /"hint":"[^"]*"/.exec(text)!;
  for (let at = 0; at < text.length; at++) {
    if (at >= unsigned.index && at < unsigned.index + unsigned[0].length) continue;
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    let signature: JsonValue;
    try {
      signature = signatureIn(Buffer.from(changed));
    } catch {
      continue;
    }
    expect(check({ signature }).problem, `at ${at}`).not.toBeNull();
  }
});
