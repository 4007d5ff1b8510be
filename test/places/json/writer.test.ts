import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blobs, TransferOptions } from '../../../src/disk/blobs/blob.ts';
import { blobsOf } from '../../../src/disk/blobs/blobs.ts';
import { openJsonFile } from '../../../src/places/json/reader.ts';
import { signJsonFile, writeJsonFile } from '../../../src/places/json/writer.ts';
import type { OpenSnapshot } from '../../../src/places/place.ts';
import { NO_TRANSFER } from '../../../src/places/transfer.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import type { SnapshotDocument } from '../../../src/snapshot/shape.ts';
import { signedBy } from '../../../src/snapshot/signatures/signing.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf, fileWithCode, type MadeComponent } from '../../fixtures/document.ts';
import { DraftSnapshot } from '../../fixtures/draft-structs.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { testKey } from '../../fixtures/signing.ts';
import { withFileSizeLimit } from '../../fixtures/system/root.ts';
import { amountOf, sourceOfBytes } from '../sample-snapshot.ts';

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

  it('is sent with all of its code or is skipped whole', async () => {
    const { file } = place();
    const code = amountOf(made.map(({ id }) => sourceOfBytes(componentBytes(id))));
    expect((await write(file, document, blobs)).transfer).toEqual({ ...NO_TRANSFER, sent: code });
    expect((await write(file, later, blobs)).transfer).toEqual({ ...NO_TRANSFER, skipped: code });
    expect((await write(file, document, null)).transfer).toEqual(NO_TRANSFER);
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

describe('signatures in a JSON file (F-14.5)', () => {
  const signed = readDocument(document);
  const [ed, p256] = [testKey('ed25519'), testKey('p256')];
  const signatures = (opened: OpenSnapshot) =>
    checkSignatures(opened.signatures, opened.content, []).map(
      ({ signer, problem }) => problem ?? signer!.kind,
    );

  it('come with what is written, and are read back', async () => {
    const { file } = place();
    const written = await writeJsonFile(file, signed, blobs, { signers: [{ key: ed, ssh: true }] });
    expect(written.signatures).toHaveLength(3);
    const opened = await openJsonFile(file);
    expect(opened.content.digest).toBe(signed.digest);
    expect(signatures(opened)).toEqual(['ed25519', 'ed25519', 'ed25519']);
  });

  it('are added to what says the same, whose document stays', async () => {
    const { file } = place();
    await writeJsonFile(file, signed, blobs, { signers: [{ key: ed }] });
    const later = readDocument({ ...document, created_at: document.created_at + 60 });
    expect(await writeJsonFile(file, later, blobs)).toMatchObject({ changed: false, digest: signed.digest });
    const again = await writeJsonFile(file, later, blobs, { signers: [{ key: p256 }, { key: ed }] });
    expect(again).toMatchObject({ changed: true, digest: signed.digest, droppedSignatures: 0 });
    expect(signatures(await openJsonFile(file))).toEqual(['ed25519', 'ed25519', 'p256', 'p256']);
    const bytes = readFileSync(file);
    expect(await writeJsonFile(file, later, blobs, { signers: [{ key: p256 }] })).toMatchObject({
      changed: false,
    });
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('go with the document that they were of, and that is told', async () => {
    const { file } = place();
    await writeJsonFile(file, signed, blobs, { signers: [{ key: ed }] });
    const other = readDocument(documentOf([{ id: 'a' }]));
    expect(await writeJsonFile(file, other, blobs)).toMatchObject({ changed: true, droppedSignatures: 2 });
    expect((await openJsonFile(file)).signatures).toEqual([]);
  });

  it('are added in place: the code inside stays, also where a file has some of it', async () => {
    for (const inside of [['a', 'b'], ['b'], []]) {
      const { file } = place();
      const tree = JSON.parse(fileWithCode(made, { metadata: document.metadata }));
      for (const component of tree.components)
        if (!inside.includes(component.component_id)) delete component.binary_data;
      writeFileSync(file, JSON.stringify(tree));
      const before = await openJsonFile(file);
      const written = await signJsonFile(file, { signers: [{ key: p256 }] });
      expect(written).toMatchObject({ changed: true, digest: before.content.digest });
      const components = JSON.parse(readFileSync(file, 'utf8')).components;
      const ids = components.filter((c: { binary_data?: string }) => c.binary_data !== undefined);
      expect(ids.map((c: { component_id: string }) => c.component_id)).toEqual(inside);
      expect(signatures(await openJsonFile(file))).toEqual(['p256', 'p256']);
      expect(await signJsonFile(file, { signers: [{ key: p256 }] })).toMatchObject({ changed: false });
    }
  });

  it('keep what is no signature where it stands', async () => {
    const { file } = place();
    writeFileSync(file, fileWithCode(made, { signatures: [{ any: 'thing' }] }));
    await signJsonFile(file, { signers: [{ key: ed }] });
    const opened = await openJsonFile(file);
    expect(opened.signatures[0]).toEqual({ any: 'thing' });
    expect(signatures(opened)).toEqual([failing('FORMAT_INVALID_SIGNATURE'), 'ed25519', 'ed25519']);
  });

  it('are not written with damaged code, and the file stays as it was', async () => {
    const { file } = place();
    const text = fileWithCode(made).replace(/"binary_data":"AGFzbQ0A/, '"binary_data":"AGFzbQ0B');
    writeFileSync(file, text);
    await expect(signJsonFile(file, { signers: [{ key: ed }] })).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(path.dirname(file)).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  });

  it('that come with a document are kept with it and with no other', async () => {
    const { file } = place();
    const carried = signedBy([{ key: ed }], signed, []);
    await writeJsonFile(file, signed, blobs, { signers: [{ key: p256 }] });
    await writeJsonFile(file, signed, blobs, { signatures: carried });
    expect(signatures(await openJsonFile(file))).toEqual(['p256', 'p256', 'ed25519', 'ed25519']);
    const later = readDocument({ ...document, created_at: document.created_at + 60 });
    await writeJsonFile(file, later, blobs, { signatures: signedBy([{ key: ed }], later, []) });
    expect((await openJsonFile(file)).content.digest).toBe(later.digest);
    expect(signatures(await openJsonFile(file))).toEqual(['ed25519', 'ed25519']);
  });
});
