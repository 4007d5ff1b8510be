import { describe, expect, it } from 'vitest';
import { sha256Digest } from '../../src/codec/digest.ts';
import { DEFAULT_LIMITS } from '../../src/codec/limits.ts';
import {
  checkVersion,
  contentsDigest,
  documentBytes,
  niName,
  parseDocument,
  snapshotDigest,
  stateComponentOf,
  stateDigest,
} from '../../src/snapshot/document.ts';
import { policyOf } from '../../src/snapshot/policies.ts';
import { componentBytes } from '../fixtures/component.ts';
import { documentOf } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { policyText } from '../fixtures/host.ts';

const two = () => documentOf([{ id: 'a', policy: policyText() }, { id: 'b' }]);

describe('parseDocument', () => {
  it('returns the very tree it was given, unknown fields and all (F-2.5)', () => {
    const tree = { ...two(), future: { deep: [1, null] } };
    expect(parseDocument(tree)).toBe(tree);
  });

  it('reports the version before anything else is judged (F-2.1)', () => {
    expect(() => parseDocument({ version: 2, components: 'wrong' })).toThrow(
      failing('FORMAT_UNSUPPORTED_VERSION'),
    );
    for (const tree of [null, undefined, {}, 7])
      expect(() => parseDocument(tree)).toThrow(failing('FORMAT_UNSUPPORTED_VERSION'));
  });

  it('lists every bad field at once, by path', () => {
    const tree = { ...two(), created_at: 'now', components: [{ ...two().components[0], artifact: 7 }] };
    try {
      parseDocument(tree);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'FORMAT_INVALID',
        details: {
          problems: [
            expect.stringMatching(/^created_at: /),
            expect.stringMatching(/^components\[0\]\.artifact: /),
          ],
        },
      });
    }
  });

  it('refuses more components than the limit, and a larger binary or policy (F-7)', () => {
    const limits = { ...DEFAULT_LIMITS, components: 1 };
    expect(() => parseDocument(two(), limits)).toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
    expect(() => parseDocument(two(), { ...DEFAULT_LIMITS, binaryBytes: 10 })).toThrow(
      failing('FORMAT_LIMIT_EXCEEDED'),
    );
    expect(() => parseDocument(two(), { ...DEFAULT_LIMITS, policyBytes: 10 })).toThrow(
      failing('FORMAT_LIMIT_EXCEEDED'),
    );
    expect(() => parseDocument(two(), { ...DEFAULT_LIMITS, components: 2 })).not.toThrow();
  });

  it('refuses a state digest that is not that of the components (F-2.4)', () => {
    const tree = { ...two(), state_digest: `sha256:${'0'.repeat(64)}` };
    expect(() => parseDocument(tree)).toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('names component and line of a bad policy and never quotes it', () => {
    const tree = documentOf([{ id: 'a', policy: 'version: "1.0"\nsecret-text: *hunter2\n' }]);
    try {
      parseDocument(tree);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'FORMAT_INVALID_POLICY', details: { component_id: 'a', line: 2 } });
      expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
    }
  });
});

describe('digests of documents', () => {
  it('name a snapshot by its canonical bytes (F-2.3)', () => {
    const document = two();
    expect(snapshotDigest(document)).toBe(sha256Digest(documentBytes(document)));
    expect(snapshotDigest({ ...document, created_at: 1 })).not.toBe(snapshotDigest(document));
    expect(snapshotDigest({ ...document, future: 1 } as never)).not.toBe(snapshotDigest(document));
  });

  it('are equal for two states exactly when code and policy texts are (F-2.4)', () => {
    const base = stateDigest(two().components.map(stateComponentOf));
    const of = (...made: Parameters<typeof documentOf>[0]) => documentOf(made).state_digest;
    expect(of({ id: 'b' }, { id: 'a', policy: policyText() })).toBe(base);
    expect(of({ id: 'a', policy: policyText(), tools: ['x'], secretNames: ['S'] }, { id: 'b' })).toBe(base);
    expect(of({ id: 'a' }, { id: 'b' })).not.toBe(base);
    expect(of({ id: 'a', policy: `${policyText()}\n` }, { id: 'b' })).not.toBe(base);
    expect(of({ id: 'a', policy: policyText() }, { id: 'b', code: componentBytes('c') })).not.toBe(base);
    expect(of({ id: 'a', policy: policyText() }, { id: 'c', code: componentBytes('b') })).not.toBe(base);
  });

  it('name an empty state as FORMAT.md says, byte for byte (F-2.4)', () => {
    expect(stateDigest([])).toBe(sha256Digest(Buffer.from('{"components":[],"version":1}')));
  });

  it('of the contents leave out times and caches, nothing else (F-5.4)', () => {
    const document = two();
    const [first, second] = document.components;
    const base = contentsDigest(document);
    expect(contentsDigest({ ...document, created_at: 5 })).toBe(base);
    const cached = { ...first!, metadata: { ...first!.metadata, tool_names: ['x'], created_at: 9 } };
    expect(contentsDigest({ ...document, components: [cached, second!] })).toBe(base);
    const later = { ...first!, policy: { ...first!.policy!, created_at: 9 } };
    expect(contentsDigest({ ...document, components: [later, second!] })).toBe(base);
    const elsewhere = { ...first!, policy: { ...first!.policy!, source_uri: 'oci://x/y' } };
    expect(contentsDigest({ ...document, components: [elsewhere, second!] })).not.toBe(base);
    expect(contentsDigest({ ...document, metadata: { description: 'other' } })).not.toBe(base);
    expect(
      contentsDigest({ ...document, components: [{ ...first!, secret_names: ['S'] }, second!] }),
    ).not.toBe(base);
  });
});

describe('a document', () => {
  it('of a version other than 1 is refused, and the version shown short and harmless', () => {
    expect(() => checkVersion(1)).not.toThrow();
    for (const version of [0, 2, '1', 1.5, null, undefined, true, [1], { a: 1 }])
      expect(() => checkVersion(version)).toThrow(failing('FORMAT_UNSUPPORTED_VERSION'));
    expect(() => checkVersion(`\u202e${'x'.repeat(9999)}`)).toThrow(/^.{1,120}$/);
  });

  it('names code of unknown origin by its RFC 6920 name (F-3.5)', () => {
    // The example of RFC 6920, section 8.1: "Hello World!".
    const sha256 = '7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069';
    expect(niName(sha256)).toBe('ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk');
  });

  it('gives a component without a policy, or with null, none', () => {
    const [component] = documentOf([{ id: 'a' }]).components;
    expect(policyOf(component!)).toBeNull();
    expect(policyOf({ ...component!, policy: null })).toBeNull();
  });
});
