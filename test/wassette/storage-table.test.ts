// The table of storage URIs without a Wassette: what we say each opens, and what an import makes of it.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotedWhole } from '../../src/codec/safe-text.ts';
import { planImportState, Snapshot } from '../../src/index.ts';
import { resolveDirectories } from '../../src/wassette/target-state.ts';
import { storagePolicy } from '../fixtures/components/file-probe.ts';
import { fileWithCode } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { makeStorageTree, STORAGE_TABLE } from '../fixtures/tables/storage-table.ts';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'storage-table-')));
  makeStorageTree(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const shortened = (uri: string) => (uri.length > 60 ? `${uri.slice(0, 40)}… (${uri.length})` : uri);

describe('a storage grant of the table', () => {
  it.each(STORAGE_TABLE.map((row) => [shortened(row.uri), row] as const))('%s', async (_title, row) => {
    const uri = row.uri.replace('{root}', root);
    const componentDir = path.join(root, 'components');
    const found = resolveDirectories([uri], componentDir).get(uri);
    if (row.opens === 'nothing') expect(found).toBeUndefined();
    else if (found?.ofProcess === null) {
      expect(found.exists && found.real).toBe(row.opens !== null && path.resolve(root, row.opens));
    }

    const policy = storagePolicy([uri], ['read', 'write']);
    const snapshot = await Snapshot.fromJson(fileWithCode([{ id: 'a', policy }]));
    const locations = {
      componentDir,
      secretsDir: path.join(root, 'secrets'),
      stateDir: path.join(root, 'state/wassette-state'),
    };
    const outcome = await planImportState(snapshot, locations).catch((error) => error);
    if (row.refused !== null) {
      expect(outcome).toEqual(failing('POLICY_FORBIDDEN_GRANT'));
      expect(outcome.message).toContain(` ${row.refused}`);
      return;
    }
    const sentences = outcome.sentences.map(({ text }: { text: string }) => text);
    for (const mode of ['read', 'write']) {
      if (found === undefined) {
        expect(sentences).toContain(`"a" may ${mode} nothing through the entry ${quotedWhole(uri)}`);
        continue;
      }
      const said = sentences.filter((text: string) => text.startsWith(`"a" may ${mode} files in `));
      expect(said).toHaveLength(1);
      const directories: string[] = (said[0].match(/"(?:[^"\\]|\\.)*"/g) ?? [])
        .slice(1)
        .map((text: string) => JSON.parse(text));
      expect(directories[0]).toBe(found.written);
      expect(directories.at(-1)).toBe(found.real);
    }
    expect(outcome.lacks.directories).toEqual(found === undefined || found.exists ? [] : [found.real]);
  });

  it('has rows of every kind', () => {
    expect(STORAGE_TABLE.length).toBeGreaterThanOrEqual(100);
    expect(STORAGE_TABLE.filter((row) => row.refused !== null).length).toBeGreaterThanOrEqual(35);
    expect(STORAGE_TABLE.filter((row) => row.opens === null).length).toBeGreaterThanOrEqual(25);
    expect(new Set(STORAGE_TABLE.map((row) => row.uri)).size).toBe(STORAGE_TABLE.length);
  });
});
