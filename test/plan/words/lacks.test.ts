import { expect, it } from 'vitest';
import { lacksInWords } from '../../../src/plan/words/lacks.ts';

it('each thing that a host lacks is one line, with what a snapshot wrote in quotes', () => {
  expect(
    lacksInWords({
      secrets: [{ component_id: 'weather', names: ['TOKEN', 'odd\nname'] }],
      environment: ['CITY'],
      directories: ['/srv/data'],
      tool_collisions: [{ tool: 'fetch', component_ids: ['a', 'b'] }],
    }),
  ).toEqual([
    'secrets of "weather": "TOKEN", "odd\\u000aname"',
    'environment variable "CITY"',
    'directory "/srv/data": calls fail without it',
    'a single component for the tool "fetch": "a", "b" would each have it, so calls of it fail',
  ]);
  expect(lacksInWords({ secrets: [], environment: [], directories: [], tool_collisions: [] })).toEqual([]);
});

it('directories are one line, of a bounded length', () => {
  const said = (count: number) =>
    lacksInWords({
      secrets: [],
      environment: [],
      directories: Array.from({ length: count }, (_, i) => `/${i}`),
      tool_collisions: [],
    });
  expect(said(2)).toEqual(['directories "/0", "/1": calls fail without them']);
  expect(said(22)[0]).toMatch(/"\/19", and 2 more: calls fail without them$/);
});

it('says which secrets the snapshot carries, and what would bring them', () => {
  const nothing = { environment: [], directories: [], tool_collisions: [] };
  const said = (names: string[], sealed: string[]) =>
    lacksInWords({ ...nothing, secrets: [{ component_id: 'a', names, sealed }] });
  const how = 'sealed, for an import that includes secrets and has a key that opens them';
  expect(said(['A'], ['A'])).toEqual([`secrets of "a": "A"; the snapshot carries it, ${how}`]);
  expect(said(['A', 'B'], ['A', 'B'])).toEqual([
    `secrets of "a": "A", "B"; the snapshot carries them, ${how}`,
  ]);
  expect(said(['A', 'B'], ['B'])).toEqual([`secrets of "a": "A", "B"; the snapshot carries "B", ${how}`]);
});
