import { expect, it } from 'vitest';
import { isUnread, type SecretsStore, secretsOf, unionOf } from '../../src/plan/stored-secrets.ts';

const store = (files: Record<string, string[]>, more: Partial<SecretsStore> = {}): SecretsStore => ({
  files: new Map(Object.entries(files)),
  unread: null,
  ...more,
});
const UNREAD = { file: 'weather.yaml', mark: 'hidden' };

it('what is stored in any of several directories counts, and nothing is certain where one cannot be read', () => {
  const both = unionOf([store({ weather: ['KEY', 'A'] }), store({ weather: ['KEY', 'B'], maps: ['C'] })]);
  expect(secretsOf(both, 'weather')).toEqual(['A', 'B', 'KEY']);
  expect(secretsOf(both, 'maps')).toEqual(['C']);
  const hidden = unionOf([store({ weather: ['KEY'] }), store({}, { files: new Map([['weather', UNREAD]]) })]);
  expect(isUnread(secretsOf(hidden, 'weather'))).toBe(true);
  expect(isUnread(secretsOf(unionOf([store({}), store({}, { unread: UNREAD })]), 'maps'))).toBe(true);
  expect(unionOf([]).files.size).toBe(0);
});
