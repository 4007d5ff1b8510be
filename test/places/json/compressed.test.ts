// Compressed JSON snapshots: what is different about them. What a JSON file is is tested beside this.
import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Codec } from '../../../src/codec/compression/compression.ts';
import { compressed, inflated } from '../../../src/codec/compression/streams.ts';
import { blobsOf, verifyBlobs } from '../../../src/disk/blobs/blobs.ts';
import { isSameFile } from '../../../src/disk/durable-file.ts';
import { JsonFilePlace } from '../../../src/places/json/place.ts';
import { listDraftFile, openJsonFile } from '../../../src/places/json/reader.ts';
import { keepJsonStream } from '../../../src/places/json/stream.ts';
import { signJsonFile, writeJsonFile } from '../../../src/places/json/writer.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import { artifactsOf } from '../../../src/snapshot/schema.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf, fileWithCode, type MadeComponent } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { policyText } from '../../fixtures/host.ts';
import { testKey } from '../../fixtures/signing.ts';
import { withFileSizeLimit } from '../../fixtures/system/root.ts';
import { zstdBomb } from '../../fixtures/zstd-frames.ts';
import { chunksOf, collect, sourceOfBytes } from '../sample-snapshot.ts';

const made: MadeComponent[] = [
  { id: 'a', policy: policyText(), tools: ['t'], secretNames: ['S'] },
  { id: 'b', code: Buffer.concat([componentBytes('b'.repeat(100)), componentBytes('more').subarray(8)]) },
];
const codes = made.map(({ id, code }) => code ?? componentBytes(id));
const document = readDocument(documentOf(made, { metadata: { description: 'desk' } }));
const blobs = blobsOf(codes.map((code) => sourceOfBytes(code)));
const text = fileWithCode(made, { metadata: { description: 'desk' } });

let folder: string;
let temporary: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  temporary = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    for (const each of [folder, temporary]) rmSync(each, { recursive: true, force: true });
  });
});

const at = (name: string) => path.join(folder, name);

async function keep(name: string, content: string | Uint8Array, codec: Codec | null): Promise<string> {
  const bytes = codec === null ? content : await collect(compressed(chunksOf(content), { codec }));
  writeFileSync(at(name), bytes);
  return at(name);
}

async function inside(file: string, codec: Codec): Promise<string> {
  return (await collect(inflated(chunksOf(readFileSync(file)), codec, 1e9))).toString();
}

describe.each([
  ['gzip', 'state.json.gz'],
  ['zstd', 'state.json.zst'],
] as const)('a file that is compressed with %s', (codec, name) => {
  it('holds the same text as a plain one, for its owner alone, and is read back', async () => {
    await writeJsonFile(at('state.json'), document, blobs);
    const { changed, reference } = await writeJsonFile(at(name), document, blobs);
    expect({ changed, reference }).toEqual({ changed: true, reference: at(name) });
    expect(await inside(at(name), codec)).toBe(readFileSync(at('state.json'), 'utf8'));
    expect(lstatSync(at(name)).mode & 0o777).toBe(0o600);
    const opened = await openJsonFile(at(name));
    expect(opened.content.digest).toBe(document.digest);
    expect(opened.carriesBinaries).toBe(true);
    for (const code of codes)
      expect((await collect(opened.blobs.source(sourceOfBytes(code)).open())).equals(code)).toBe(true);
  });

  it('is left alone where it says the same, and written again where something in it is damaged', async () => {
    await writeJsonFile(at(name), document, blobs);
    const before = lstatSync(at(name), { bigint: true });
    const later = readDocument(
      documentOf(made, { metadata: { description: 'desk' }, created_at: 1_800_000_000 }),
    );
    expect((await writeJsonFile(at(name), later, blobs)).changed).toBe(false);
    expect(isSameFile(lstatSync(at(name), { bigint: true }), before)).toBe(true);
    const other = Buffer.from(codes[1]!);
    other[20]! ^= 1;
    const damaged = text.replace(codes[1]!.toString('base64'), other.toString('base64'));
    for (const wrong of [damaged, text.replace('"binary_data":"A', '"binary_data":"!')]) {
      expect(wrong).not.toBe(text);
      await keep(name, wrong, codec);
      expect((await writeJsonFile(at(name), document, blobs)).changed).toBe(true);
    }
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is signed as it is, and stays compressed with the same', async () => {
    await writeJsonFile(at(name), document, blobs);
    const { signatures } = await signJsonFile(at(name), {
      signers: [{ key: testKey('ed25519'), ssh: true }],
    });
    expect(signatures).toHaveLength(3);
    expect(JSON.parse(await inside(at(name), codec)).signatures).toEqual(signatures);
    const opened = await openJsonFile(at(name));
    expect(opened.signatures).toEqual(signatures);
    expect(await verifyBlobs(opened.blobs, artifactsOf(opened.content.tree))).toBeGreaterThan(0);
    expect((await writeJsonFile(at(name), document, blobs)).signatures).toEqual(signatures);
  });

  it('is read by what it holds, whatever its name says', async () => {
    for (const called of ['state.json', 'state.json.gz', 'state.json.zst'])
      expect((await openJsonFile(await keep(called, text, codec))).content.digest).toBe(document.digest);
    expect((await openJsonFile(await keep(name, text, null))).content.digest).toBe(document.digest);
  });

  it('is written anew where it does not hold what its name says', async () => {
    for (const other of [null, codec === 'gzip' ? 'zstd' : 'gzip'] as const) {
      await keep(name, text, other);
      expect((await writeJsonFile(at(name), document, blobs)).changed).toBe(true);
      expect(await inside(at(name), codec)).toContain('"version": 1');
    }
    await keep('state.json', text, codec);
    await writeJsonFile(at('state.json'), document, blobs);
    expect(JSON.parse(readFileSync(at('state.json'), 'utf8')).version).toBe(1);
  });

  it('is not replaced where it is no snapshot', async () => {
    for (const content of ['{}', 'text', '']) {
      const kept = await keep(name, content, codec);
      const before = readFileSync(kept);
      await expect(writeJsonFile(kept, document, blobs)).rejects.toThrow(failing('STORE_EXISTS'));
      expect(readFileSync(kept).equals(before)).toBe(true);
    }
  });

  it('that is cut off anywhere, or followed by something, is an error that names the file', async () => {
    const whole = readFileSync(await keep(name, text, codec));
    for (let length = 0; length < whole.length; length += 1 + Math.floor(whole.length / 150)) {
      writeFileSync(at('cut.json'), whole.subarray(0, length));
      const error = await openJsonFile(at('cut.json')).catch(
        (found: { code: string; message: string }) => found,
      );
      expect(['FORMAT_INVALID', 'FORMAT_NOT_A_SNAPSHOT']).toContain((error as { code: string }).code);
      expect((error as { message: string }).message).toContain('cut.json: ');
    }
    writeFileSync(at('more.json'), Buffer.concat([whole, Buffer.from('\n')]));
    await expect(openJsonFile(at('more.json'))).rejects.toThrow(failing('FORMAT_INVALID'));
  });

  it('inside another one is refused', async () => {
    const once = readFileSync(await keep('once', text, codec));
    await expect(openJsonFile(await keep(name, once, codec))).rejects.toThrow(
      failing('FORMAT_NOT_A_SNAPSHOT'),
    );
    await expect(openJsonFile(await keep(name, once, 'gzip'))).rejects.toThrow(
      failing('FORMAT_NOT_A_SNAPSHOT'),
    );
  });

  it('says another version before any other fault', async () => {
    const file = await keep(name, '{ "a": 01, "version": 2 }', codec);
    await expect(openJsonFile(file)).rejects.toThrow(failing('FORMAT_INVALID'));
    await keep(name, '{ "version": 2, "a": 01 }', codec);
    await expect(openJsonFile(file)).rejects.toThrow(failing('FORMAT_UNSUPPORTED_VERSION'));
  });

  it('comes as a stream, and is kept as it came', async () => {
    const whole = readFileSync(await keep(name, text, codec));
    await keepJsonStream(chunksOf(whole.subarray(0, 9), whole.subarray(9)), at('kept.json'));
    expect(readFileSync(at('kept.json')).equals(whole)).toBe(true);
    const cut = keepJsonStream(chunksOf(whole.subarray(0, -1)), at('cut.json'));
    await expect(cut).rejects.toThrow(failing('FORMAT_INVALID'));
  });
});

describe('code in a compressed file', () => {
  const withoutRoom = () => vi.stubEnv('TMPDIR', at('nowhere'));

  it('needs a temporary file only when it is taken, which has no name and is gone afterwards', async () => {
    const file = await keep('state.json.gz', text, 'gzip');
    withoutRoom();
    const opened = await openJsonFile(file);
    expect(opened.content.digest).toBe(document.digest);
    const [first] = artifactsOf(opened.content.tree);
    await expect(collect(opened.blobs.source(first!).open())).rejects.toThrow(failing('STORE_NOT_FOUND'));
    vi.stubEnv('TMPDIR', temporary);
    // What failed for want of room is tried again.
    expect((await collect(opened.blobs.source(first!).open())).equals(codes[0]!)).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('can be read by several at once, each time it is asked for', async () => {
    const { blobs: found } = await openJsonFile(await keep('state.json.zst', text, 'zstd'));
    const read = codes
      .flatMap((code) => [code, code])
      .map((code) => collect(found.source(sourceOfBytes(code)).open()));
    expect((await Promise.all(read)).map((each) => each.length)).toEqual(
      codes.flatMap(({ length }) => [length, length]),
    );
  });

  it('is an error where the disk is full, and leaves nothing', async () => {
    const large = Buffer.concat([
      componentBytes('x'),
      Buffer.alloc(3_000_000, componentBytes('pad').subarray(8)),
    ]);
    const file = await keep('state.json.gz', fileWithCode([{ id: 'a', code: large }]), 'gzip');
    const opened = await openJsonFile(file);
    await withFileSizeLimit(1_000_000, async () => {
      const read = collect(opened.blobs.source(sourceOfBytes(large)).open());
      await expect(read).rejects.toThrow(failing('STORE_NO_SPACE'));
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is an error where the file was changed after it was opened', async () => {
    const file = await keep('state.json.gz', text, 'gzip');
    const opened = await openJsonFile(file);
    await keep('other', text, 'gzip');
    renameSync(at('other'), file);
    const [first] = artifactsOf(opened.content.tree);
    await expect(collect(opened.blobs.source(first!).open())).rejects.toThrow(failing('STORE_CHANGING'));
  });

  it('that is no base64 is an error of its component alone', async () => {
    const wrong = text.replace('"binary_data":"A', '"binary_data":"!');
    const { blobs: found } = await openJsonFile(await keep('state.json.zst', wrong, 'zstd'));
    await expect(collect(found.source(sourceOfBytes(codes[0]!)).open())).rejects.toThrow(
      failing('FORMAT_INVALID'),
    );
    expect((await collect(found.source(sourceOfBytes(codes[1]!)).open())).equals(codes[1]!)).toBe(true);
  });

  it('of an earlier draft gives its digests, and a draft without code is listed', async () => {
    const { state_digest: _none, ...draft } = JSON.parse(text);
    for (const component of draft.components) delete component.artifact;
    const opened = await openJsonFile(await keep('draft.json.gz', JSON.stringify(draft), 'gzip'));
    expect(opened.content.tree.state_digest).toBe(document.tree.state_digest);
    for (const component of draft.components) delete component.binary_data;
    const listed = await listDraftFile(await keep('draft.json.gz', JSON.stringify(draft), 'gzip'));
    expect(listed?.map(({ component_id }) => component_id)).toEqual(['a', 'b']);
  });

  it('leaves nothing behind when the process is killed', async () => {
    const file = await keep('state.json.gz', text, 'gzip');
    const [first] = artifactsOf(document.tree);
    const reader = path.join(import.meta.dirname, '../../../src/places/json/reader.ts');
    const script = `import { openJsonFile } from ${JSON.stringify(reader)};
      const { blobs } = await openJsonFile(${JSON.stringify(file)});
      for await (const _ of blobs.source(${JSON.stringify(first)}).open()) process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(temporary).filter((name) => name.includes('wassette-state'))).toEqual([]);
  });
});

it('what becomes too large is an error long before it is inflated', async () => {
  const bombs: [Codec, Buffer][] = [
    ['zstd', Buffer.concat(Array<Buffer>(4).fill(zstdBomb(1000)))],
    ['gzip', gzipSync(Buffer.alloc(100_000_000, ' '))],
  ];
  for (const [codec, bomb] of bombs) {
    // As a text without an end, and behind a beginning that is right.
    const start = await collect(compressed(chunksOf('{"version":1,"a":"'), { codec }));
    writeFileSync(at('bomb.json'), Buffer.concat([start, bomb]));
    await expect(openJsonFile(at('bomb.json'))).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  }
});

describe('a compression that is asked for', () => {
  const wanted = { document: false, code: true, labels: false, secrets: false, signatures: false };

  it('is that of the name, perhaps with a level', async () => {
    const large = 'text of a policy that is long '.repeat(500);
    const tree = documentOf(made, { metadata: { description: large } });
    for (const level of [1, 9]) {
      const file = at(`level-${level}.json.gz`);
      await writeJsonFile(file, readDocument(tree), blobs, { compress: { codec: 'gzip', level } });
      expect(JSON.parse(gunzipSync(readFileSync(file)).toString()).metadata.description).toBe(large);
    }
    expect(lstatSync(at('level-9.json.gz')).size).toBeLessThan(lstatSync(at('level-1.json.gz')).size);
  });

  it.each([
    ['state.json', { codec: 'gzip' }],
    ['state.json.gz', { codec: 'zstd' }],
    ['state.json.zst', { codec: 'gzip' }],
    ['state.json.zst', { codec: 'zstd', level: 20 }],
    ['state.json.gz', { codec: 'gzip', level: 0 }],
  ] as const)('is refused for %s where it is %j, before anything is read', async (name, compress) => {
    await expect(new JsonFilePlace(at(name), true).assertTakes({ ...wanted, compress })).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
    await expect(writeJsonFile(at(name), document, blobs, { compress })).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
