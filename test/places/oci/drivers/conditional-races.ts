// Many writers of the same object, each under a condition that at most one of them can meet.
import { expect, it } from 'vitest';
import type { ObjectDriver } from '../../../../src/places/oci/object-driver.ts';
import { conditionalRaces } from '../racing.ts';

const RACES = 200;

/** @param open gives what gives another driver over the same space each time */
export function testConditionalRaces(name: string, open: () => Promise<() => ObjectDriver>): void {
  it(`${name} has at most one winner in each of ${RACES} races`, async () => {
    expect(await conditionalRaces(await open(), RACES)).toEqual([]);
  });
}
