// Whatever an overlay says, what comes of a policy allows nothing that the policy did not, but for where its directories are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { MappedDirectories } from '../../../src/plan/overlay/directories.ts';
import { allowedEntries, overlaid } from '../../../src/plan/overlay/policy-change.ts';
import { type Access, readPolicy } from '../../../src/policy/policy.ts';
import { holds } from '../../fixtures/seed.ts';

const NAMES = ['a', 'b', 'c'] as const;
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => `/${names.join('/')}`);
const grants = fc.array(fc.tuple(path, fc.subarray<Access>(['read', 'write'], { minLength: 1 })), {
  maxLength: 4,
});
const scene = fc.record({
  allow: grants,
  deny: grants,
  hosts: fc.uniqueArray(fc.constantFrom('one.example', 'two.example', 'three.example'), { maxLength: 3 }),
  keys: fc.uniqueArray(fc.constantFrom('ONE', 'TWO'), { maxLength: 2 }),
  mapDirs: fc.uniqueArray(fc.record({ from: path, to: path }), {
    maxLength: 3,
    selector: ({ from }) => from,
  }),
  gone: fc.nat(63),
  /** A key that Wassette ignores, and that would name something elsewhere. */
  beside: fc.constantFrom('', 'uri: one.example\n      ', 'cidr: one.example\n      '),
});

function policyOf({
  allow,
  deny,
  hosts,
  keys,
  beside,
}: typeof scene extends fc.Arbitrary<infer T> ? T : never): string {
  const list = (name: string, entries: readonly string[]) =>
    entries.length === 0
      ? `    ${name}: []\n`
      : `    ${name}:\n${entries.map((entry) => `    - ${entry}\n`).join('')}`;
  const storage = (entries: typeof allow) =>
    entries.map(([at, access]) => `uri: fs://${at}\n      access: [${access.join(', ')}]`);
  return `version: "1.0"\npermissions:\n  storage:\n${list('allow', storage(allow))}${list('deny', storage(deny))}  network:\n${list(
    'allow',
    hosts.map((host) => `${beside.replace('cidr', 'key')}host: ${host}`),
  )}  environment:\n${list(
    'allow',
    keys.map((key) => `${beside}key: ${key}`),
  )}`;
}

const isBelow = (inner: string, outer: string) => `${inner}/`.startsWith(`${outer}/`);
const pathsOf = (entries: readonly { uri: string }[]) => entries.map(({ uri }) => uri.slice('fs://'.length));
/** What the access to a directory is, by all entries that it lies in. */
const accessTo = (at: string, entries: readonly { uri: string; access: readonly Access[] }[]) =>
  new Set(
    entries.filter(({ uri }) => isBelow(at, uri.slice('fs://'.length))).flatMap(({ access }) => access),
  );

describe('an overlay (F-21.2, F-21.3)', () => {
  it('widens nothing: each directory has the access of where it was, each list no more than before', async () => {
    let changed = 0;
    const property = fc.property(scene, (made) => {
      const policy = readPolicy(policyOf(made), { componentId: 'tool' });
      const gone = new Set(allowedEntries(policy.rights).filter((_, index) => (made.gone >> index) & 1));
      const directories = new MappedDirectories(made.mapDirs);
      let result: ReturnType<typeof overlaid>;
      try {
        result = overlaid(policy, 'tool', gone, directories);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return;
      }
      if (result === null) return;
      changed += 1;
      const [before, after] = [policy.rights, result.policy.rights];
      for (const { uri, access } of after.storage.allow) {
        const sources = before.storage.allow.filter(
          (each) => (directories.moved(each.uri) ?? each.uri) === uri,
        );
        expect(sources.map((each) => each.access)).toContainEqual(access);
        expect(sources.every((each) => !gone.has(each.uri) || sources.length > 1)).toBe(true);
        // All that lies over it now lay over it before, or has the same access.
        const were = sources.flatMap((each) => [
          ...accessTo(each.uri.slice('fs://'.length), before.storage.allow),
        ]);
        const are = accessTo(uri.slice('fs://'.length), after.storage.allow);
        expect([...are].filter((mode) => !were.includes(mode))).toEqual([]);
      }
      for (const { uri, access } of before.storage.allow.filter((each) => gone.has(each.uri))) {
        const is = (directories.moved(uri) ?? uri).slice('fs://'.length);
        const left = accessTo(is, after.storage.allow);
        expect(access.filter((mode) => left.has(mode))).toEqual([]);
      }
      const [denied, stillDenied] = [before, after].map(({ storage }) => pathsOf(storage.deny));
      for (const was of pathsOf(before.storage.allow.filter(({ uri }) => !gone.has(uri)))) {
        const is = directories.moved(`fs://${was}`)?.slice('fs://'.length) ?? was;
        const isWhole = stillDenied!.some((each) => isBelow(is, each));
        if (denied!.some((each) => isBelow(was, each))) expect(isWhole).toBe(true);
        if (denied!.some((each) => isBelow(each, was)))
          expect(isWhole || stillDenied!.some((each) => isBelow(each, is))).toBe(true);
      }
      expect(after.storage.deny).toHaveLength(
        new Set(before.storage.deny.map((each) => directories.moved(each.uri) ?? each.uri)).size,
      );
      expect(after.network.allow).toEqual(
        before.network.allow.filter((each) => !gone.has('host' in each ? each.host : each.cidr)),
      );
      expect(after.environment).toEqual(before.environment.filter((key) => !gone.has(key)));
    });
    await holds(property, 300);
    expect(changed).toBeGreaterThan(50);
  });
});
