import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { listComponents } from '../../../src/wassette/directory/listing.ts';
import { readComponents } from '../../../src/wassette/directory/reading.ts';
import { componentBytes, coreModuleBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { changeWhenRead } from '../../fixtures/system/changing-file.ts';

function directory() {
  const host = makeHost();
  const dir = host.locations.componentDir;
  return { ...host, dir, file: (name: string) => path.join(dir, name) };
}
const whole = { requireWhole: true };

describe('listing a component directory', () => {
  it('finds the ids that have code, and those that have only a policy, sorted', async () => {
    const { dir, file, install } = directory();
    install('b', { policy: policyText() });
    install('a');
    for (const name of [
      'left.policy.yaml',
      'x.metadata.json',
      'y.cwasm',
      'temp_0123456789abcdef.txt',
      'README',
      'UPPER.WASM',
    ])
      writeFileSync(file(name), '');
    mkdirSync(file('downloads'));
    expect(await listComponents(dir)).toMatchObject({ installed: ['a', 'b'], orphans: ['left'] });
  });

  it('tells apart what Wassette does not load: links, directories, an upper-case ending', async () => {
    const { dir, file, install } = directory();
    install('a');
    symlinkSync('a.wasm', file('link.wasm'));
    mkdirSync(file('folder.wasm'));
    writeFileSync(file('UPPER.WASM'), '');
    const { installed, unloadable } = await listComponents(dir);
    expect(installed).toEqual(['a']);
    expect(Object.fromEntries(unloadable.map(({ file, id, why }) => [file, [id, why]]))).toEqual({
      'link.wasm': ['link', 'a symbolic link'],
      'folder.wasm': ['folder', 'a directory'],
      'UPPER.WASM': [null, 'a name that does not end in .wasm in lower case'],
    });
  });

  it('of a directory that does not exist is empty, of a file an error', async () => {
    const { file, install } = directory();
    install('a');
    expect(await listComponents(file('none'))).toMatchObject({ installed: [], orphans: [], unloadable: [] });
    await expect(listComponents(file('a.wasm'))).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });

  it.each(['.store-state.json', 'a.install.json'])(
    'refuses a transactional store, known by %s',
    async (name) => {
      const { dir, file, install } = directory();
      install('a');
      writeFileSync(file(name), '{}');
      await expect(listComponents(dir)).rejects.toThrow(failing('STORE_UNSUPPORTED'));
    },
  );
});

describe('reading a component directory', () => {
  it('takes every file of a component with its digest, in the order asked for', async () => {
    const { dir, file, install } = directory();
    install('a', { policy: policyText() });
    install('b', { code: 'other' });
    writeFileSync(file('a.policy.meta.json'), '{}');
    writeFileSync(file('a.metadata.json'), '[]');
    const [b, a] = await readComponents(dir, ['b', 'a'], whole);
    const bytes = componentBytes('a');
    expect(a).toMatchObject({
      component_id: 'a',
      artifact: { sha256: sha256Hex(bytes), size: bytes.length },
      policy: { sha256: sha256Hex(Buffer.from(policyText())), bytes: Buffer.from(policyText()) },
      policyMeta: { size: 2 },
      toolCache: { size: 2 },
    });
    expect(b).toMatchObject({ component_id: 'b', policy: null, policyMeta: null, toolCache: null });
    expect(b?.artifact?.sha256).toBe(sha256Hex(componentBytes('other')));
  });

  it.each([0, 1024 * 1024, 3 * 1024 * 1024 + 1])('hashes code of %d bytes or a little more', async (size) => {
    const { dir, install } = directory();
    const bytes = componentBytes('x', size);
    install('a', { code: bytes });
    const [a] = await readComponents(dir, ['a'], whole);
    expect(a?.artifact).toEqual({ sha256: sha256Hex(bytes), size: bytes.length });
  });

  it.each([
    ['a core module', coreModuleBytes()],
    ['no bytes', Buffer.alloc(0)],
    ['half a component', componentBytes('x', 500).subarray(0, 250)],
    [
      'a section that claims 4 GiB',
      Buffer.concat([componentBytes('x'), Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1])]),
    ],
    ['something else', Buffer.from('#!/bin/sh\necho hello\n')],
  ])('refuses %s as code, and only looks at it when not exporting', async (_what, bytes) => {
    const { dir, install } = directory();
    install('a', { code: bytes });
    await expect(readComponents(dir, ['a'], whole)).rejects.toThrow(failing('FORMAT_NOT_A_COMPONENT'));
    const [seen] = await readComponents(dir, ['a'], { requireWhole: false });
    expect(seen?.artifact).toEqual({ sha256: sha256Hex(bytes), size: bytes.length });
  });

  it('takes code whole when the second half arrives a moment later', async () => {
    const { dir, file, install } = directory();
    const bytes = componentBytes('x', 500);
    install('a', { code: bytes.subarray(0, 250) });
    setTimeout(() => appendFileSync(file('a.wasm'), bytes.subarray(250)), 30);
    const [a] = await readComponents(dir, ['a'], whole);
    expect(a?.artifact?.sha256).toBe(sha256Hex(bytes));
  });

  it('takes a component that is gone as one without files', async () => {
    const { dir } = directory();
    expect(await readComponents(dir, ['gone'], { requireWhole: false })).toMatchObject([
      { component_id: 'gone', artifact: null, policy: null },
    ]);
  });

  it('gives up on a file that keeps changing, and says which', async () => {
    const { dir, file, install } = directory();
    install('a', { code: componentBytes('x', 2 * 1024 * 1024) });
    await changeWhenRead(file('a.wasm'));
    await expect(readComponents(dir, ['a'], whole)).rejects.toThrow(
      failing('STORE_CHANGING', { message: expect.stringContaining('a.wasm') }),
    );
  });

  it('refuses a policy file too large to have been written by Wassette', async () => {
    const { dir, file, install } = directory();
    install('a');
    execFileSync('truncate', ['-s', '17M', file('a.policy.yaml')]);
    await expect(readComponents(dir, ['a'], whole)).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });
});

describe('what is not a regular file', () => {
  it.each(['a.wasm', 'a.policy.yaml', 'a.policy.meta.json', 'a.metadata.json'])(
    'is refused as %s: a link to the right file, a broken link, a directory, a pipe',
    async (name) => {
      const { dir, file, install } = directory();
      install('a', { policy: policyText() });
      writeFileSync(file('a.policy.meta.json'), '{}');
      writeFileSync(file('a.metadata.json'), '{}');
      renameSync(file(name), file('moved'));
      const stand = {
        link: () => symlinkSync('moved', file(name)),
        broken: () => symlinkSync('nowhere', file(name)),
        directory: () => mkdirSync(file(name)),
        pipe: () => execFileSync('mkfifo', [file(name)]),
      };
      for (const put of Object.values(stand)) {
        put();
        await expect(readComponents(dir, ['a'], whole)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
        await expect(readComponents(dir, ['a'], { requireWhole: false })).rejects.toThrow(
          failing('STORE_UNSAFE_FILE'),
        );
        rmSync(file(name), { recursive: true });
      }
    },
  );
});
