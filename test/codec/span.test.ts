// Spans of time, which every option for one takes alike.
import { expect, it } from 'vitest';
import { secondsIn } from '../../src/codec/span.ts';

it.each([
  ['90m', 5_400],
  ['12h', 43_200],
  ['7d', 604_800],
  ['0d', 0],
  ['999999d', 86_399_913_600],
  ['1000000d', null],
  ['01h', null],
  ['-1h', null],
  ['1.5h', null],
  ['12', null],
  ['h', null],
  ['1w', null],
  ['1H', null],
  [' 1h', null],
  ['', null],
])('%j is %j seconds', (text, seconds) => expect(secondsIn(text)).toBe(seconds));
