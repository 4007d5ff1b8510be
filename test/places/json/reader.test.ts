import { renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import type { Progress } from '../../../src/disk/progress.ts';
import { openJsonFile, openJsonText } from '../../../src/places/json/reader.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf, fileWithCode } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost } from '../../fixtures/host.ts';
import { withLimits } from '../../fixtures/limits.ts';
import { changeWhenRead } from '../../fixtures/system/changing-file.ts';
import { recordingSinks } from '../sample-snapshot.ts';

const made = ['a', 'b'].map((id) => ({ id, code: componentBytes(id, 2000) }));
const document = documentOf(made);
const artifacts = document.components.map(({ artifact }) => artifact);

function written(text: string) {
  const folder = path.dirname(makeHost().locations.componentDir);
  const file = path.join(folder, 'state.json');
  writeFileSync(file, text);
  return { folder, file };
}

describe('a JSON file that is open (F-5.3)', () => {
  it('gives each binary once, verified, from its place in the file', async () => {
    const { file } = written(fileWithCode(made));
    const { blobs } = await openJsonFile(file);
    const { delivered, aborted, sinkFor } = recordingSinks();
    await copyAllVerified(artifacts, blobs, sinkFor);
    expect(aborted).toEqual([]);
    made.forEach(({ code }, i) => {
      expect(delivered.get(artifacts[i]!.sha256)?.equals(code)).toBe(true);
    });
  });

  it('gives the same from a text in memory', async () => {
    const { blobs } = await openJsonText(fileWithCode(made));
    const { delivered, sinkFor } = recordingSinks();
    await copyAllVerified([artifacts[1]!], blobs, sinkFor);
    expect(delivered.get(artifacts[1]!.sha256)?.equals(made[1]!.code)).toBe(true);
  });

  it('has only what is inside, by digest and size', async () => {
    const { blobs } = await openJsonText(fileWithCode(made));
    const [artifact] = artifacts;
    expect(await blobs.has(artifact!)).toBe(true);
    expect(await blobs.has({ ...artifact!, size: artifact!.size + 1 })).toBe(false);
    expect(await blobs.has({ sha256: 'ab'.repeat(32), size: 1 })).toBe(false);
    await expect(
      copyAllVerified([{ sha256: 'ab'.repeat(32), size: 1 }], blobs, recordingSinks().sinkFor),
    ).rejects.toThrow(failing('VERIFY_PART_MISSING'));
  });

  it('says whether all of the code is inside', async () => {
    expect((await openJsonText(fileWithCode(made))).carriesBinaries).toBe(true);
    expect((await openJsonText(JSON.stringify(document))).carriesBinaries).toBe(false);
    const half = JSON.parse(fileWithCode(made));
    delete half.components[0].binary_data;
    expect((await openJsonText(JSON.stringify(half))).carriesBinaries).toBe(false);
    expect((await openJsonText(JSON.stringify(documentOf([])))).carriesBinaries).toBe(false);
  });
});

it('a file that changes while the last of it is read is an error', async () => {
  const { file } = written(fileWithCode(made));
  let changed = false;
  const onProgress = ({ fraction }: Progress) => {
    if (fraction < 1 || changed) return;
    changed = true;
    writeFileSync(file, fileWithCode(made.map(({ id }) => ({ id, code: componentBytes('other', 2000) }))));
  };
  await expect(openJsonFile(file, { onProgress })).rejects.toThrow(failing('STORE_CHANGING'));
  expect(changed).toBe(true);
});

describe('a file that changes between reading and staging', () => {
  const other = fileWithCode([{ id: 'a', code: componentBytes('x', 2000) }, made[1]!]);

  it.each([
    ['written again in place', (file: string) => writeFileSync(file, other)],
    ['cut off', (file: string) => writeFileSync(file, fileWithCode(made).slice(0, 500))],
    [
      'replaced by another',
      (file: string) => {
        writeFileSync(`${file}.new`, other);
        renameSync(`${file}.new`, file);
      },
    ],
  ])('is an error when it was %s', async (_how, change) => {
    const { file } = written(fileWithCode(made));
    const { blobs } = await openJsonFile(file);
    change(file);
    const { delivered, sinkFor } = recordingSinks();
    await expect(copyAllVerified(artifacts, blobs, sinkFor)).rejects.toThrow(failing('STORE_CHANGING'));
    expect(delivered.size).toBe(0);
  });

  it('is an error even when size and time are made to look the same', async () => {
    const { file } = written(fileWithCode(made));
    utimesSync(file, 1000, 1000);
    const { blobs } = await openJsonFile(file);
    expect(Buffer.byteLength(other)).toBe(Buffer.byteLength(fileWithCode(made)));
    writeFileSync(file, other);
    utimesSync(file, 1000, 1000);
    const { delivered, aborted, sinkFor } = recordingSinks();
    await expect(copyAllVerified([artifacts[0]!], blobs, sinkFor)).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(delivered.size).toBe(0);
    expect(aborted).toEqual([artifacts[0]!.sha256]);
  });

  it('is an error when it changes while it is read', async () => {
    const { file } = written(fileWithCode([{ id: 'a', code: componentBytes('a', 1024 * 1024) }]));
    await changeWhenRead(file);
    await expect(openJsonFile(file)).rejects.toThrow(failing('STORE_CHANGING'));
  });
});

describe('what cannot be opened', () => {
  it('is named in an error about what it holds', async () => {
    for (const text of ['{"cut', '{"mcpServers":{}}', fileWithCode(made).replace('sha256', 'sha255')]) {
      const { file } = written(text);
      await expect(openJsonFile(file)).rejects.toThrow(`${file}: `);
    }
  });

  it('is a file that is not there, a directory, a link', async () => {
    const { folder, file } = written(fileWithCode(made));
    await expect(openJsonFile(path.join(folder, 'none.json'))).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await expect(openJsonFile(folder)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    symlinkSync(file, path.join(folder, 'link.json'));
    await expect(openJsonFile(path.join(folder, 'link.json'))).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('is a binary, a document or a policy over the limit (F-7)', async () => {
    const text = fileWithCode(made);
    for (const limits of [
      { binaryBytes: made[0]!.code.length - 1 },
      { documentBytes: 500 },
      { components: 1 },
      { depth: 3 },
      { values: 10 },
    ])
      await withLimits(limits, () =>
        expect(openJsonText(text)).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED')),
      );
  });

  it('never shows what a file that is no snapshot holds', async () => {
    for (const text of [
      'hunter2',
      '{"hunter2": hunter2}',
      '{"version":1,"hunter2":"\\ud800"}',
      '{"version":"hunter2-and-more-text-than-anybody-should-see"}',
    ]) {
      const failure = await openJsonText(text).catch((error) => error);
      expect(failure.code).toMatch(/^FORMAT_/);
      expect(failure.message.length).toBeLessThan(200);
    }
    const failure = await openJsonText('TOKEN=hunter2').catch((error) => error);
    expect(JSON.stringify(failure) + failure.message).not.toContain('hunter2');
  });
});
