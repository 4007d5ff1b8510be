import { describe, expect, it } from 'vitest';
import {
  allowsGrant,
  enclosingProtected,
  forbiddenBecause,
  isOfProcess,
  isWithin,
  storageUrisOf,
  writtenPath,
} from '../../src/plan/directory-grants.ts';
import { directoryOf, permissionsOf, policyWith } from '../fixtures/plan.ts';

const dirs = [
  { name: 'component directory', path: '/data/wassette/components' },
  { name: 'secrets directory', path: '/config/wassette/secrets' },
  { name: 'state directory', path: '/state/wassette-state' },
] as const;
const grant = (real: string, more = {}) => directoryOf(`fs://${real}`, more)[1];

describe('the path of a storage URI', () => {
  it.each([
    ['fs:///srv/data', '/srv/data'],
    ['fs://data', 'data'],
    ['fs://', ''],
    ['fs:////srv/', '//srv/'],
    ['fs://fs://x', 'fs://x'],
  ])('of %s is %j', (uri, written) => {
    expect(writtenPath(uri)).toBe(written);
  });

  it.each([
    'https://x/y',
    'file:///srv',
    'FS:///srv',
    'Fs://srv',
    ' fs://srv',
    'fs:/srv',
    'fs:srv',
    'srv',
    '',
  ])('is none in %j, for which Wassette opens nothing', (uri) => {
    expect(writtenPath(uri)).toBeNull();
  });
});

describe('a grant that no import may newly bring (F-8)', () => {
  it.each([
    ['the component directory itself', '/data/wassette/components', 'component'],
    ['the parent of the component directory', '/data/wassette', 'component'],
    ['the root', '/', 'component'],
    ['the secrets directory', '/config/wassette/secrets', 'secrets'],
    ['a folder in the secrets directory', '/config/wassette/secrets/x', 'secrets'],
    ['the parent of the secrets directory', '/config/wassette', 'secrets'],
    ['a folder in the state directory', '/state/wassette-state/snapshots/blobs', 'state'],
    ['our folder in the component directory', '/data/wassette/components/.wassette-state', 'component'],
    ['a folder in that', '/data/wassette/components/.wassette-state/staging-1', 'component'],
    ['a folder in which Wassette prepares a load', '/data/wassette/components/.tmpAb12cD', 'component'],
    ['the transactions of a newer Wassette', '/data/wassette/components/.transactions/op-1', 'component'],
  ])('is %s', (_what, real, name) => {
    expect(forbiddenBecause(grant(real), dirs)).toMatch(`reaches the ${name} directory "`);
    expect(forbiddenBecause(grant('/written', { real }), dirs)).toMatch(`reaches the ${name} directory "`);
  });

  it.each([
    '/srv',
    '/data/wassette/components2',
    '/data/wassette/component',
    '/data/wassette/..components',
    '/data/wassette/components/data',
    '/data/wassette/components/workspace/**',
    '/data/wassette/components/downloads',
    '/data/wassette/components/x.wasm',
    '/data/wassette/components/.cache',
    '/data/wassette/components/data/.wassette-state',
    '/config/wassette/secrets2',
  ])('is not %s', (real) => {
    expect(forbiddenBecause(grant(real), dirs)).toBeNull();
  });

  it.each(['..', '../data', '/srv/../data', 'data/..', 'data/../', '/..'])(
    'is any with "..": %s',
    (written) => {
      expect(forbiddenBecause(grant('/srv', { written }), dirs)).toBe('leads through ".."');
    },
  );

  it.each(['...', '..data', 'data..', '/srv/..x/y'])('is not one whose names only look so: %s', (written) => {
    expect(forbiddenBecause(grant('/srv', { written }), dirs)).toBeNull();
  });

  it('is one that leads through a place of the process', () => {
    expect(forbiddenBecause(grant('/srv', { ofProcess: '/proc/self' }), dirs)).toBe(
      'leads through "/proc/self", which is another place for every process',
    );
    for (const place of ['/proc', '/proc/1/cwd', '/dev/fd', '/dev/fd/3'])
      expect(isOfProcess(place)).toBe(true);
    for (const place of ['/process', '/dev', '/dev/fd0', '/srv/proc', '/'])
      expect(isOfProcess(place)).toBe(false);
  });
});

it('a file is not written where rights are kept, however deep', () => {
  expect(enclosingProtected('/data/wassette/components/data/x.json', dirs)).toBe(dirs[0]);
  expect(enclosingProtected('/data/wassette/x.json', dirs)).toBeNull();
});

it('a path lies within itself and its ancestors, not beside them', () => {
  expect(isWithin('/a/b', '/a/b')).toBe(true);
  expect(isWithin('/a/b/c', '/a/b')).toBe(true);
  expect(isWithin('/a/..b', '/a')).toBe(true);
  expect(isWithin('/a', '/a/b')).toBe(false);
  expect(isWithin('/a/bc', '/a/b')).toBe(false);
  expect(isWithin('/x', '/a')).toBe(false);
});

it('only allow entries are URIs that grant something', () => {
  const permissions = permissionsOf(
    policyWith(
      'storage: { allow: [{ uri: "fs:///a", access: [read] }], deny: [{ uri: "fs:///b", access: [read] }] }',
    ),
  );
  expect(storageUrisOf(permissions)).toEqual(['fs:///a']);
  expect(storageUrisOf('none')).toEqual([]);
  expect(allowsGrant(permissions, { uri: 'fs:///a', access: ['read'] })).toBe(true);
  expect(allowsGrant(permissions, { uri: 'fs:///a', access: ['read', 'write'] })).toBe(false);
  expect(allowsGrant(permissions, { uri: 'fs:///b', access: ['read'] })).toBe(false);
  expect(allowsGrant('unreadable', { uri: 'fs:///a', access: ['read'] })).toBe(false);
});
