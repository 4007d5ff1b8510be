import { describe, expect, it } from 'vitest';
import { findProtected, grantedPath, isWithin, storageUris } from '../../src/model/directory-grants.ts';
import { permissionsOf, policyWith } from '../fixtures/plan.ts';

const dirs = [
  { name: 'component directory', path: '/data/wassette/components' },
  { name: 'secrets directory', path: '/config/wassette/secrets' },
] as const;
const grant = (path: string, real = path) => ({ uri: 'fs://x', path, real, exists: true });

describe('the directory a storage URI means', () => {
  it.each([
    ['fs:///srv/data', '/srv/data'],
    ['fs:///srv/../etc', '/etc'],
    ['fs://data', '/data/wassette/components/data'],
    ['fs://.', '/data/wassette/components'],
    ['fs://', '/data/wassette/components'],
    ['fs://..', '/data/wassette'],
    ['fs://../../..', '/'],
    ['fs:////srv', '/srv'],
    ['fs:///', '/'],
  ])('%s is %s', (uri, directory) => {
    expect(grantedPath(uri, '/data/wassette/components')).toBe(directory);
  });

  it.each(['https://x/y', 'file:///srv', 'srv', ''])('%j is none', (uri) => {
    expect(grantedPath(uri, '/data/wassette/components')).toBeNull();
  });
});

describe('reaching a protected directory (F-8)', () => {
  it.each([
    ['the directory itself', grant('/data/wassette/components')],
    ['a folder in it', grant('/data/wassette/components/x/y')],
    ['its parent', grant('/data/wassette')],
    ['the root', grant('/')],
    ['a link that leads there', grant('/srv/link', '/data/wassette/components')],
    ['a link out of it', grant('/data/wassette/components/out', '/srv')],
  ])('is found for %s', (_what, granted) => {
    expect(findProtected(granted, dirs)).toBe(dirs[0]);
  });

  it('is found for every protected directory', () => {
    expect(findProtected(grant('/config'), dirs)).toBe(dirs[1]);
  });

  it.each(['/srv', '/data/wassette/components2', '/data/wassette/component', '/data/wassette/..components'])(
    'is not found for %s',
    (path) => {
      expect(findProtected(grant(path), dirs)).toBeNull();
    },
  );
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
  expect(storageUris(permissions)).toEqual(['fs:///a']);
});
