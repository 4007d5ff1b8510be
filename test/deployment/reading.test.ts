import { describe, expect, it } from 'vitest';
import { generatedPolicy } from '../../src/deployment/generated-policy.ts';
import { type Deployment, parseDeployment } from '../../src/deployment/reading.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { failing } from '../fixtures/failing.ts';
import { DEPLOYMENT_TABLE, FOLDER, manifest } from '../fixtures/tables/deployment-table.ts';

const parse = (text: string): Deployment => parseDeployment(Buffer.from(text));
const notesOf = (permissions: string, ...more: string[]) => parse(manifest(permissions, ...more)).notes;

describe('a manifest', () => {
  for (const { title, text, expected } of DEPLOYMENT_TABLE) {
    if ('policy' in expected) {
      it(`with ${title} is read, and gives the policy that Wassette attaches`, () => {
        const [component] = parse(text).components;
        expect(component).toMatchObject({ component_id: 'tool', uri: `file://${FOLDER}/tool.wasm` });
        const { grants, name } = component!;
        expect(grants && generatedPolicy(grants, name)).toBe(expected.policy);
        if (grants !== null) parsePolicy(generatedPolicy(grants, name), { componentId: 'tool' });
      });
    } else {
      it(`with ${title} is refused with ${expected.refused}, and says where`, () => {
        expect(() => parse(text)).toThrow(failing(expected.refused));
        if (expected.line === null) return;
        expect(() => parse(text)).toThrow(
          expect.objectContaining({ details: expect.objectContaining({ line: expected.line }) }),
        );
      });
    }
  }

  it('is not quoted when it is refused: it may be any file', () => {
    for (const text of [
      'password: hunter2\n',
      'version: 1\npassword: hunter2\n',
      'a: [hunter2\n',
      'hunter2',
    ]) {
      try {
        parse(text);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify(error)).not.toContain('hunter2');
      }
    }
  });

  it('that is no text, or too long, is refused', () => {
    expect(() => parseDeployment(Buffer.from([0xff, 0xfe, 0x00]))).toThrow(failing('FORMAT_INVALID'));
    expect(() => parseDeployment(Buffer.alloc(8 * 1024 * 1024 + 1, '#'))).toThrow(
      failing('FORMAT_LIMIT_EXCEEDED'),
    );
    expect(() => parse(`${'['.repeat(100)}`)).toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
    const many = Array.from({ length: 10_001 }, (_, i) => `{uri: "file:///c${i}.wasm", permissions: {}}`);
    expect(() => parse(`version: 1\ncomponents: [${many.join(', ')}]\n`)).toThrow(
      failing('FORMAT_LIMIT_EXCEEDED'),
    );
  });

  it('keeps each digest in lower case', () => {
    expect(parse(manifest('{}', `digest: sha256:${'AB'.repeat(32)}`)).components[0]?.digest).toBe(
      'ab'.repeat(32),
    );
  });
});

describe('the notes of a manifest', () => {
  it('are none where Wassette does what is written', () => {
    expect(
      notesOf('{ environment: { allow: [{ key: A, value_from: A }] } }', 'name: a', 'digest: ~'),
    ).toEqual([]);
  });

  it.each([
    [
      '{ resources: { memory_bytes: 1 } }',
      '"tool": Wassette 0.8 does not apply the limits of a manifest, so none is set',
    ],
    [
      '{ environment: { allow: [{ key: A, value_from: B }] } }',
      '"tool": Wassette does not apply value_from: a variable is read under its own name',
    ],
    [
      '{ network: { allow: [{ host: a, port: 1 }], deny: [] } }',
      '"tool": Wassette ignores the key "deny" of permissions.network',
    ],
    [
      '{ storage: { allow: [{ uri: fs://x, access: [read], mode: 1 }] } }',
      '"tool": Wassette ignores the key "mode" of an entry of storage',
    ],
  ])('say what Wassette does not: %s', (permissions, note) => {
    expect(notesOf(permissions)).toContain(note);
  });

  it('say a thing once for all components it holds for, and quote what is foreign', () => {
    const entries = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (id) => `{ uri: file:///${id}.wasm, "x\u00e9": 1, permissions: {} }`,
    );
    expect(parse(`version: 1\nauthor: me\ncomponents: [${entries.join(', ')}]\n`).notes).toEqual([
      'Wassette ignores the key "author" of the manifest',
      '"a", "b", "c", "d", "e", and 1 more: Wassette ignores the key "x\\u00e9" of a component',
    ]);
  });
});
