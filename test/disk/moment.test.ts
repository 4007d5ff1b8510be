// What tells how long ago something was, when the clock may have been set.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  isFrom,
  isToCome,
  type Moment,
  secondsBetween,
  secondsSeen,
  thisMoment,
} from '../../src/disk/moment.ts';

const NOW: Moment = { at: 1_800_000_000, boot: 'one', running: 5_000 };

it('the time that has gone by is the longest that anything tells', () => {
  const later = { at: NOW.at + 100, boot: 'one', running: NOW.running + 200 };
  expect(secondsBetween(NOW, later)).toBe(200);
  expect(secondsBetween(NOW, { ...later, boot: 'another' })).toBe(100);
  expect(secondsBetween(NOW, later, 300)).toBe(300);
  expect(secondsBetween({ ...NOW, boot: null }, { ...later, boot: null })).toBe(100);
});

it('a clock that is set back takes nothing away', () => {
  const setBack = { at: NOW.at - 10_000, boot: 'one', running: NOW.running + 200 };
  expect(secondsBetween(NOW, setBack)).toBe(200);
  expect(secondsBetween(NOW, { ...setBack, boot: 'another' }, 150)).toBe(150);
});

it('what is more than a minute ahead is still to come', () => {
  expect(isToCome({ ...NOW, at: NOW.at + 60 }, NOW)).toBe(false);
  expect(isToCome({ ...NOW, at: NOW.at + 61 }, NOW)).toBe(true);
});

it('the present is told by the clock, the system and the file system alike', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'wassette-state-moment-'));
  const file = path.join(directory, 'file');
  const before = thisMoment();
  writeFileSync(file, '');
  mkdirSync(path.join(directory, 'more'));
  expect(isFrom(before, file)).toBe(true);
  expect(isFrom({ ...before, at: before.at - 120 }, file)).toBe(false);
  expect(isFrom(before, path.join(directory, 'none'))).toBe(false);
  expect(secondsSeen(file, directory)).toBeLessThan(60);
  expect(secondsSeen(path.join(directory, 'none'), directory)).toBe(0);
  expect(secondsBetween(before, thisMoment())).toBeLessThan(60);
});
