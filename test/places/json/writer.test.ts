import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blobs, TransferOptions } from '../../../src/disk/blob.ts';
import { blobsOf } from '../../../src/disk/blobs.ts';
import { openJsonFile } from '../../../src/places/json/reader.ts';
import { writeJsonFile } from '../../../src/places/json/writer.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import type { SnapshotDocument } from '../../../src/snapshot/shape.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf, fileWithCode, type MadeComponent } from '../../fixtures/document.ts';
import { DraftSnapshot } from '../../fixtures/draft-structs.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { withFileSizeLimit } from '../../fixtures/system/root.ts';
import { sourceOfBytes } from '../sample-snapshot.ts';

const made: MadeComponent[] = [
  { id: 'a', policy: policyText(), tools: ['t'], secretNames: ['S'] },
  { id: 'b' },
];
const document = documentOf(made, { metadata: { description: 'desk', wassette_version: '', source: '' } });
const blobs = blobsOf(made.map(({ id }) => sourceOfBytes(componentBytes(id))));

function write(file: string, tree: SnapshotDocument, ...rest: [Blobs | null, TransferOptions?]) {
  return writeJsonFile(file, readDocument(tree), ...rest);
}

function place() {
  const folder = path.dirname(makeHost().locations.componentDir);
  return { folder, file: path.join(folder, 'state.json') };
}

describe('writing a JSON file (F-5.2)', () => {
  it('puts version first, components last, binaries last in theirs, and ends with a newline', async () => {
    const { file } = place();
    await write(file, document, blobs);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^\{\n {2}"version": 1,\n/);
    expect(text.endsWith('\n  ]\n}\n')).toBe(true);
    const tree = JSON.parse(text);
    expect(Object.keys(tree).at(-1)).toBe('components');
    expect(Object.keys(tree.components[0]).slice(-2)).toEqual(['include_binary', 'binary_data']);
    expect(text).toBe(`${JSON.stringify(tree, null, 2)}\n`);
    expect(Buffer.from(tree.components[0].binary_data, 'base64').equals(componentBytes('a'))).toBe(true);
  });

  it('leaves the code out when it is not wanted', async () => {
    const { file } = place();
    await write(file, document, null);
    const { components } = JSON.parse(readFileSync(file, 'utf8'));
    expect(components[0]).toMatchObject({ include_binary: false });
    expect(components[0]).not.toHaveProperty('binary_data');
  });

  it('is read back as the same document, with the same bytes', async () => {
    for (const carried of [blobs, null]) {
      const { file } = place();
      const written = await write(file, document, carried);
      const opened = await openJsonFile(file);
      expect(opened.content.tree).toEqual(document);
      expect(opened.content.digest).toBe(written.digest);
      expect(opened.carriesBinaries).toBe(carried !== null);
    }
  });

  it('is read by the structs of the earlier draft (F-5.5)', async () => {
    for (const carried of [blobs, null]) {
      const { file } = place();
      await write(file, document, carried);
      const draft = DraftSnapshot.parse(JSON.parse(readFileSync(file, 'utf8')));
      expect(draft.components.map((c) => c.component_id)).toEqual(['a', 'b']);
      expect(draft.components[0]?.policy?.content).toBe(policyText());
    }
  });

  it('writes an empty snapshot that can be read', async () => {
    const { file } = place();
    await write(file, documentOf([]), blobs);
    expect((await openJsonFile(file)).content.tree).toEqual(documentOf([]));
  });

  it('makes a file that only its owner may read, and leaves nothing else', async () => {
    const { folder, file } = place();
    await write(file, document, blobs);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith('.json') || name.startsWith('.'))).toEqual([
      'state.json',
    ]);
  });
});

describe('a file that is there already (F-5.4)', () => {
  const later: SnapshotDocument = { ...document, created_at: document.created_at + 1 };

  it('is left alone, to the inode, when it says the same', async () => {
    const { file } = place();
    await write(file, document, blobs);
    const before = lstatSync(file, { bigint: true });
    const again = await write(file, later, blobs);
    expect(again).toMatchObject({ changed: false, document: { created_at: document.created_at } });
    expect(lstatSync(file, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  });

  it.each([
    ['the state', documentOf([made[0]!]), blobs],
    ['what the user said', { ...document, metadata: { description: 'other' } }, blobs],
    ['the choice of binaries', document, null],
  ])('is replaced when it differs in %s', async (_what, other, carried) => {
    const { file } = place();
    await write(file, document, blobs);
    expect(await write(file, other, carried)).toMatchObject({ changed: true });
    expect((await openJsonFile(file)).content.tree).toEqual(other);
  });

  it.each([
    ['a package.json', '{"name":"x","version":"1.0.0"}'],
    ['a snapshot of version 2', '{"version":2}'],
    ['a cut-off snapshot', fileWithCode(made).slice(0, -30)],
    ['a text', 'hello'],
    ['nothing', ''],
  ])('is not replaced when it is %s', async (_what, text) => {
    const { file } = place();
    writeFileSync(file, text);
    await expect(write(file, document, blobs)).rejects.toThrow(failing('STORE_EXISTS'));
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is written anew when the code inside was damaged, although it says the same', async () => {
    const { file } = place();
    await write(file, document, blobs);
    const whole = readFileSync(file, 'utf8');
    for (const damage of ['AGFzbR', 'AGF bQ']) {
      writeFileSync(file, whole.replace('AGFzbQ', damage));
      expect(await write(file, document, blobs)).toMatchObject({ changed: true });
      expect(readFileSync(file, 'utf8')).toBe(whole);
    }
  });

  it('is not followed where it is a link, and a directory is no file', async () => {
    const { folder, file } = place();
    const victim = path.join(folder, 'victim.json');
    await write(victim, document, blobs);
    const before = readFileSync(victim);
    for (const target of ['victim.json', 'nowhere.json']) {
      symlinkSync(target, file);
      await expect(write(file, later, null)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
      rmSync(file);
    }
    expect(readFileSync(victim)).toEqual(before);
    expect(readdirSync(folder)).not.toContain('nowhere.json');
    mkdirSync(file);
    await expect(write(file, document, null)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });
});

describe('when writing a JSON file fails, nothing is left', () => {
  it.each([
    [
      'other bytes than the document names',
      'VERIFY_DIGEST_MISMATCH',
      blobsOf(
        made.map(({ id }) => ({
          ...sourceOfBytes(componentBytes(id)),
          open: () => sourceOfBytes(componentBytes('x')).open(),
        })),
      ),
    ],
    ['no bytes at all', 'VERIFY_PART_MISSING', blobsOf([])],
  ])('because there are %s', async (_what, expected, sources) => {
    const { folder, file } = place();
    await expect(write(file, document, sources)).rejects.toThrow(failing(expected));
    expect(readdirSync(folder).filter((name) => !['components', 'secrets'].includes(name))).toEqual([]);
  });

  it('for want of space, and the old file stays', async () => {
    const { folder, file } = place();
    const big = componentBytes('big', 300_000);
    const large = documentOf([{ id: 'a', code: big }]);
    await write(file, document, blobs);
    const before = readFileSync(file);
    await expect(
      withFileSizeLimit(100_000, () => write(file, large, blobsOf([sourceOfBytes(big)]))),
    ).rejects.toThrow(failing('STORE_NO_SPACE'));
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder).filter((name) => !['components', 'secrets'].includes(name))).toEqual([
      'state.json',
    ]);
  });

  it('because it was told to stop', async () => {
    const { folder, file } = place();
    await expect(write(file, document, blobs, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(readdirSync(folder)).not.toContain('state.json');
  });

  it('because the folder does not exist', async () => {
    const { folder } = place();
    await expect(write(path.join(folder, 'no', 'state.json'), document, null)).rejects.toThrow(
      failing('STORE_NOT_FOUND'),
    );
  });
});
