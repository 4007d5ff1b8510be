import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import type { ComponentChange } from '../../src/plan/file-kinds.ts';
import { stateDirectory } from '../../src/state/directory.ts';
import {
  blobsOfUndoRecords,
  dropPendingUndo,
  nextToUndo,
  readUndoRecords,
  settlePendingUndo,
  type UndoRecord,
  writePendingUndo,
} from '../../src/state/undo-records.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost } from '../fixtures/host.ts';

const stateOf = (text: string) => ({ sha256: sha256Hex(text), size: text.length });
const NONE = { old: null, new: null };

function changeOf(oldText: string): ComponentChange {
  return {
    component_id: 'a',
    wasm: { old: stateOf(oldText), new: null },
    policy: { old: stateOf(`policy of ${oldText}`), new: null },
    policyMeta: NONE,
    secrets: NONE,
  };
}

function record(importId: string, reverts: string | null = null): UndoRecord {
  return {
    import_id: importId,
    created_at: 1_731_444_000,
    source: 'sha256:x',
    reverts,
    plan: null,
    secrets_dir: null,
    changes: [changeOf(importId)],
  };
}

function recordsOfOneHost() {
  const { locations, state } = makeHost();
  const folder = state.undo;
  return {
    stateDir: locations.stateDir,
    state,
    folder,
    files: () => readdirSync(folder).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    pend: (made: UndoRecord) => writePendingUndo(state, made),
    settle: () => settlePendingUndo(state),
    drop: () => dropPendingUndo(state),
    ids: async () => (await readUndoRecords(state)).map((made) => made.import_id),
    async imported(...made: UndoRecord[]) {
      for (const one of made) {
        await this.pend(one);
        await this.settle();
      }
    },
  };
}

const KEPT_RECORDS = 10;

describe('an undo record', () => {
  it('counts only once its import is done', async () => {
    const host = recordsOfOneHost();
    await host.pend(record('one'));
    expect(await host.ids()).toEqual([]);
    await host.settle();
    expect(await host.ids()).toEqual(['one']);
    expect(host.files()).toEqual(['1.json']);
  });

  it('lists files by kind, in version 3 (F-10.8)', async () => {
    const host = recordsOfOneHost();
    await host.imported(record('one'));
    const { version, changes } = JSON.parse(readFileSync(path.join(host.folder, '1.json'), 'utf8'));
    expect({ version, changes }).toEqual({
      version: 3,
      changes: [
        {
          component_id: 'a',
          files: [
            { kind: 'wasm', old: stateOf('one'), new: null },
            { kind: 'policy', old: stateOf('policy of one'), new: null },
            { kind: 'policyMeta', old: null, new: null },
            { kind: 'secrets', old: null, new: null },
          ],
        },
      ],
    });
    expect((await readUndoRecords(host.state))[0]).toMatchObject(record('one'));
  });

  it('of an import that was not committed is dropped, and dropping again is no error', async () => {
    const host = recordsOfOneHost();
    await host.pend(record('one'));
    await host.drop();
    await host.drop();
    await host.settle();
    expect(await host.ids()).toEqual([]);
  });

  it('is settled once, however often a recovery repeats it', async () => {
    const host = recordsOfOneHost();
    await host.imported(record('one'));
    await host.settle();
    await host.settle();
    expect(await host.ids()).toEqual(['one']);
  });

  it('replaces the pending one of an import that came to nothing', async () => {
    const host = recordsOfOneHost();
    await host.pend(record('nothing'));
    await host.imported(record('one'));
    expect(await host.ids()).toEqual(['one']);
  });

  it('is listed in the order of imports, also beyond nine', async () => {
    const host = recordsOfOneHost();
    const ids = Array.from({ length: KEPT_RECORDS }, (_, i) => `import ${i}`);
    await host.imported(...ids.map((id) => record(id)));
    expect(await host.ids()).toEqual(ids);
  });

  it('is forgotten when ten newer imports have one', async () => {
    const host = recordsOfOneHost();
    const ids = Array.from({ length: KEPT_RECORDS + 3 }, (_, i) => `import ${i}`);
    await host.imported(...ids.map((id) => record(id)));
    expect(await host.ids()).toEqual(ids.slice(-KEPT_RECORDS));
    expect(host.files()).toEqual(ids.slice(-KEPT_RECORDS).map((_, i) => `${i + 4}.json`));
  });

  it('of an undo stays and goes with the import it took back', async () => {
    const host = recordsOfOneHost();
    await host.imported(record('taken back'), record('undo', 'taken back'));
    const later = Array.from({ length: KEPT_RECORDS - 1 }, (_, i) => record(`import ${i}`));
    await host.imported(...later);
    expect(await host.ids()).toEqual(['taken back', 'undo', ...later.map((made) => made.import_id)]);
    await host.imported(record('one more'));
    expect(await host.ids()).toEqual([...later.map((made) => made.import_id), 'one more']);
  });

  it('that is damaged is an error, not an import fewer', async () => {
    const host = recordsOfOneHost();
    await host.imported(record('one'), record('two'));
    writeFileSync(path.join(host.folder, '1.json'), '{"version":1}');
    await expect(host.ids()).rejects.toThrow(failing('STORE_DAMAGED'));
  });

  it('is not mixed up with other files in the folder', async () => {
    const host = recordsOfOneHost();
    await host.imported(record('one'));
    for (const name of ['2.json.bak', 'x.json', '.tmp-1234', '-3.json'])
      writeFileSync(path.join(host.folder, name), 'other');
    mkdirSync(path.join(host.folder, 'old'));
    await host.imported(record('two'));
    expect(await host.ids()).toEqual(['one', 'two']);
  });
});

describe('the next to undo', () => {
  const [one, two, three] = [record('1'), record('2'), record('3')];
  it.each([
    ['nothing where nothing was imported', [], null],
    ['the newest import', [one, two], '2'],
    ['the one before, once the newest was taken back', [one, two, record('u', '2')], '1'],
    ['nothing, once all were taken back in turn', [one, two, record('u', '2'), record('v', '1')], null],
    ['an import made after an undo', [one, two, record('u', '2'), three], '3'],
    ['an import from before both', [one, two, record('u', '2'), three, record('v', '3')], '1'],
  ] as const)('is %s', (_, records, expected) => {
    expect(nextToUndo(records)?.import_id ?? null).toBe(expected);
  });
});

describe('blobs that undo records need', () => {
  it('are those that were replaced, of all hosts of a state directory, pending ones included', async () => {
    const host = recordsOfOneHost();
    await host.imported(record('done'));
    await host.pend(record('pending'));
    const another = stateDirectory({ stateDir: host.stateDir, componentDir: '/another/host' });
    await writePendingUndo(another, record('elsewhere'));
    const texts = ['done', 'pending', 'elsewhere'].flatMap((id) => [id, `policy of ${id}`]);
    expect([...(await blobsOfUndoRecords(host.state))].sort()).toEqual(
      texts.map((text) => sha256Hex(text)).sort(),
    );
    const nowhere = stateDirectory({ stateDir: '/nonexistent/state', componentDir: '/' });
    expect(await blobsOfUndoRecords(nowhere)).toEqual(new Set());
  });
});
