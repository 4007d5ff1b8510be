// Whatever a mapping moves, of a directory that it allows a policy goes on denying as much as before.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { MappedDirectories } from '../../../src/plan/overlay/directories.ts';
import { overlaid } from '../../../src/plan/overlay/policy-change.ts';
import { readPolicy } from '../../../src/policy/policy.ts';
import { holds } from '../../fixtures/seed.ts';

type Names = readonly string[];

const NAMES = ['a', 'b', 'ab'];
const ENDINGS = ['', ...NAMES.map((name) => `/${name}`)];
const names = (most: number) => fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: most });
const pattern = fc
  .tuple(
    fc.array(fc.constantFrom(...NAMES), { maxLength: 2 }),
    fc.array(fc.constantFrom(...NAMES, '*', '**', '**', '**', 'a*', '*b'), { minLength: 1, maxLength: 3 }),
  )
  .map((parts) => parts.flat());
const scene = fc.record({
  allow: names(3),
  deny: pattern,
  mapDirs: fc.array(fc.record({ from: names(2), to: names(3) }), { minLength: 1, maxLength: 2 }),
});

/** Whether a directory is denied, as a whole, where `**` stands for at least so many names. */
function isDenied(directory: Names, denied: Names, least: number): boolean {
  const [first, ...rest] = denied;
  if (first === undefined) return true;
  if (first === '**') {
    const depths = [...directory.keys(), directory.length].filter((depth) => depth >= least);
    return depths.some((depth) => isDenied(directory.slice(depth), rest, least));
  }
  const [name, ...below] = directory;
  const fits = name !== undefined && new RegExp(`^${first.replace('*', '.*')}$`).test(name);
  return fits && isDenied(below, rest, least);
}

const partsOf = (uri: string) => uri.slice('fs:///'.length).split('/');

describe('what is denied with asterisks (F-21.4)', () => {
  it.each([0, 1])('stays denied where ** stands for %i names or more', async (least) => {
    let changed = 0;
    const property = fc.property(scene, ({ allow, deny, mapDirs }) => {
      const [allowed, denied] = [allow, deny].map((parts) => `fs:///${parts.join('/')}`);
      const policy = readPolicy(
        `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: ${allowed}\n      access: [read]\n    deny:\n    - uri: ${denied}\n      access: [read]\n`,
        { componentId: 'tool' },
      );
      const directories = new MappedDirectories(
        mapDirs.map(({ from, to }) => ({ from: `/${from.join('/')}`, to: `/${to.join('/')}` })),
      );
      let result: ReturnType<typeof overlaid>;
      try {
        result = overlaid(policy, 'tool', new Set(), directories);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return;
      }
      // Directories in it may be called otherwise here, and so may what is denied of them.
      const stem = [...deny, '*'].findIndex((name) => name.includes('*'));
      if (result === null || stem > allow.length) return;
      changed += 1;
      const { storage } = result.policy.rights;
      const [is, isNot] = [partsOf(storage.allow[0]!.uri), partsOf(storage.deny[0]!.uri)];
      for (const one of ENDINGS)
        for (const two of ENDINGS) {
          const below = `${one}${two}`.split('/').filter((name) => name !== '');
          if (isDenied([...allow, ...below], deny, least))
            expect(isDenied([...is, ...below], isNot, least)).toBe(true);
        }
    });
    await holds(property, 1_000);
    expect(changed).toBeGreaterThan(50);
  });
});
