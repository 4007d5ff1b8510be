import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobsOf } from '../../../src/disk/blobs/blobs.ts';
import { StoreError } from '../../../src/errors.ts';
import { writeJournal } from '../../../src/state/journal.ts';
import { rememberSigners, signersOfName } from '../../../src/state/signers.ts';
import { nextToUndo, readUndoRecords } from '../../../src/state/undo-records.ts';
import { abandonImport } from '../../../src/wassette/directory/recovery.ts';
import { Staging } from '../../../src/wassette/directory/staging.ts';
import { failing } from '../../fixtures/failing.ts';
import type { TestHost } from '../../fixtures/host.ts';
import {
  decidingFiles,
  filesOf,
  leftoversOf,
  NEW,
  OLD,
  oldHost,
  read,
  recoverImport,
  requestFor,
  restore,
  restoreUntilCommitted,
} from '../../fixtures/restoring.ts';

const held = () => undefined;
const at = (host: TestHost, name: string) => path.join(host.locations.componentDir, name);
const recover = (host: TestHost) => recoverImport(host, held);
const interrupted = (file: string) =>
  failing('STORE_INTERRUPTED', { details: expect.objectContaining({ file }) });
async function toUndo({ state }: TestHost): Promise<string | undefined> {
  return nextToUndo(await readUndoRecords(state))?.import_id;
}

describe('an import (F-10)', () => {
  it('adds, replaces, grants and removes, leaves nothing of its own, and can be taken back', async () => {
    const host = oldHost();
    const id = await restore(host, requestFor(host), held);
    expect(decidingFiles(host)).toEqual(filesOf(NEW));
    expect(leftoversOf(host)).toEqual([]);
    expect(await toUndo(host)).toBe(id);
  });

  it('removes caches where the code changes and leaves the others, code and all', async () => {
    const host = oldHost();
    const before = lstatSync(at(host, 'regranted.wasm'), { bigint: true });
    await restore(host, requestFor(host), held);
    const caches = Object.keys(host.files()).filter((name) => /\.(cwasm|metadata\.json)$/.test(name));
    expect(caches).toEqual(
      ['regranted', 'same', 'trusted'].flatMap((id) => [`${id}.cwasm`, `${id}.metadata.json`]),
    );
    const { ino, mtimeNs, ctimeNs } = lstatSync(at(host, 'regranted.wasm'), { bigint: true });
    expect({ ino, mtimeNs, ctimeNs }).toEqual({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
      ctimeNs: before.ctimeNs,
    });
  });

  const failure = new StoreError('STORE_IO', 'no more');
  const fail = () => Promise.reject(failure);
  it.each([
    [
      'its code cannot be read',
      {
        code: {
          has: fail,
          source: () => {
            throw failure;
          },
        },
      },
    ],
    ['what it replaces cannot be kept', { keeper: { blobs: blobsOf([]), putBlobs: fail } }],
    ['it is given up in time', { signal: AbortSignal.abort(failure) }],
  ])('changes nothing and leaves nothing when %s', async (_, changed) => {
    const host = oldHost();
    const before = host.files();
    await expect(restore(host, requestFor(host, changed), held)).rejects.toBe(failure);
    expect(host.files()).toEqual(before);
    expect(leftoversOf(host)).toEqual([]);
    expect(await toUndo(host)).toBeUndefined();
  });

  it('that lost the lock changes nothing, least of all the import of whoever has it now', async () => {
    const host = oldHost();
    const { componentDir } = host.locations;
    const other = new Staging(host.locations, 'fedcba9876543210', []);
    const theirs = async () => {
      await other.create(host.state);
      await writeJournal(host.state, {
        import_id: other.importId,
        component_dir: componentDir,
        changes: [],
        plan: null,
        reverts: null,
        remembers: null,
        secrets_dir: null,
      });
    };
    const before = host.files();
    const lost = () => {
      throw new StoreError('STORE_LOCKED', 'the lock was taken away');
    };
    const request = requestFor(host);
    const { keeper } = request;
    const putBlobs: typeof keeper.putBlobs = async (sources, options) => {
      await keeper.putBlobs(sources, options);
      await theirs();
    };
    const asked = { ...request, keeper: { blobs: keeper.blobs, putBlobs } };
    await expect(restore(host, asked, lost)).rejects.toThrow(failing('STORE_LOCKED'));
    expect(host.files()).toEqual(before);
    expect(existsSync(other.folderIn('componentDir'))).toBe(true);
    expect(existsSync(host.state.journal)).toBe(true);
  });

  it('is not begun beside a damaged undo record, because it could not be finished', async () => {
    const host = oldHost();
    const folder = host.state.undo;
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, '1.json'), '{"version":1');
    await expect(restore(host, requestFor(host), held)).rejects.toThrow(failing('STORE_DAMAGED'));
    expect(decidingFiles(host)).toEqual(filesOf(OLD));
    expect(leftoversOf(host)).toEqual([]);
  });
});

describe('recovery after an interrupted import', () => {
  it('remembers who signed the snapshot, as the import would have', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host, { remembers: { name: 'tools', signers: ['SHA256:a'] } });
    expect(await signersOfName(host.state, 'tools')).toBeNull();
    await recover(host);
    expect(await signersOfName(host.state, 'tools')).toEqual(['SHA256:a']);
  });

  it('brings back who was remembered before, where it finishes an undo', async () => {
    const host = oldHost();
    await rememberSigners(host.state, { name: 'tools', signers: ['SHA256:a'] }, 'first', 1);
    await rememberSigners(host.state, { name: 'tools', signers: ['SHA256:b'] }, 'second', 2);
    await restoreUntilCommitted(host, { reverts: 'second' });
    expect(await signersOfName(host.state, 'tools')).toEqual(['SHA256:b']);
    await recover(host);
    expect(await signersOfName(host.state, 'tools')).toEqual(['SHA256:a']);
  });

  it('finishes an import that was committed, once', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    expect(Object.keys(decidingFiles(host)).filter((name) => name.endsWith('.wasm'))).not.toContain(
      'added.wasm',
    );
    expect(await recover(host)).toBe('finished');
    expect(decidingFiles(host)).toEqual(filesOf(NEW));
    expect(leftoversOf(host)).toEqual([]);
    const id = await toUndo(host);
    expect(id).toBeDefined();
    expect(await recover(host)).toBe('dropped');
    expect(await toUndo(host)).toBe(id);
  });

  it('drops an import that was not committed', async () => {
    const host = oldHost();
    await new Staging(host.locations, '0123456789abcdef', []).create(host.state);
    expect(await recover(host)).toBe('dropped');
    expect(decidingFiles(host)).toEqual(filesOf(OLD));
    expect(leftoversOf(host)).toEqual([]);
  });

  it('removes native code that a Wassette wrote before it, and native code that it writes meanwhile', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    writeFileSync(at(host, 'recoded.cwasm'), 'native code of the old component');
    let written = false;
    // Asked before each change: once the old code is away, its first removal of caches is over.
    const compileMeanwhile = () => {
      if (written || existsSync(at(host, 'replaced.wasm'))) return;
      writeFileSync(at(host, 'replaced.cwasm'), 'native code of the old component');
      written = true;
    };
    await recoverImport(host, compileMeanwhile);
    expect(written).toBe(true);
    for (const name of ['recoded.cwasm', 'replaced.cwasm'])
      expect(Object.keys(host.files())).not.toContain(name);
  });

  it('stops where the lock is lost and goes on from there', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    let asked = 0;
    const lost = () => {
      if (++asked > 7) throw new StoreError('STORE_LOCKED', 'the lock was taken away');
    };
    await expect(recoverImport(host, lost)).rejects.toThrow(failing('STORE_INTERRUPTED'));
    await recover(host);
    expect(decidingFiles(host)).toEqual(filesOf(NEW));
  });

  it('does not take a journal it cannot read for none', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    writeFileSync(host.state.journal, '{"version":1,"imp');
    const before = leftoversOf(host);
    await expect(recover(host)).rejects.toThrow(failing('STORE_DAMAGED'));
    expect(leftoversOf(host)).toEqual(before);
  });

  it.each([
    ['altered', (file: string) => writeFileSync(file, 'other')],
    ['gone', (file: string) => rmSync(file)],
  ])('stops when a staged file is %s', async (_, spoil) => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    const own = at(host, '.wassette-state');
    const staging = readdirSync(own).find((name) => name.startsWith('staging-'))!;
    spoil(path.join(own, staging, 'added.wasm'));
    await expect(recover(host)).rejects.toThrow(failing('STORE_INTERRUPTED'));
    expect(Object.keys(decidingFiles(host))).not.toContain('added.wasm');
  });
});

describe('a file that somebody changed between crash and recovery', () => {
  const touched = [
    'added.wasm',
    'added.policy.yaml',
    'recoded.wasm',
    'regranted.policy.yaml',
    'removed.wasm',
    'removed.policy.yaml',
    'removed.policy.meta.json',
    'replaced.wasm',
    'replaced.policy.yaml',
    'replaced.policy.meta.json',
  ];
  // Not changed by the import, but approved together with what is: new grants for this code, this policy for new code.
  const relied = ['regranted.wasm', 'recoded.policy.yaml'];

  it.each([...touched, ...relied])('is left alone and named: %s', async (name) => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    writeFileSync(at(host, name), 'somebody else was here');
    await expect(recover(host)).rejects.toThrow(interrupted(name));
    expect(read(host, name)).toBe('somebody else was here');
    await expect(recover(host)).rejects.toThrow(interrupted(name));

    const old = filesOf(OLD)[name];
    if (old === undefined) rmSync(at(host, name));
    else writeFileSync(at(host, name), old);
    expect(await recover(host)).toBe('finished');
    expect(decidingFiles(host)).toEqual(filesOf(NEW));
  });

  it.each(['link', 'directory'])('into a %s is left alone', async (kind) => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    const file = at(host, 'replaced.policy.yaml');
    rmSync(file, { force: true });
    if (kind === 'link') symlinkSync('same.policy.yaml', file);
    else mkdirSync(file);
    const kindOf = () => [lstatSync(file).isSymbolicLink(), lstatSync(file).isDirectory()];
    const before = kindOf();
    await expect(recover(host)).rejects.toThrow(failing('STORE_INTERRUPTED'));
    expect(kindOf()).toEqual(before);
    expect(Object.keys(host.files())).not.toContain('replaced.wasm');
  });
});

describe('abandoning an interrupted import', () => {
  it('leaves the files as they are and keeps the record of what was there', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    writeFileSync(at(host, 'replaced.wasm'), 'somebody else was here');
    await expect(recover(host)).rejects.toThrow(interrupted('replaced.wasm'));
    const before = decidingFiles(host);
    await abandonImport(host);
    expect(decidingFiles(host)).toEqual(before);
    expect(leftoversOf(host)).toEqual([]);
    expect(await recover(host)).toBe('dropped');
    expect(await toUndo(host)).toBeDefined();
  });

  it('gets out of a journal that cannot be read, and keeps the record, since it was committed', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    writeFileSync(host.state.journal, '{"version":1,"imp');
    await abandonImport(host);
    expect(leftoversOf(host)).toEqual([]);
    expect(await toUndo(host)).toBeDefined();
  });

  it('that was not committed leaves nothing to undo, since nothing was changed', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    rmSync(host.state.journal);
    await abandonImport(host);
    expect(leftoversOf(host)).toEqual([]);
    expect(await toUndo(host)).toBeUndefined();
  });
});
