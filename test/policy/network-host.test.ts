import { describe, expect, it } from 'vitest';
import { hostOddity, reachesOf, reachInWords } from '../../src/policy/network-host.ts';
import { HOST_TABLE } from '../fixtures/tables/host-table.ts';

const reachOf = (grant: Parameters<typeof reachesOf>[0][number]) => reachesOf([grant])[0]!;

describe('what Wassette reaches by a network host (F-8)', () => {
  it.each(HOST_TABLE)('is for the entry $entry: may $may', ({ entry, may, accepted }) => {
    expect(reachInWords(reachOf({ host: entry }))).toBe(may);
    expect(hostOddity(entry) === null).toBe(accepted);
  });

  it('is known of a host as of its normal form', () => {
    for (const { entry } of HOST_TABLE) {
      const { kind, text } = reachOf({ host: entry });
      if (kind !== 'unknown') expect(reachOf({ host: text })).toMatchObject({ kind, text });
    }
  });

  it('is nothing for a cidr entry, whatever it says', () => {
    expect(reachOf({ cidr: '127.0.0.0/8' })).toEqual({ kind: 'nothing', text: 'cidr 127.0.0.0/8' });
  });

  it('is said once of several entries that reach the same', () => {
    const words = (...entries: string[]) =>
      reachesOf(entries.map((host) => ({ host }))).map((reach) => reachInWords(reach));
    expect(words('A', 'a', 'https://a', 'http://b', 'HTTP://B/')).toEqual([
      'reach "a"',
      'reach "b" over http',
    ]);
    expect(words('127.0.0.1', '127.0.0.1:80', '127.1')).toEqual(['reach "127.0.0.1" on every port']);
    expect(words('*.A', '*.a', '*')).toEqual([
      'reach nothing through the entry "*.a"',
      'reach nothing through the entry "*"',
    ]);
  });
});
