// The table of what Wassette links, asked of the real 0.8.0: a function of another type than its own is refused for its
// type where the name is known, and as missing where it is not.
import { describe, expect, test } from 'vitest';
import { WASI_NAMES } from '../../../src/component/linked-imports.ts';
import { componentOfText } from '../../fixtures/components/wat-components.ts';
import { loadedByWassette } from '../../fixtures/wassette/wassettes-own.ts';

const MISSING = 'implementation is missing';

async function problemOf(from: string, imported: string): Promise<string | null> {
  const wat = `(component (import "wasi:${from}@0.2.0" (instance ${imported})))`;
  return (await loadedByWassette(await componentOfText(wat))).problem;
}

const resource = (name: string) => `(export "${name}" (type $r (sub resource)))`;

/** Of a type that no function of WASI has. */
function functionNamed(name: string): string {
  const [, kind, owner] = /^\[(\w+)\]([^.]+)/.exec(name) ?? [];
  const self = kind === 'method' ? '(param "self" (borrow $r))' : '';
  const result = kind === 'constructor' ? '(result (own $r))' : '';
  const func = `(export "${name}" (func ${self} (param "other" (tuple u8 char)) ${result}))`;
  return owner === undefined ? func : resource(owner) + func;
}

describe.each([...WASI_NAMES])('wasi:%s', (from, names) => {
  test('has all that the table says, and not something else', async () => {
    for (const name of names) {
      const problem = await problemOf(from, functionNamed(name));
      // As a function a resource is missing, or of another kind.
      if (problem?.includes(MISSING)) expect(await problemOf(from, resource(name)), name).toBeNull();
      else expect(problem, name).toMatch(/type mismatch|expected/);
    }
    expect(await problemOf(from, functionNamed('not-there'))).toContain(MISSING);
    expect(await problemOf(from, resource('not-there'))).toContain(MISSING);
  });
});
