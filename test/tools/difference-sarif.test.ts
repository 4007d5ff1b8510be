// The SARIF of a difference: what code scanning needs of it, and that nothing in it can be taken for something else.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import type { ComponentDifference } from '../../src/plan/comparison/state-difference.ts';
import type { Uncompared } from '../../src/plan/comparison/uncompared.ts';
import { sarifOf } from '../../tools/difference-sarif.ts';

const Text = z.strictObject({ text: z.string().min(1) });
const LevelSchema = z.enum(['none', 'note', 'warning', 'error']);
/** What we write of it, as section 3 of the standard has it. */
const SarifSchema = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          version: z.string(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: Text,
              defaultConfiguration: z.strictObject({ level: LevelSchema }),
              properties: z.looseObject({ tags: z.array(z.string()) }),
            }),
          ),
        }),
      }),
      columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().nonnegative(),
          level: LevelSchema,
          message: Text,
          locations: z.tuple([
            z.strictObject({
              physicalLocation: z.strictObject({
                artifactLocation: z.strictObject({ uri: z.string() }),
                region: z.strictObject({ startLine: z.int().positive() }),
              }),
              logicalLocations: z.tuple([z.strictObject({ name: z.string(), kind: z.string() })]),
            }),
          ]),
          // By this alone GitHub knows an alert again, and upload-sarif writes its own where there is none.
          partialFingerprints: z.strictObject({
            primaryLocationLineHash: z.string().regex(/^[0-9a-f]{32}$/),
          }),
        }),
      ),
      properties: z.looseObject({}),
    }),
  ]),
});

const CODE = { sha256: 'a'.repeat(64), size: 10, sourceUri: null };
const SAME = { action: 'changed', code: null, policy: null, tools: [], secretNames: null } as const;

function sarif(
  components: readonly ComponentDifference[],
  from = '/work/repo/state/team tools.json',
  uncompared: readonly Uncompared[] = [],
) {
  const difference = { from, to: '/host', isHost: true, lastImport: null, components, uncompared, notes: [] };
  return SarifSchema.parse(sarifOf(difference, '/work/repo')).runs[0];
}

const printOf = ({ partialFingerprints }: ReturnType<typeof sarif>['results'][number]) =>
  partialFingerprints.primaryLocationLineHash;

describe('a difference as SARIF', () => {
  it('has a result for each thing that differs, at the file of the snapshot', () => {
    const { results, tool } = sarif([
      {
        ...SAME,
        component_id: 'a',
        policy: {
          gains: ['may reach "x"', 'may reach "y"'],
          gainKinds: ['network', 'network'],
          losses: ['may no longer reach "z"'],
          patch: '',
        },
      },
      {
        ...SAME,
        component_id: 'b',
        action: 'added',
        code: { from: null, to: CODE, tools: { added: [], removed: [] } },
      },
      {
        ...SAME,
        component_id: 'c',
        tools: [
          {
            name: 't',
            action: 'changed',
            parts: [{ part: 'description', from: 'x', to: '{0}' }],
            unsaid: 0,
            sha256: CODE.sha256,
          },
        ],
        secretNames: { added: ['KEY'], removed: [] },
      },
      { ...SAME, component_id: 'd', policy: { gains: [], gainKinds: [], losses: [], patch: '' } },
    ]);
    expect(results.map(({ ruleId, level, message }) => [ruleId, level, message.text])).toEqual([
      ['permission-gained', 'error', '"a" changed: may reach "x"'],
      ['permission-gained', 'error', '"a" changed: may reach "y"'],
      ['permission-lost', 'warning', '"a" changed: may no longer reach "z"'],
      ['component-added', 'error', '"b" added: code: sha256 aaaaaaaaaaaaaaaa (10 bytes)'],
      ['tool-changed', 'error', '"c" changed: tool "t": description: "x" becomes "{{0}}"'],
      ['secret-changed', 'note', '"c" changed: new secret "KEY"'],
      ['policy-text-changed', 'note', '"d" changed: its policy has another text, which allows the same'],
    ]);
    for (const { ruleId, ruleIndex, locations } of results) {
      expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
      expect(locations[0].physicalLocation.artifactLocation.uri).toBe('state/team%20tools.json');
    }
    expect(new Set(results.map(printOf)).size).toBe(results.length);
  });

  it('is the same alert in the next run, whatever else differs by then', () => {
    const may = (host: string) => `may reach "${host}"`;
    const gaining = (...hosts: string[]) => ({
      ...SAME,
      component_id: 'a',
      policy: {
        gains: hosts.map(may),
        gainKinds: hosts.map(() => 'network' as const),
        losses: [],
        patch: hosts.join(),
      },
    });
    const [before] = sarif([gaining('x')]).results;
    const [other, again] = sarif([gaining('w', 'x')]).results;
    expect(printOf(again!)).toBe(printOf(before!));
    expect(printOf(other!)).not.toBe(printOf(before!));
  });

  it('is another alert where more differs than its message shows', () => {
    const code = (last: string) => ({
      from: CODE,
      to: { ...CODE, sha256: `${'b'.repeat(63)}${last}` },
      tools: { added: [], removed: [] },
    });
    const policy = (patch: string) => ({ gains: [], gainKinds: [], losses: [], patch });
    const added = (digit: string) =>
      ({ name: 't', action: 'added', parts: [], unsaid: 0, sha256: digit.repeat(64) }) as const;
    for (const [one, other] of [
      [{ code: code('1') }, { code: code('2') }],
      [{ policy: policy('# a') }, { policy: policy('# b') }],
      [{ tools: [added('1')] }, { tools: [added('2')] }],
    ] as const) {
      const [first, second] = [one, other].map(
        (part) => sarif([{ ...SAME, component_id: 'a', ...part }]).results[0]!,
      );
      expect(first!.message).toEqual(second!.message);
      expect(printOf(first!)).not.toBe(printOf(second!));
    }
  });

  it('has a result for each component of which something could not be compared', () => {
    const part = { about: 'secrets', why: 'the file cannot be read', hint: 'be somebody else' } as const;
    const running = {
      component_ids: [],
      about: 'running',
      why: 'it does not answer',
      hint: 'close it',
    } as const;
    const { results } = sarif([], undefined, [{ ...part, component_ids: ['a', 'b'] }, running]);
    expect(results.map(({ ruleId, message }) => [ruleId, message.text])).toEqual([
      ['not-compared', '"a": the file cannot be read; be somebody else'],
      ['not-compared', '"b": the file cannot be read; be somebody else'],
      ['not-compared', 'it does not answer; close it'],
    ]);
    expect(new Set(results.map(printOf)).size).toBe(3);
  });

  it('is the same alert in the next run where a window is another process by then, and one for each window', () => {
    const silent = (pid: number) =>
      ({
        component_ids: [],
        about: 'running',
        why: `the Wassette in another window (process ${pid}) does not say what it lists`,
        hint: 'close it',
      }) as const;
    const prints = (...pids: number[]) => sarif([], undefined, pids.map(silent)).results.map(printOf);
    expect(prints(4_711)).toEqual(prints(4_712));
    expect(new Set(prints(4_711, 4_712)).size).toBe(2);
  });

  it('is whole without a result', () => {
    expect(sarif([]).results).toEqual([]);
  });

  // GitHub rejects a file with one address that has another scheme than that of its checkout.
  it.each([
    ['tools', 'tools'],
    ['-', '-'],
    ['./state/a:b.json', 'state/a%3Ab.json'],
    ['..tools.json', '..tools.json'],
    ['file:///work/repo/team%20tools.json', 'team%20tools.json'],
    ['/else/where.json', 'file/else/where.json'],
    ['../where.json', 'file/work/where.json'],
    [`sha256:${'a'.repeat(64)}`, `sha256/${'a'.repeat(64)}`],
    ['oci://registry.example/team:1', 'oci/registry.example/team%3A1'],
    ['s3://bucket/a/../b#c?d', 's3/bucket/a/b%23c%3Fd'],
  ])('of %j is at a path in the checkout, and says what it is of besides', (from, path) => {
    const run = sarif([{ ...SAME, component_id: 'a', secretNames: { added: ['K'], removed: [] } }], from);
    const { uri } = run.results[0]!.locations[0].physicalLocation.artifactLocation;
    expect(uri).toBe(path);
    expect(new URL(uri, 'file:///checkout/').href).toBe(`file:///checkout/${path}`);
    expect(run.properties).toMatchObject({ from });
  });
});

it('the workflow that uploads it has the permissions for that, in a private repository as well', () => {
  const workflow = readFileSync(new URL('../../examples/drift.yml', import.meta.url), 'utf8');
  expect(parse(workflow)).toMatchObject({
    permissions: { contents: 'read', 'security-events': 'write', actions: 'read' },
  });
});
