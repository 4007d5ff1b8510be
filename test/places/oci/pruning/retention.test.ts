// Which snapshots a pruning keeps, and why.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SNAPSHOT } from '../../../../src/places/oci/index-value.ts';
import { keptBy, type Retention } from '../../../../src/places/oci/pruning/retention.ts';
import {
  CREATED,
  type Descriptor,
  MANIFEST_MEDIA_TYPE,
  REF_NAME,
} from '../../../../src/snapshot/oci-manifest.ts';
import { holds } from '../../../fixtures/seed.ts';

/** An entry of the index, as it was written at a time; null for one that does not say when. */
function entry(id: string, time: string | null, name?: string): Descriptor {
  return {
    mediaType: MANIFEST_MEDIA_TYPE,
    digest: id,
    size: 1,
    annotations: {
      [SNAPSHOT]: `sha256:${id}`,
      ...(time === null ? {} : { [CREATED]: time }),
      ...(name === undefined ? {} : { [REF_NAME]: name }),
    },
  };
}

const kept = (rules: Retention, ...entries: Descriptor[]) => Object.fromEntries(keptBy(rules, entries));

describe('a pruning keeps', () => {
  it('what has a name, with each name, and nothing else unless it is asked to', () => {
    const entries = [
      entry('a', '2026-11-25T03:00:00Z', 'nightly'),
      entry('a', '2026-11-25T03:00:00Z', 'good'),
    ];
    expect(kept({}, ...entries, entry('b', '2026-11-24T03:00:00Z'))).toEqual({
      a: ['named nightly', 'named good'],
    });
  });

  it('the last ones, as they were written', () => {
    const entries = ['a', 'b', 'c'].map((id) => entry(id, null));
    expect(kept({ keepLast: 2 }, ...entries)).toEqual({ b: ['last'], c: ['last'] });
  });

  it('the newest of each of the last days, weeks and months that have any', () => {
    const entries = [
      entry('a', '2026-09-30T23:59:59Z'),
      entry('b', '2026-11-20T03:00:00Z'),
      entry('c', '2026-11-22T23:59:59Z'), // a Sunday
      entry('d', '2026-11-23T00:00:00Z'), // the Monday after it
      entry('e', '2026-11-25T03:00:00Z'),
      entry('f', '2026-11-25T21:00:00Z'),
    ];
    expect(kept({ keepDaily: 2, keepWeekly: 2, keepMonthly: 5 }, ...entries)).toEqual({
      f: ['daily 2026-11-25', 'weekly 2026-W48', 'monthly 2026-11'],
      d: ['daily 2026-11-23'],
      c: ['weekly 2026-W47'],
      a: ['monthly 2026-09'],
    });
  });

  it('the newest without a name of a day in which another got one', () => {
    const entries = [
      entry('early', '2026-11-25T01:00:00Z'),
      entry('nightly', '2026-11-25T03:00:00Z'),
      entry('candidate', '2026-11-25T15:00:00Z', 'candidate'),
      entry('other', '2026-11-25T16:00:00Z', 'other'),
      entry('older', '2026-11-24T03:00:00Z'),
    ];
    expect(kept({ keepDaily: 1 }, ...entries)).toEqual({
      nightly: ['daily 2026-11-25'],
      candidate: ['named candidate'],
      other: ['named other', 'daily 2026-11-25'],
    });
  });

  it('of two of one second the one that was written last', () => {
    const entries = ['a', 'b'].map((id) => entry(id, '2026-11-25T03:00:00Z'));
    expect(kept({ keepDaily: 7 }, ...entries)).toEqual({ b: ['daily 2026-11-25'] });
  });

  it('what does not say when it was made, where days are counted', () => {
    expect(kept({ keepWeekly: 1 }, entry('a', null))).toEqual({ a: ['undated'] });
    expect(kept({ keepLast: 0 }, entry('a', null))).toEqual({});
  });

  it.each([
    ['2020-12-31T12:00:00Z', '2020-W53'],
    ['2021-01-03T23:59:59Z', '2020-W53'],
    ['2021-01-04T00:00:00Z', '2021-W01'],
    ['2024-12-30T00:00:00Z', '2025-W01'],
    ['2026-01-01T00:00:00Z', '2026-W01'],
    ['1969-12-28T00:00:00Z', '1969-W52'],
  ])('%s as of the week %s', (time, week) => {
    expect(kept({ keepWeekly: 1 }, entry('a', time))).toEqual({ a: [`weekly ${week}`] });
  });

  it('no fewer when it is asked to keep more', async () => {
    const rules = fc.record({
      keepLast: fc.nat(4),
      keepDaily: fc.nat(4),
      keepWeekly: fc.nat(4),
      keepMonthly: fc.nat(4),
    });
    const entries = fc
      .array(fc.nat(200 * 86_400), { maxLength: 30 })
      .map((times) =>
        times.map((seconds, n) => entry(`${n}`, new Date((1_790_000_000 + seconds) * 1000).toISOString())),
      );
    const property = fc.property(entries, rules, rules, (all, some, more) => {
      const both = Object.fromEntries(
        (Object.keys(some) as (keyof typeof some)[]).map((key) => [key, Math.max(some[key], more[key])]),
      );
      const [few, many] = [keptBy(some, all), keptBy(both, all)];
      for (const [id, because] of few) expect(many.get(id)).toEqual(expect.arrayContaining(because));
      // The newest of all is kept by whatever keeps anything.
      const asks = some.keepDaily + some.keepWeekly + some.keepMonthly > 0;
      expect(few.size > 0).toBe(all.length > 0 && (asks || some.keepLast > 0));
    });
    await holds(property, 100);
  });
});
