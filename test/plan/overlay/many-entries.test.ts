// How often entries of a policy are looked at grows with their number, and not with that of their pairs.
import { expect, it } from 'vitest';
import { assertStillDenied } from '../../../src/plan/overlay/denials.ts';
import { MappedDirectories } from '../../../src/plan/overlay/directories.ts';
import { assertMatches } from '../../../src/plan/overlay/matching.ts';
import { assertApart, assertLeftOut } from '../../../src/plan/overlay/widening.ts';
import { type Access, type Permissions, readPolicy, type StorageGrant } from '../../../src/policy/policy.ts';

const MANY = 300;
const many = (uri: (index: number) => string) => Array.from({ length: MANY }, (_, index) => uri(index));
/** One directory in other words each time. */
const spelt = (directory: string) => many((index) => `fs://${directory}${'/.'.repeat(index)}`);

let looks = 0;
const entries = (uris: readonly string[], ...access: Access[]): StorageGrant[] =>
  uris.map((uri) => ({
    get uri() {
      looks += 1;
      return uri;
    },
    get access() {
      looks += 1;
      return access;
    },
  }));
const rightsTo = (allow: readonly StorageGrant[]): Permissions => ({
  ...readPolicy('version: "1.0"\npermissions: {}\n', { componentId: 'tool' }).rights,
  storage: { allow, deny: [] },
});
const FEW_FOR_EACH = 20;

const directories = new MappedDirectories([{ from: '/a', to: '/x' }]);
const movedOf = (...uris: string[]) =>
  new Map(
    uris.flatMap((uri) => {
      const now = directories.moved(uri);
      return now === null ? [] : [[uri, now] as const];
    }),
  );

it.each([
  ['are one directory', spelt('/a')],
  ['lie in one directory', ['fs:///a', ...many((index) => `fs:///a/d${index}`)]],
])('each of many entries that %s is looked at few times', (_what, uris) => {
  looks = 0;
  assertApart(entries(uris, 'read'), movedOf(...uris), 'tool');
  expect(looks).toBeLessThan(FEW_FOR_EACH * uris.length);
});

it('each of many entries that are left out is looked at few times, where others are of the same directory', () => {
  const [out, kept] = [spelt('/a'), spelt('/./a')];
  const allow = [...entries(out, 'write'), ...entries(kept, 'read')];
  looks = 0;
  assertLeftOut(rightsTo(allow), new Set(out), directories, 'tool');
  expect(looks).toBeLessThan(FEW_FOR_EACH * allow.length);
});

it.each([
  ['fit other names each', many((index) => `fs:///a/*k${index}`)],
  ['fit names at any depth', many((index) => `fs:///**/*k${index}`)],
  ['are one directory', spelt('/a')],
])('each of many entries that are denied is looked at few times, where they %s', (_what, denied) => {
  const allowed = many((index) => `fs:///a/d${index}`);
  looks = 0;
  assertStillDenied(
    entries(allowed, 'read'),
    entries(denied, 'read'),
    movedOf(...allowed, ...denied),
    'tool',
  );
  expect(looks).toBeLessThan(FEW_FOR_EACH * 2 * MANY);
});

it('each of many entries is looked at few times to find those that are left out', () => {
  const uris = many((index) => `fs:///d${index}`);
  const without = uris.map((entry) => ({ component_id: 'tool', entry }));
  const rights = new Map([['tool', rightsTo(entries(uris, 'read'))]]);
  looks = 0;
  assertMatches({ mapDirs: [], without }, new MappedDirectories([]), rights);
  expect(looks).toBeLessThan(FEW_FOR_EACH * MANY);
});
