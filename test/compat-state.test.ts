// What version 1 of our journals and undo records left in a state directory, written once by a program of that time. It
// must be finished and undone for ever: when one of these tests fails, the reader is wrong, not the file.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../src/codec/digest.ts';
import { undoImport } from '../src/index.ts';
import { blobsOfUndoRecords } from '../src/state/undo-records.ts';
import { abandonImport } from '../src/wassette/directory/recovery.ts';
import { failing } from './fixtures/failing.ts';
import type { TestHost } from './fixtures/host.ts';
import {
  decidingFiles,
  filesOf,
  leftoversOf,
  NEW,
  OLD,
  oldHost,
  recoverImport,
  requestFor,
  restore,
  restoreUntilCommitted,
} from './fixtures/restoring.ts';

const held = () => undefined;
const undo = (host: TestHost) => undoImport({ ...host.locations, approval: 'all' });
const pendingOf = ({ state }: TestHost) => path.join(state.undo, 'pending.json');
const undoRecordOf = ({ state }: TestHost) => path.join(state.undo, '1.json');

/** Without what version 1 knew nothing of. */
const known = (files: Record<string, Buffer>) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !/^(secrets\/|trusted\.)/.test(name)));

function ofVersion1(name: 'journal' | 'pending' | 'undo') {
  return JSON.parse(
    readFileSync(path.join(import.meta.dirname, 'compat', 'state-v1', `${name}.json`), 'utf8'),
  );
}

/** The same import again, killed where version 1 was killed, with the records it left. */
async function killedAfterCommit(): Promise<TestHost> {
  const host = oldHost();
  await restoreUntilCommitted(host);
  const { componentDir } = host.locations;
  const journal = { ...ofVersion1('journal'), component_dir: componentDir };
  const own = path.join(componentDir, '.wassette-state');
  const staged = readdirSync(own).find((name) => name.startsWith('staging-'))!;
  renameSync(path.join(own, staged), path.join(own, `staging-${journal.import_id}`));
  writeFileSync(host.state.journal, JSON.stringify(journal));
  writeFileSync(pendingOf(host), JSON.stringify(ofVersion1('pending')));
  return host;
}

describe('an import of version 1 (F-10.8)', () => {
  it('that was killed after its commit is finished, and can be undone', async () => {
    const host = await killedAfterCommit();
    expect(await recoverImport(host, held)).toBe('finished');
    expect(known(decidingFiles(host))).toEqual(known(filesOf(NEW)));
    expect(leftoversOf(host)).toEqual([]);
    await undo(host);
    expect(known(decidingFiles(host))).toEqual(known(filesOf(OLD)));
  });

  it('that was killed after its commit can be given up, and undone all the same', async () => {
    const host = await killedAfterCommit();
    expect(await abandonImport(host)).toBe(true);
    expect(leftoversOf(host)).toEqual([]);
    await undo(host);
    expect(known(decidingFiles(host))).toEqual(known(filesOf(OLD)));
  });

  it('that was finished is undone', async () => {
    const host = oldHost();
    await restore(host, requestFor(host), held);
    writeFileSync(undoRecordOf(host), JSON.stringify(ofVersion1('undo')));
    await undo(host);
    expect(known(decidingFiles(host))).toEqual(known(filesOf(OLD)));
  });

  it('keeps the bytes it replaced from being pruned, also while it is unfinished', async () => {
    const host = await killedAfterCommit();
    const replaced = Object.entries(known(filesOf(OLD))).filter(([name]) => !name.startsWith('same.'));
    const names = new Set(replaced.map(([, bytes]) => sha256Hex(bytes)));
    expect(await blobsOfUndoRecords(host.state)).toEqual(names);
    writeFileSync(undoRecordOf(host), JSON.stringify(ofVersion1('undo')));
    expect(await blobsOfUndoRecords(host.state)).toEqual(names);
  });
});

describe('a record of a later version (F-10.8)', () => {
  const unread = failing('FORMAT_UNSUPPORTED_VERSION');
  const later = (record: object) => JSON.stringify({ ...record, version: 4, changes: 'otherwise' });

  it('stops a recovery, which leaves everything to that version', async () => {
    const host = await killedAfterCommit();
    writeFileSync(host.state.journal, later(ofVersion1('journal')));
    const before = [leftoversOf(host), host.files()];
    await expect(recoverImport(host, held)).rejects.toThrow(unread);
    await expect(abandonImport(host)).rejects.toThrow(unread);
    expect([leftoversOf(host), host.files()]).toEqual(before);
  });

  it('stops an import and an undo before they change anything', async () => {
    const host = oldHost();
    await restore(host, requestFor(host), held);
    const before = host.files();
    writeFileSync(undoRecordOf(host), later(ofVersion1('undo')));
    await expect(restore(host, requestFor(host), held)).rejects.toThrow(unread);
    await expect(undo(host)).rejects.toThrow(unread);
    await expect(blobsOfUndoRecords(host.state)).rejects.toThrow(unread);
    expect(host.files()).toEqual(before);
  });

  it('says which versions there are and what to do', async () => {
    const host = oldHost();
    await restore(host, requestFor(host), held);
    writeFileSync(undoRecordOf(host), later(ofVersion1('undo')));
    await expect(undo(host)).rejects.toMatchObject({
      message: expect.stringMatching(
        /1\.json was written by a later wassette-state \(version 4,.* up to 3\)$/,
      ),
      hint: 'use that later wassette-state here; nothing was changed',
      details: { version: 4 },
    });
  });
});
