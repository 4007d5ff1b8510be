// What an operator's policy lets through never allows more than it says, held against rights and caps taken apart into the
// single things that a component may do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type Verdict } from '../../../src/plan/operator-policy/verdicts.ts';
import { operatorPolicy, type Rules } from '../../fixtures/operator-policy.ts';
import { directoryOf, plan, policyWith, present, targetOf, wanted } from '../../fixtures/plan.ts';
import { holds } from '../../fixtures/seed.ts';

const HOSTS = [
  'a.example',
  'http://a.example',
  'https://a.example',
  'b.example',
  'https://b.example',
  '*.example',
];
const PATHS = ['/srv', '/srv/a', '/srv/a/b', '/srv/ab', '/var'];
const KEYS = ['A', 'B', 'a'];
const MODES = ['read', 'write'] as const;
const AMOUNTS = [32, 64, 128];

interface Sketch {
  hosts: string[];
  storage: { path: string; access: (typeof MODES)[number][] }[];
  environment: string[];
  memory: number | null;
}

const storage = fc.uniqueArray(
  fc.record({ path: fc.constantFrom(...PATHS), access: fc.subarray([...MODES], { minLength: 1 }) }),
  { maxLength: 3, selector: ({ path }) => path },
);
const sketches: fc.Arbitrary<Sketch> = fc.record({
  hosts: fc.subarray(HOSTS),
  storage,
  environment: fc.subarray(KEYS),
  memory: fc.option(fc.constantFrom(...AMOUNTS)),
});
/** Null for no policy. */
const rights = fc.option(sketches, { freq: 8 });
const caps = fc.record({
  hosts: fc.option(fc.subarray(HOSTS)),
  storage: fc.option(storage),
  environment: fc.option(fc.subarray(KEYS)),
  memory: fc.option(fc.constantFrom(...AMOUNTS)),
  noPolicy: fc.boolean(),
});
type Caps = typeof caps extends fc.Arbitrary<infer T> ? T : never;

function textOf({ hosts, storage, environment, memory }: Sketch): string {
  const section = (name: string, lines: string[]) =>
    lines.length === 0 ? [] : [`${name}:`, '  allow:', ...lines.map((line) => `  ${line}`)];
  return policyWith(
    ...section(
      'network',
      hosts.map((host) => `- host: ${JSON.stringify(host)}`),
    ),
    ...section(
      'storage',
      storage.map(({ path, access }) => `- { uri: "fs://${path}", access: [${access.join(', ')}] }`),
    ),
    ...section(
      'environment',
      environment.map((key) => `- key: ${key}`),
    ),
    ...(memory === null ? [] : ['resources:', '  limits:', `    memory: ${memory}Mi`]),
  );
}

function rulesOf({ hosts, storage, environment, memory, noPolicy }: Caps): Rules {
  const list = (entries: readonly string[] | null | undefined) =>
    entries == null ? 'any' : `[${entries.join(', ')}]`;
  return {
    hosts: list(hosts?.map((host) => JSON.stringify(host))),
    directories: list(
      storage?.map(({ path, access }) => `{ path: ${path}, access: [${access.join(', ')}] }`),
    ),
    environment: list(environment),
    memory: memory === null ? 'any' : `${memory}Mi`,
    no_policy: noPolicy ? 'allow' : 'refuse',
  };
}

/** Every single thing, in words of this test: a request, a file, a variable, a mebibyte. */
function thingsIn(sketch: Sketch | null): Set<string> {
  if (sketch === null) return new Set(['none', 'every variable', 'endless memory']);
  const requests = sketch.hosts.flatMap((host) =>
    host.includes('://') || host.startsWith('*')
      ? [`reach ${host}`]
      : [`reach http://${host}`, `reach https://${host}`],
  );
  const files = sketch.storage.flatMap(({ path, access }) =>
    PATHS.filter((below) => `${below}/`.startsWith(`${path}/`)).flatMap((below) =>
      access.map((mode) => `${mode} ${below}`),
    ),
  );
  const memory = sketch.memory === null ? ['endless memory'] : [`memory ${sketch.memory}`];
  return new Set([
    ...requests,
    ...(sketch.hosts.length === 0 ? [] : ['look up names']),
    ...files,
    ...sketch.environment.map((key) => `variable ${key}`),
    ...memory,
  ]);
}

/** Whether the caps let a component have one of these things. */
function isCovered(thing: string, limits: Caps): boolean {
  const { hosts, storage, environment, memory, noPolicy } = limits;
  const most = thingsIn({
    hosts: hosts ?? [],
    storage: storage ?? [],
    environment: environment ?? [],
    memory: null,
  });
  if (thing === 'none') return noPolicy;
  if (thing === 'every variable') return environment === null;
  if (thing === 'endless memory') return memory === null;
  if (thing.startsWith('memory ')) return memory === null || Number(thing.slice(7)) <= memory;
  if (/^(reach|look)/.test(thing)) return hosts === null || most.has(thing);
  if (thing.startsWith('variable ')) return environment === null || most.has(thing);
  return storage === null || most.has(thing);
}

function judged(
  before: Sketch | null | undefined,
  isNewCode: boolean,
  after: Sketch | null,
  limits: Caps,
): Verdict[] {
  const policyOf = (sketch: Sketch | null) => (sketch === null ? null : textOf(sketch));
  const there =
    before === undefined ? [] : [present('x', { code: isNewCode ? 'old' : 'x', policy: policyOf(before) })];
  const directories = new Map(PATHS.map((path) => directoryOf(`fs://${path}`)));
  const target = targetOf(there, { directories, protectedDirs: [] });
  const desired = [wanted('x', { policy: policyOf(after) })];
  return judge(operatorPolicy(rulesOf(limits)), {
    steps: plan(desired, target).steps,
    desired,
    target,
    openedFrom: null,
    signers: [],
    codeFrom: new Map(),
    real: new Map(PATHS.map((path) => [path, directoryOf(`fs://${path}`)[1]])),
  });
}

const isWithin = (verdicts: readonly Verdict[]) => verdicts.every(({ decision }) => decision !== 'refused');

describe('what an operator’s policy lets through (F-17.3)', () => {
  it('is for new code exactly what its rights and the rules say, thing by thing', () =>
    holds(
      fc.property(rights, caps, fc.option(rights, { nil: undefined }), (after, limits, before) => {
        const expected = [...thingsIn(after)].every((thing) => isCovered(thing, limits));
        expect(isWithin(judged(before, true, after, limits))).toBe(expected);
      }),
      200,
    ));

  it('is for code that stays whatever it could do before, and beyond that only what the rules say', () =>
    holds(
      fc.property(sketches, sketches, caps, (before, after, limits) => {
        const had = thingsIn(before);
        const isSmaller = (thing: string) =>
          thing.startsWith('memory ') && (before.memory === null || Number(thing.slice(7)) <= before.memory);
        const added = [...thingsIn(after)].filter((thing) => !had.has(thing) && !isSmaller(thing));
        // A directory below one that was granted is another entry, and is judged as one.
        const isPath = (thing: string) => MODES.some((mode) => thing.startsWith(`${mode} /`));
        const entries = after.storage.flatMap(({ path, access }) =>
          access
            .filter((mode) => !before.storage.some((had) => had.path === path && had.access.includes(mode)))
            .map((mode) => `${mode} ${path}`),
        );
        const expected = [...added.filter((thing) => !isPath(thing)), ...entries].every((thing) =>
          isCovered(thing, limits),
        );
        expect(isWithin(judged(before, false, after, limits))).toBe(expected);
      }),
      200,
    ));

  it('is never more under a policy that has an entry less', () =>
    holds(
      fc.property(rights, caps, (after, limits) => {
        const tighter: Caps[] = [
          ...(limits.hosts ?? []).map((host) => ({
            ...limits,
            hosts: limits.hosts!.filter((one) => one !== host),
          })),
          ...(limits.storage ?? []).map((entry) => ({
            ...limits,
            storage: limits.storage!.filter((one) => one !== entry),
          })),
          { ...limits, hosts: limits.hosts ?? HOSTS },
          { ...limits, environment: [] },
          { ...limits, memory: 1 },
          { ...limits, noPolicy: false },
        ];
        for (const each of tighter)
          if (isWithin(judged(undefined, true, after, each)))
            expect(isWithin(judged(undefined, true, after, limits))).toBe(true);
      }),
      60,
    ));
});
