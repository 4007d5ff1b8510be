import { expect, it } from 'vitest';
import { snapshotsIn, stateDirectory } from '../../src/state/directory.ts';

it('our directory is laid out as earlier versions left it', () => {
  const host = '/state/hosts/e49bf947a6ccbb550004245e02b3f0ac';
  expect(stateDirectory({ stateDir: '/state', componentDir: '/components' })).toEqual({
    root: '/state',
    componentDir: '/components',
    plans: '/state/plans',
    signers: '/state/signers',
    approvals: '/state/approvals',
    applying: '/state/applying',
    origins: '/state/sources',
    audit: '/state/audit',
    registries: '/state/registries',
    hosts: '/state/hosts',
    host,
    journal: `${host}/journal.json`,
    hashes: `${host}/hashes.json`,
    approvalTimes: `${host}/approval-times.json`,
    undo: `${host}/undo`,
    running: `${host}/running`,
    sockets: '/state/sockets',
    native: '/state/native',
    scratch: '/state/scratch',
  });
  expect(snapshotsIn('/state')).toBe('/state/snapshots');
});
