// Laws of a merge, over generated states of a few components and entries, so that both sides often touch the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceBetween } from '../../../src/policy/gains.ts';
import { type Document, readDocument } from '../../../src/snapshot/document.ts';
import { mergedDocument, type Settlement } from '../../../src/snapshot/merge/documents.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';

const IDS = ['a', 'b', 'c-1', 'D.x'];
const NAMES = ['K', 'L', 'M'];
/** Hosts in several spellings, with what each reaches. */
const REACHED: Record<string, string[]> = {
  k: ['http://k', 'https://k'],
  'K/': ['http://k', 'https://k'],
  'https://k': ['https://k'],
  'http://K:80': ['http://k'],
  'k:80': [],
  'l.example': ['http://l.example', 'https://l.example'],
  'HTTPS://L.example/': ['https://l.example'],
  m: ['http://m', 'https://m'],
};
const HOSTS = Object.keys(REACHED);

/** What a policy names. */
interface Entries {
  environment: string[];
  network: string[];
  /** Hosts that it denies. */
  denied: string[];
  /** Variables that it would deny, if Wassette read that. */
  unread: string[];
}
/** A component of a generated state: its code by name, and what it may reach; null entries for no policy. */
interface Sketch {
  code: string;
  entries: Entries | null;
}
type Sketches = ReadonlyMap<string, Sketch | null>;

const entries: fc.Arbitrary<Entries> = fc.record({
  environment: fc.subarray(NAMES),
  network: fc.subarray(HOSTS, { maxLength: 4 }),
  denied: fc.subarray(HOSTS, { maxLength: 2 }),
  unread: fc.subarray(NAMES, { maxLength: 1 }),
});
/** What somebody adds or takes away: little, so that much is left to join. */
const flips: fc.Arbitrary<Entries> = fc.record({
  environment: fc.subarray(NAMES, { maxLength: 1 }),
  network: fc.subarray(HOSTS, { maxLength: 2 }),
  denied: rarely(fc.subarray(HOSTS, { maxLength: 1 })),
  unread: rarely(fc.subarray(NAMES, { maxLength: 1 })),
});

function rarely(list: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: list });
}

function flipped(before: Entries, now: Entries): Entries {
  const each = (all: readonly string[], field: keyof Entries) =>
    all.filter((name) => before[field].includes(name) !== now[field].includes(name));
  return {
    environment: each(NAMES, 'environment'),
    network: each(HOSTS, 'network'),
    denied: each(HOSTS, 'denied'),
    unread: each(NAMES, 'unread'),
  };
}

function policyOf({ environment, network, denied, unread }: Entries): string {
  const list = (names: readonly string[]) => names.map((name) => `    - host: ${JSON.stringify(name)}\n`);
  const hidden = unread.length === 0 ? '' : `    deny: [${unread.join(', ')}]\n`;
  const allowing = policyText({ environment, network }).replace('  network:', `${hidden}  network:`);
  return denied.length === 0 ? allowing : `${allowing}    deny:\n${list(denied).join('')}`;
}

const sketch = fc.record({ code: fc.constantFrom('one', 'two'), entries: fc.option(entries, { freq: 5 }) });
const wholeState: fc.Arbitrary<Sketches> = fc
  .tuple(...IDS.map(() => fc.option(sketch, { freq: 4 })))
  .map((all) => new Map(IDS.map((id, i) => [id, all[i]!])));

/** A state that somebody made of `base`: most components as they were, some with other entries, code, or none. */
function changed(base: Sketches): fc.Arbitrary<Sketches> {
  const kept = (id: string) => fc.constant(base.get(id) ?? null);
  const regranted = (id: string) =>
    flips.map((now) => {
      const before = base.get(id) ?? null;
      return before === null || before.entries === null
        ? before
        : { ...before, entries: flipped(before.entries, now) };
    });
  const recoded = (id: string) =>
    fc.constantFrom('two', 'three').map((code) => {
      const before = base.get(id) ?? null;
      return before && { ...before, code };
    });
  const one = (id: string) =>
    fc.oneof(
      { weight: 4, arbitrary: kept(id) },
      { weight: 3, arbitrary: regranted(id) },
      { weight: 1, arbitrary: recoded(id) },
      { weight: 1, arbitrary: fc.option(sketch) },
    );
  return fc
    .tuple(...IDS.map(one))
    .map((all) => new Map(IDS.map((id, i) => [id, (all[i] ?? null) as Sketch | null])));
}

function documentFrom(sketches: Sketches): Document {
  const made = [...sketches].flatMap(([id, each]) =>
    each === null
      ? []
      : { id, code: componentBytes(each.code), ...(each.entries && { policy: policyOf(each.entries) }) },
  );
  return readDocument(documentOf(made.sort((a, b) => (a.id < b.id ? -1 : 1))));
}

/** A state, and `sides` that were made of it. */
function madeOfOne<T extends Document[]>(sides: number): fc.Arbitrary<T> {
  return wholeState
    .chain((base) => fc.tuple(fc.constant(base), ...Array.from({ length: sides }, () => changed(base))))
    .map((all) => all.map(documentFrom) as T);
}

const merge = (
  base: Document | null,
  ours: Document,
  theirs: Document,
  settled = new Map<string, Settlement>(),
) => mergedDocument({ base, ours, theirs }, settled);
const stateOf = (merged: ReturnType<typeof merge>) => merged.document?.tree.state_digest ?? null;
/** What each component may do, and with which code. */
const rightsOf = (document: Document) =>
  new Map(
    document.tree.components.map((component) => [
      component.component_id,
      { code: component.artifact.sha256, rights: document.policyOf(component)?.rights ?? ('none' as const) },
    ]),
  );
/** What a component of `document` may do that no component of that id in `others` may. */
function widerThanAll(document: Document, others: readonly Document[]): string[] {
  return [...rightsOf(document)].flatMap(([id, { rights }]) => {
    const gains = others.map((other) =>
      differenceBetween(rightsOf(other).get(id)?.rights ?? null, rights).gains.map((gain) =>
        JSON.stringify(gain),
      ),
    );
    return (gains[0] ?? []).filter((gain) => gains.every((each) => each.includes(gain)));
  });
}

/** What a component may reach, or is denied; null where it has no policy, or is not there. */
function reached(document: Document, id: string, list: 'allow' | 'deny' = 'allow'): Set<string> | null {
  const rights = rightsOf(document).get(id)?.rights;
  if (typeof rights !== 'object') return null;
  return new Set(rights.network[list].flatMap((grant) => ('host' in grant ? REACHED[grant.host]! : [])));
}

function reachedAndDenied(document: Document, id: string): Set<string> {
  const denied = reached(document, id, 'deny');
  return new Set([...(reached(document, id) ?? [])].filter((each) => denied?.has(each)));
}

describe('a merge', () => {
  it('of a snapshot with itself is that snapshot, with a base and without', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document]>(1), ([base, ours]) => {
        expect(stateOf(merge(base, ours, ours))).toBe(ours.tree.state_digest);
        expect(stateOf(merge(null, ours, ours))).toBe(ours.tree.state_digest);
      }),
    );
  });

  it('with a side that changed nothing is the other side', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document]>(1), ([base, changed]) => {
        expect(stateOf(merge(base, changed, base))).toBe(changed.tree.state_digest);
        expect(stateOf(merge(base, base, changed))).toBe(changed.tree.state_digest);
      }),
    );
  });

  it('gives the same rights, or the same conflicts, when the sides are swapped', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document, Document]>(2), ([base, ours, theirs]) => {
        const [one, other] = [merge(base, ours, theirs), merge(base, theirs, ours)];
        expect(one.document && rightsOf(one.document)).toEqual(other.document && rightsOf(other.document));
        const ids = (merged: typeof one) => merged.conflicts?.map(({ component_id }) => component_id);
        expect(ids(one)).toEqual(ids(other));
      }),
      { numRuns: 100 },
    );
  });

  it('in any order gives the same rights where nothing is in conflict', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document, Document, Document]>(3), ([base, a, b, c]) => {
        const [ab, bc] = [merge(base, a, b), merge(base, b, c)];
        if (ab.document === null || bc.document === null) return;
        const [left, right] = [merge(base, ab.document, c), merge(base, a, bc.document)];
        if (left.document === null || right.document === null) return;
        expect(rightsOf(left.document)).toEqual(rightsOf(right.document));
      }),
      { numRuns: 100 },
    );
  });

  it('never allows a component what it may do on neither side', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        madeOfOne<[Document, Document, Document]>(2),
        (isKnown, [base, ours, theirs]) => {
          const { document } = merge(isKnown ? base : null, ours, theirs);
          if (document !== null) expect(widerThanAll(document, [ours, theirs])).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never allows again what one side has taken away, however the other has written it', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document, Document]>(2), ([base, ours, theirs]) => {
        const { document } = merge(base, ours, theirs);
        for (const id of IDS) {
          const before = reached(base, id);
          const after = document && reached(document, id);
          const [here, there] = [reached(ours, id), reached(theirs, id)];
          if (before === null || after === null || here === null || there === null) continue;
          const revoked = [...before].filter((each) => !here.has(each) || !there.has(each));
          expect(revoked.filter((each) => after.has(each))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never allows what one side denies, unless a side did both', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document, Document]>(2), ([base, ours, theirs]) => {
        const { document } = merge(base, ours, theirs);
        for (const id of document === null ? [] : IDS) {
          const known = [ours, theirs].flatMap((side) => [...reachedAndDenied(side, id)]);
          for (const each of reachedAndDenied(document!, id)) expect(known).toContain(each);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never gives new code of one side what the other side alone has granted', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document, Document]>(2), ([base, ours, theirs]) => {
        const { document } = merge(base, ours, theirs);
        for (const [id, { code, rights }] of document === null ? [] : rightsOf(document)) {
          const known = [ours, theirs].map((side) => rightsOf(side).get(id));
          const withCode = known.filter((side) => side?.code === code);
          const granted = withCode.map((side) => differenceBetween(side!.rights, rights).gains);
          const isNew = rightsOf(base).get(id)?.code !== code;
          if (isNew && withCode.length === 1) expect(granted).toEqual([[]]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('that is settled by the narrower is wider than neither side', () => {
    fc.assert(
      fc.property(madeOfOne<[Document, Document, Document]>(2), ([base, ours, theirs]) => {
        const { conflicts } = merge(base, ours, theirs);
        const narrower = new Map(conflicts?.map(({ component_id }) => [component_id, 'narrower' as const]));
        const { document } = merge(base, ours, theirs, narrower);
        if (document === null) return;
        for (const id of narrower.keys()) {
          const only = (all: Document) => rightsOf(all).get(id)?.rights ?? null;
          for (const side of [ours, theirs])
            expect(differenceBetween(only(side), only(document)).gains).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
