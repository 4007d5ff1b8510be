// What holds for every value, not only for examples.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../src/codec/canonical-json.ts';
import { safeText } from '../src/codec/safe-text.ts';
import { exportState, importState, planImportState, undoImport } from '../src/index.ts';
import type { PlanStep } from '../src/plan/step.ts';
import { valueInWords } from '../src/plan/words/changes.ts';
import { describeSteps } from '../src/plan/words/sentences.ts';
import { type Ability, findGains, gained, type RightsChange } from '../src/policy/gains.ts';
import { reachesOf } from '../src/policy/network-host.ts';
import { assertComponentId, findIdClash, secretProjection } from '../src/snapshot/component-id.ts';
import { stateDigest } from '../src/snapshot/state-digest.ts';
import { narrowings, permissions, reordered, type Sketch, states } from './fixtures/arbitrary.ts';
import { componentBytes } from './fixtures/components/component.ts';
import { makeHost, type TestHost } from './fixtures/host.ts';
import { fileOf } from './fixtures/plan.ts';
import { holds } from './fixtures/seed.ts';

describe('the canonical form (F-2.3)', () => {
  it('does not depend on the order of keys', () =>
    holds(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalBytes(reordered(value))).toEqual(canonicalBytes(value));
      }),
      300,
    ));

  it('is idempotent', () =>
    holds(
      fc.property(fc.jsonValue(), (value) => {
        const once = canonicalBytes(value);
        expect(canonicalBytes(JSON.parse(once.toString('utf8')))).toEqual(once);
      }),
      300,
    ));
});

it('the state digest does not depend on the order of components (F-2.4)', () =>
  holds(
    fc.property(
      states.chain((made) =>
        fc.tuple(fc.constant(made), fc.shuffledSubarray(made, { minLength: made.length })),
      ),
      ([made, shuffled]) => {
        const digest = (list: typeof made) =>
          stateDigest(list.map(({ id, policy }) => ({ component_id: id, artifact: fileOf(id), policy })));
        expect(digest(shuffled)).toBe(digest(made));
      },
    ),
    200,
  ));

describe('what policies gain (F-8)', () => {
  it('is something from A to B and nothing back, when A is strictly inside B', () =>
    holds(
      fc.property(permissions, (larger) => {
        for (const smaller of narrowings(larger)) {
          expect(findGains(smaller, larger).length).toBeGreaterThan(0);
          expect(findGains(larger, smaller)).toEqual([]);
        }
      }),
      200,
    ));

  it('in two steps covers what they gain in one', () =>
    holds(
      fc.property(permissions, permissions, permissions, (a, b, c) => {
        const kindAndValue = (gains: RightsChange[]) =>
          gains
            .filter((g) => g.kind !== 'limit' && g.kind !== 'runtime')
            .map((g) => `${g.kind} ${g.subject}`);
        const stepwise = new Set([...kindAndValue(findGains(a, b)), ...kindAndValue(findGains(b, c))]);
        for (const gain of kindAndValue(findGains(a, c))) expect(stepwise).toContain(gain);
      }),
      200,
    ));
});

describe('sentences (F-9.2)', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a',
      'b',
      'a", "b',
      '"',
      '\\',
      ' may reach "x"',
      '\u202e',
      '\n',
      'x'.repeat(90),
      `${'x'.repeat(90)}y`,
    ),
  );
  const kind = fc.constantFrom(
    'network',
    'read',
    'write',
    'environment',
    'ipc',
    'deny-removed',
    'limit',
    'runtime',
    'secrets',
  );
  const gain = fc.tuple(kind, text).map(([of, value]): RightsChange => {
    switch (of) {
      case 'network': {
        const reach = reachesOf([{ host: value }])[0]!;
        return { kind: of, subject: reach.text, from: null, to: reach, enforced: true };
      }
      case 'limit':
        return { kind: of, subject: 'memory', from: value.length, to: null, enforced: true };
      case 'runtime':
        return { kind: of, subject: 'runtime', from: null, to: value, enforced: false };
      default:
        return gained(of as Ability, value);
    }
  });
  const step = (component_id: string, gains: readonly RightsChange[]): PlanStep => {
    const none = { old: null, new: null };
    const wasm = { old: null, new: fileOf('code') };
    return {
      component_id,
      action: 'add',
      wasm,
      policy: none,
      policyMeta: none,
      secrets: none,
      gains,
      losses: [],
    };
  };
  const gains = fc.uniqueArray(gain, { maxLength: 4, selector: (g) => `${g.kind} ${valueInWords(g)}` });

  it('are printable ASCII on one line, whatever the snapshot says', () =>
    holds(
      fc.property(text, gains, (id, list) => {
        for (const { text } of describeSteps([step(id, list)], new Map()))
          expect(text).toMatch(/^[\x20-\x7e]+$/);
      }),
      300,
    ));

  it('are the same for two plans only when the plans allow the same', () =>
    holds(
      fc.property(gains, gains, gains, gains, (a1, b1, a2, b2) => {
        // Two components with plain ids; what each gains is free.
        const texts = (a: RightsChange[], b: RightsChange[]) =>
          describeSteps([step('a', sorted(a)), step('b', sorted(b))], new Map())
            .map((s) => s.text)
            .sort();
        const said = (a: RightsChange[], b: RightsChange[]) => JSON.stringify([sorted(a), sorted(b)]);
        expect(JSON.stringify(texts(a1, b1)) === JSON.stringify(texts(a2, b2))).toBe(
          said(a1, b1) === said(a2, b2),
        );
      }),
      500,
    ));

  function sorted(list: readonly RightsChange[]): RightsChange[] {
    const key = (gain: RightsChange) => `${gain.kind} ${valueInWords(gain)}`;
    return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
});

it('safe text never holds what is invisible or moves the cursor', () =>
  holds(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    300,
  ));

function isAllowed(id: string): boolean {
  try {
    assertComponentId(id, 'here');
    return true;
  } catch {
    return false;
  }
}

it('ids that are allowed and do not clash have files and secrets of their own (F-3.3)', () =>
  holds(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9._-]{1,6}$/), { maxLength: 5 }), (ids) => {
      const allowed = ids.filter(isAllowed);
      fc.pre(findIdClash(allowed) === null);
      expect(new Set(allowed.map((id) => id.toLowerCase())).size).toBe(allowed.length);
      expect(new Set(allowed.map((id) => secretProjection(id).toLowerCase())).size).toBe(allowed.length);
    }),
    300,
  ));

describe('the verbs on real directories', () => {
  const fill = (host: TestHost, made: readonly Sketch[]) => {
    for (const { id, payload, policy } of made)
      host.install(id, { code: componentBytes(payload), ...(policy === null ? {} : { policy }) });
  };

  it('after an import planning again is empty, and undo brings back what was there', () =>
    holds(
      fc.asyncProperty(states, states, fc.boolean(), async (there, here, removeExtra) => {
        const source = makeHost();
        const target = makeHost();
        fill(source, there);
        fill(target, here);
        const before = target.files();
        const snapshot = await exportState({ ...source.locations, allowEmpty: true });
        const options = { ...target.locations, removeExtra };
        const { importId } = await importState(snapshot, { ...options, approval: 'all' });
        const again = await planImportState(snapshot, options);
        expect(again.steps.filter((step) => step.action !== 'unchanged')).toEqual([]);
        expect(again.sentences).toEqual([]);
        if (removeExtra)
          expect((await exportState({ ...options, allowEmpty: true })).stateDigest).toBe(
            snapshot.stateDigest,
          );
        if (importId === null) expect(target.files()).toEqual(before);
        else {
          await undoImport({ ...target.locations, approval: 'all' });
          expect(target.files()).toEqual(before);
        }
      }),
      20,
    ));
});
