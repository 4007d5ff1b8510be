import { describe, expect, it } from 'vitest';
import {
  parseVersion,
  seenWithoutPolicy,
  versionInAnswer,
  widest,
  withoutPolicy,
} from '../../src/policy/wassette-versions.ts';

describe('what having no policy means to a Wassette', () => {
  it.each([
    ['0.3.0', 'everything'],
    ['0.4.0', 'everything'],
    ['0.8.0', 'everything'],
    ['0.8.0+build.7', 'everything'],
    ['0.8.0-rc.1', 'everything'],
    ['0.8.1', 'nothing'],
    ['0.8.1+build', 'nothing'],
    ['0.8.2', 'nothing'],
    ['0.8.10', 'nothing'],
    ['0.9.0', 'nothing'],
    ['0.9.0-alpha', 'nothing'],
    ['0.10.0', 'nothing'],
    ['1.0.0', 'nothing'],
    ['10.0.0', 'nothing'],
    // Made before the release: with the change or without.
    ['0.8.1-rc.1', 'unknown'],
    ['0.8.1-', 'unknown'],
    ['', 'unknown'],
    ['0.8', 'unknown'],
    ['0.8.1.0', 'unknown'],
    ['v0.8.1', 'unknown'],
    ['0.08.1', 'unknown'],
    ['0.8.01', 'unknown'],
    ['-0.8.1', 'unknown'],
    ['0.8.1 ', 'unknown'],
    ['0.8.1\n', 'unknown'],
    ['\uff10.8.1', 'unknown'],
    ['0.8.123456', 'unknown'],
    ['latest', 'unknown'],
    [`0.8.0+${'x'.repeat(1_000_000)}`, 'unknown'],
  ])('of version %j is %j', (version, meaning) => {
    expect(withoutPolicy(parseVersion(version))).toBe(meaning);
  });
});

describe('the version in what a program prints', () => {
  it.each([
    ['0.8.0 version.BuildInfo{RustVersion:"1.97.1", GitTag:"742ebb7"}\n', '0.8.0'],
    ['wassette 0.8.1\n', '0.8.1'],
    ['0.8.1-rc.1+x version.BuildInfo{', '0.8.1-rc.1'],
    ['wassette 0.4.0', '0.4.0'],
  ])('is found: %j', (answer, version) => {
    expect(versionInAnswer(answer)?.text).toBe(version);
  });

  it.each([
    '',
    '\n0.8.1',
    '11.19.1',
    '0.8.1\n',
    '0.8.1 version',
    'uv 0.8.1',
    'wassette',
    'wassette  0.8.1',
    'node v20.1.0',
    'error: 0.8.1',
    'wassette-state 0.8.1',
  ])('is not taken from %j', (answer) => {
    expect(versionInAnswer(answer)).toBeNull();
  });
});

it('what a component sees without a policy is said of each meaning, and of both where it may be either', () => {
  expect(seenWithoutPolicy('everything')).toBe('every environment variable and stored secret');
  expect(seenWithoutPolicy('nothing')).toBe('no environment variable and no stored secret');
  expect(seenWithoutPolicy('unknown')).toContain('0.8.0 or older, none with a newer one');
});

it.each([
  [['nothing', 'everything', 'unknown'], 'everything'],
  [['nothing', 'unknown'], 'unknown'],
  [['nothing', 'nothing'], 'nothing'],
  [[], 'unknown'],
] as const)('of several Wassettes, %j, the one that lets a component see most counts', (meanings, all) => {
  expect(widest(meanings)).toBe(all);
});
