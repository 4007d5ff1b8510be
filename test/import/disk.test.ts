// Disks that refuse: no right to write, files of another user, no space. The import fails before its commit point and
// the target stays as it was. As root the rights are given up for the time of the work, so that nothing is skipped.

import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportState, exportStateTo, importState, openSnapshot, Snapshot } from '../../src/index.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { fileWithCode } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import {
  isRoot,
  mountSmallDisk,
  openToAll,
  ownedByAnother,
  unprivileged,
  withFileSizeLimit,
} from '../fixtures/system/root.ts';

const BIG = 600_000;
const big = () =>
  Snapshot.fromJson(fileWithCode([{ id: 'big', code: componentBytes('big', BIG), policy: policyText() }]));
const small = () => Snapshot.fromJson(fileWithCode([{ id: 'a' }]));

/** A host whose folders may be used without the rights of root. */
function openHost(): TestHost {
  const host = makeHost();
  const { componentDir, secretsDir, stateDir } = host.locations;
  host.install('mine', { policy: policyText() });
  chmodSync(path.dirname(componentDir), 0o777);
  openToAll(componentDir, secretsDir, stateDir);
  return host;
}

describe('a component directory that we may not write in', () => {
  it('is not imported into, and is read for an export without the lock', async () => {
    const target = openHost();
    const { componentDir } = target.locations;
    chmodSync(componentDir, 0o555);
    const before = target.files();
    await unprivileged(async () => {
      await expect(importState(await small(), { ...target.locations, approval: 'all' })).rejects.toThrow(
        failing('STORE_DENIED'),
      );
      expect((await exportState(target.locations)).document.components).toHaveLength(1);
    });
    chmodSync(componentDir, 0o755);
    expect(target.files()).toEqual(before);
  });

  it('or not even read, is an error for import and export', async () => {
    const target = openHost();
    chmodSync(target.locations.componentDir, 0o000);
    await unprivileged(async () => {
      await expect(importState(await small(), { ...target.locations, approval: 'all' })).rejects.toThrow(
        failing('STORE_DENIED'),
      );
      await expect(exportState(target.locations)).rejects.toThrow(failing('STORE_DENIED'));
    });
    chmodSync(target.locations.componentDir, 0o755);
  });

  it('with code that we may not read, is not exported', async () => {
    const target = openHost();
    const wasm = path.join(target.locations.componentDir, 'mine.wasm');
    chmodSync(wasm, 0o000);
    await unprivileged(() => expect(exportState(target.locations)).rejects.toThrow(failing('STORE_DENIED')));
  });

  it('and a state directory that we may not write in, stop an import', async () => {
    const target = openHost();
    const before = target.files();
    chmodSync(target.locations.stateDir, 0o555);
    await unprivileged(async () => {
      await expect(importState(await small(), { ...target.locations, approval: 'all' })).rejects.toThrow(
        failing('STORE_DENIED'),
      );
      await expect(exportStateTo({}, target.locations)).rejects.toThrow(failing('STORE_DENIED'));
    });
    expect(target.files()).toEqual(before);
    expect(readdirSync(path.join(target.locations.componentDir, '.wassette-state'))).toEqual([]);
  });
});

describe('a component directory of another user', () => {
  it('is not imported into where its files could not be given to that user', async () => {
    const target = openHost();
    const { componentDir } = target.locations;
    const foreign = ownedByAnother(componentDir);
    const before = target.files();
    const own = path.join(foreign, '.wassette-state');
    try {
      await unprivileged(async () =>
        expect(
          importState(await small(), { ...target.locations, componentDir: foreign, approval: 'all' }),
        ).rejects.toThrow(failing('STORE_DENIED')),
      );
      expect(readdirSync(own)).toEqual([]);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
    expect(target.files()).toEqual(before);
  });

  it('gets files of its owner where we are allowed to make them', async () => {
    const target = makeHost();
    const { componentDir } = target.locations;
    const owner = isRoot ? [4242, 4343] : [process.getuid!(), process.getgid!()];
    chownSync(componentDir, owner[0]!, owner[1]!);
    await importState(await small(), { ...target.locations, approval: 'all' });
    const { uid, gid, mode } = lstatSync(path.join(componentDir, 'a.wasm'));
    expect([uid, gid, mode & 0o777]).toEqual([...owner, 0o600]);
  });
});

describe('where no space is left', () => {
  it('for staging, an import changes nothing and leaves nothing', async () => {
    const target = makeHost();
    target.install('mine', { policy: policyText() });
    const before = target.files();
    const snapshot = await big();
    await expect(
      withFileSizeLimit(BIG / 2, () => importState(snapshot, { ...target.locations, approval: 'all' })),
    ).rejects.toThrow(failing('STORE_NO_SPACE'));
    expect(target.files()).toEqual(before);
    expect(readdirSync(path.join(target.locations.componentDir, '.wassette-state'))).toEqual([]);
    const { applied } = await importState(snapshot, { ...target.locations, approval: 'all' });
    expect(applied).toHaveLength(1);
  });

  it('for the undo record, an import changes nothing: what it would replace could not be kept', async () => {
    const target = makeHost();
    target.install('a', { code: componentBytes('large and old', BIG) });
    const before = target.files();
    const snapshot = await small();
    await expect(
      withFileSizeLimit(BIG / 2, () => importState(snapshot, { ...target.locations, approval: 'all' })),
    ).rejects.toThrow(failing('STORE_NO_SPACE'));
    expect(target.files()).toEqual(before);
  });

  it('for an export to the store, no snapshot of it is visible', async () => {
    const target = makeHost();
    target.install('a', { code: componentBytes('x', BIG) });
    await expect(
      withFileSizeLimit(BIG / 2, () => exportStateTo({ name: 'desk' }, target.locations)),
    ).rejects.toThrow(failing('STORE_NO_SPACE'));
    await expect(openSnapshot('desk', target.locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it('because the disk is really full, an import fails, and works once there is space', async () => {
    const target = makeHost();
    const disk = path.join(path.dirname(target.locations.componentDir), 'disk');
    mkdirSync(disk);
    const snapshot = await big();
    const options = {
      ...target.locations,
      componentDir: path.join(disk, 'components'),
      approval: 'all' as const,
    };
    const attempt = () => importState(snapshot, options);
    const filling = mountSmallDisk(disk, 300) ? attempt() : withFileSizeLimit(BIG / 2, attempt);
    await expect(filling).rejects.toThrow(failing('STORE_NO_SPACE'));
    expect(readdirSync(disk)).toEqual([]); // the component directory that was made for it is gone again
  });
});
