// Whose a record is: of this process, whatever its host is called by now.
import { expect, it } from 'vitest';
import { currentOwner, isThisProcess } from '../../src/disk/process-owner.ts';
import { nameHost } from '../fixtures/system/shown-system.ts';

it.runIf(process.platform === 'linux')(
  'a record of this process is its own after the host got another name',
  () => {
    const record = currentOwner();
    nameHost('renamed');
    expect(currentOwner().host).toBe('renamed');
    expect(isThisProcess(record)).toBe(true);
  },
);

it('a record of the same number in another container is not', () => {
  const record = currentOwner();
  expect(isThisProcess(record)).toBe(true);
  expect(isThisProcess({ ...record, pid_namespace: 'pid:[1]' })).toBe(false);
  expect(isThisProcess({ ...record, start_time: '1' })).toBe(false);
});
