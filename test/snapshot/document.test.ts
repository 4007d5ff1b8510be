import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/codec/canonical-json.ts';
import { sha256Digest } from '../../src/codec/digest.ts';
import { contentsDigest, saysTheSame } from '../../src/snapshot/contents.ts';
import { Document, readDocument } from '../../src/snapshot/document.ts';
import { checkVersion, niName } from '../../src/snapshot/schema.ts';
import type { SnapshotDocument } from '../../src/snapshot/shape.ts';
import { stateComponentOf, stateDigest } from '../../src/snapshot/state-digest.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { documentOf } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { policyText } from '../fixtures/host.ts';
import { withLimits } from '../fixtures/limits.ts';

const two = () => documentOf([{ id: 'a', policy: policyText() }, { id: 'b' }]);

describe('readDocument', () => {
  it('returns the very tree it was given, unknown fields and all (F-2.5)', () => {
    const tree = { ...two(), future: { deep: [1, null] } };
    expect(readDocument(tree).tree).toBe(tree);
  });

  it('reports the version before anything else is judged (F-2.1)', () => {
    expect(() => readDocument({ version: 2, components: 'wrong' })).toThrow(
      failing('FORMAT_UNSUPPORTED_VERSION'),
    );
    for (const tree of [null, undefined, {}, 7])
      expect(() => readDocument(tree)).toThrow(failing('FORMAT_UNSUPPORTED_VERSION'));
  });

  it('lists every bad field at once, by path', () => {
    const tree = { ...two(), created_at: 'now', components: [{ ...two().components[0], artifact: 7 }] };
    try {
      readDocument(tree);
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

  it('refuses more components than the limit, and a larger binary or policy (F-7)', async () => {
    for (const limits of [
      { components: 1 },
      { binaryBytes: 10 },
      { policyBytes: 10 },
      { documentBytes: 100 },
    ])
      await withLimits(limits, () =>
        expect(() => readDocument(two()).bytes).toThrow(failing('FORMAT_LIMIT_EXCEEDED')),
      );
    await withLimits({ components: 2 }, () => expect(() => readDocument(two())).not.toThrow());
  });

  it('refuses a state digest that is not that of the components (F-2.4)', () => {
    const tree = { ...two(), state_digest: `sha256:${'0'.repeat(64)}` };
    expect(() => readDocument(tree)).toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  });

  it('names component and line of a bad policy and never quotes it', () => {
    const tree = documentOf([{ id: 'a', policy: 'version: "1.0"\nsecret-text: *hunter2\n' }]);
    try {
      readDocument(tree);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'FORMAT_INVALID_POLICY', details: { component_id: 'a', line: 2 } });
      expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
    }
  });
});

describe('digests of documents', () => {
  it('name a snapshot by its canonical bytes (F-2.3)', () => {
    const tree = two();
    const { bytes, digest } = readDocument(tree);
    expect(bytes.equals(canonicalBytes(tree))).toBe(true);
    expect(digest).toBe(sha256Digest(bytes));
    expect(readDocument({ ...tree, created_at: 1 }).digest).not.toBe(digest);
    expect(readDocument({ ...tree, future: 1 }).digest).not.toBe(digest);
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
    const tree = two();
    const base = readDocument(tree);
    const [first, second] = tree.components;
    const expectSame = (other: Partial<SnapshotDocument>, isSame: boolean) => {
      const document = new Document({ ...tree, ...other }, base.policies);
      expect(saysTheSame(document, base)).toBe(isSame);
      expect(contentsDigest(document) === contentsDigest(base)).toBe(isSame);
    };
    expectSame({ created_at: 5 }, true);
    const cached = { ...first!, metadata: { ...first!.metadata, tool_names: ['x'], created_at: 9 } };
    expectSame({ components: [cached, second!] }, true);
    const later = { ...first!, policy: { ...first!.policy!, created_at: 9 } };
    expectSame({ components: [later, second!] }, true);
    const elsewhere = { ...first!, policy: { ...first!.policy!, source_uri: 'oci://x/y' } };
    expectSame({ components: [elsewhere, second!] }, false);
    expectSame({ metadata: { description: 'other' } }, false);
    expectSame({ components: [{ ...first!, secret_names: ['S'] }, second!] }, false);
    expectSame({ components: [first!, { ...second!, policy: null }] }, true);
    expectSame({ components: [first!] }, false);
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
    const document = readDocument(documentOf([{ id: 'a' }]));
    const [component] = document.tree.components;
    expect(document.policyOf(component!)).toBeNull();
    expect(document.policyOf({ ...component!, policy: null })).toBeNull();
  });
});
