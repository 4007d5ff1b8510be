import { expect, it } from 'vitest';
import { nearest } from '../../src/codec/suggestion.ts';

it.each([
  ['weahter', 'weather'],
  ['wether', 'weather'],
  ['Weather', 'weather'],
  ['clok', 'clock'],
  ['b', 'a'],
])('%s is probably %s', (typed, meant) => {
  expect(nearest(typed, ['weather', 'clock', 'a'])).toBe(meant);
});

it.each(['xyzzy', 'weatherman-2', ''])('%j is near nothing that is known', (typed) => {
  expect(nearest(typed, ['weather', 'clock'])).toBeNull();
});

it('the nearest of several known words is suggested, and none where nothing is known', () => {
  expect(nearest('probe2', ['probes3', 'probe1x', 'probe3'])).toBe('probe3');
  expect(nearest('probe', [])).toBeNull();
});
