// Components that are made to be expensive: each is left out soon. Without limits some would take years, so that the
// time-out of a test is limit enough.
import { describe, expect, it } from 'vitest';
import {
  COMPONENT_PREAMBLE,
  componentOfSections,
  customSection,
  leb128,
  named,
  section,
  vector,
} from '../fixtures/components/component-sections.ts';
import { derive, derivedFile } from '../fixtures/components/derived.ts';

const INSTANCE = 5;
const exportOf = (name: string, sort: number, index: number) => [0, ...named(name), sort, ...leb128(index)];
const exportAs = (sort: number, index: number) => section(11, [1, ...exportOf('x', sort, index), 0]);
/** Instances, each of which holds those before it that `held` names. */
const instances = (count: number, held: (at: number) => number[]) =>
  section(
    5,
    vector(count, (at) => {
      const inside = at === 0 ? [] : held(at);
      return [1, inside.length, ...inside.flatMap((index, n) => exportOf(`n${n}`, INSTANCE, index))];
    }),
  );
/** A function, lifted from nothing, with `count` parameters of the type 0. */
const functionOfMany = (count: number, type: Uint8Array) => [
  section(
    7,
    [2],
    type,
    [0x40],
    vector(count, (at) => [...named(`p${at}`), 0]),
    [1, 0],
  ),
  section(8, [1, 0, 0, 0, 0, 1]),
  exportAs(1, 0),
];
const letters = (at: number) => `n${[...at.toString(26)].join('')}`;
const nestedComponents = (times: number, innermost: Buffer) => {
  let nested = innermost;
  for (let left = times; left > 0; left--) nested = componentOfSections(section(4, nested));
  return nested;
};

const HOSTILE: Record<string, () => Uint8Array> = {
  'types without end': () => componentOfSections(section(7, [0xff, 0xff, 0xff, 0xff, 0x0f])),
  'a section without end': () => componentOfSections(Buffer.from([7, 0xff, 0xff, 0xff, 0xff, 0x0f])),
  'components in components': () => nestedComponents(300, componentOfSections()),
  'many sections in many components': () =>
    nestedComponents(98, componentOfSections(...Array.from({ length: 90_000 }, () => section(7, [0])))),
  'empty custom sections': () => componentOfSections(Buffer.alloc(600_000)),
  // Each twice the one before: 2^40 if written out.
  'tuples of tuples': () =>
    componentOfSections(
      section(
        7,
        vector(42, (at) =>
          at === 0
            ? [0x6f, 2, 0x79, 0x79]
            : at < 41
              ? [0x6f, 2, at - 1, at - 1]
              : [0x40, 1, 1, 0x61, 40, 1, 0],
        ),
      ),
      section(8, [1, 0, 0, 0, 0, 41]),
      exportAs(1, 0),
    ),
  'instances of instances': () =>
    componentOfSections(
      instances(40, (at) => [at - 1, at - 1]),
      exportAs(INSTANCE, 39),
    ),
  'imported instances of instances': () =>
    componentOfSections(
      section(
        7,
        vector(40, (at) =>
          at === 0
            ? [0x42, 0]
            : [
                0x42,
                4,
                ...aliasOfType(at - 1),
                4,
                ...exportOf('a', INSTANCE, 0),
                ...aliasOfType(at - 1),
                4,
                ...exportOf('b', INSTANCE, 1),
              ],
        ),
      ),
      section(10, [1, ...exportOf('x', INSTANCE, 39)]),
    ),
  'a chain of instances': () =>
    componentOfSections(
      instances(100_000, (at) => [at - 1]),
      exportAs(INSTANCE, 99_999),
    ),
  'many names that are looked for': () =>
    componentOfSections(
      section(7, [1, 0x7f]),
      section(
        5,
        [1, 1],
        vector(60_000, (at) => exportOf(letters(at), 3, 0)),
      ),
      section(
        6,
        vector(60_000, () => [3, 0, 0, ...named(letters(59_999))]),
      ),
    ),
  'a type for each byte': () =>
    componentOfSections(section(7, leb128(15_000_000), Buffer.alloc(15_000_000, 0x7f))),
  'a long field in many parameters': () =>
    componentOfSections(
      ...functionOfMany(
        9_000,
        Buffer.concat([Buffer.from([0x72, 1]), Buffer.from(named('a'.repeat(90_000))), Buffer.from([0x79])]),
      ),
    ),
  'many cases in many parameters': () =>
    componentOfSections(
      ...functionOfMany(
        9_000,
        Buffer.concat([Buffer.from([0x6d]), vector(150_000, (at) => named(`a${at}`))]),
      ),
    ),
  'a name of many words': () =>
    componentOfSections(section(7, [1, 0x6d, 1], named(`a${'-1'.repeat(49_000)}_`))),
  'docs that are wide': () =>
    componentOfSections(customSection('package-docs', Buffer.from(`1[${'[],'.repeat(3_000_000)}[]]`))),
  'docs that are deep': () =>
    componentOfSections(
      customSection('package-docs', Buffer.from(`1${'['.repeat(6_000_000)}${']'.repeat(6_000_000)}`)),
    ),
  'docs that are deep and short': () =>
    componentOfSections(
      customSection('package-docs', Buffer.from(`1${'['.repeat(400_000)}${']'.repeat(400_000)}`)),
    ),
  'a component of no bytes in another': () =>
    componentOfSections(section(4, []), Buffer.from(COMPONENT_PREAMBLE)),
};

/** Within an instance type: the instance type of that index outside of it. */
function aliasOfType(index: number): number[] {
  return [2, 3, 2, 1, index];
}

describe('a component with', () => {
  it.each(Object.entries(HOSTILE))('%s is given up early and has no tool list', (_name, make) => {
    const wasm = make();
    expect(derivedFile(wasm)).toBeNull();
    expect(derive(wasm).unlinked).toEqual([]);
  });
});
