// Hosts that cannot be exported: a clear error with a code, and no half snapshot anywhere.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { exportState, exportStateTo, openSnapshot } from '../../../src/index.ts';
import { componentBytes, coreModuleBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { changeWhenRead } from '../../fixtures/system/changing-file.ts';

function host() {
  const made = makeHost();
  made.install('probe');
  const store = path.join(made.locations.stateDir, 'snapshots');
  return { ...made, store, at: (name: string) => path.join(made.locations.componentDir, name) };
}

describe('a component directory with', () => {
  it.each([
    '.hidden',
    '-x',
    ' x',
    '@x',
    'x ',
    'CON',
    'nul.txt',
    'x.',
    'caf\u00e9',
    'cafe\u0301',
    'a'.repeat(129),
    'a\\b',
    'a\nb',
    'a:b',
  ])('the id %j is refused, and can be left out (F-3.2)', async (id) => {
    const { locations, install } = host();
    install(id);
    await expect(exportState(locations)).rejects.toThrow(failing('FORMAT_INVALID_ID'));
    expect(
      (await exportState({ ...locations, componentFilter: ['probe'] })).document.components,
    ).toHaveLength(1);
  });

  it.each([
    ['differ only in case', 'Probe', 'probe'],
    ['share one secrets file', 'a_b', 'a__b'],
  ])('ids that %s is refused (F-3.3)', async (_how, first, second) => {
    const { locations, install } = host();
    install(first);
    install(second);
    await expect(exportState(locations)).rejects.toThrow(failing('FORMAT_INVALID_ID'));
  });

  it.each([
    ['broken YAML', 'permissions: ['],
    ['not UTF-8', Buffer.from('version: "1.0"\npermissions: {} # \xff', 'latin1')],
    ['a byte-order mark', '\ufeffversion: "1.0"\npermissions: {}\n'],
    ['a version that Wassette refuses', 'version: "2.0"\npermissions: {}\n'],
    ['memory of zero', 'version: "1.0"\npermissions: { resources: { limits: { memory: 0 } } }\n'],
    ['an alias bomb', `version: "1.0"\npermissions: {}\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n`],
    [
      'an entry of the wrong shape',
      'version: "1.0"\npermissions: { network: { allow: [api.example.com] } }\n',
    ],
  ])('a policy that is %s is refused by name (F-4.4)', async (_what, text) => {
    const { locations, at } = host();
    writeFileSync(at('probe.policy.yaml'), text);
    await expect(exportState(locations)).rejects.toThrow(
      failing('FORMAT_INVALID_POLICY', { details: expect.objectContaining({ component_id: 'probe' }) }),
    );
  });

  it('a policy of 2 MiB is refused (F-7)', async () => {
    const { locations, at } = host();
    writeFileSync(at('probe.policy.yaml'), policyText() + `# ${'x'.repeat(1021)}\n`.repeat(2048));
    await expect(exportState(locations)).rejects.toThrow(failing('FORMAT_LIMIT_EXCEEDED'));
  });

  it.each([
    ['a core module', coreModuleBytes()],
    ['half a component', componentBytes('x', 400).subarray(0, 200)],
  ])('%s as code is refused (F-3.8)', async (_what, bytes) => {
    const { locations, install } = host();
    install('bad', { code: bytes });
    await expect(exportState(locations)).rejects.toThrow(failing('FORMAT_NOT_A_COMPONENT'));
    await expect(exportStateTo({}, locations)).rejects.toThrow(failing('FORMAT_NOT_A_COMPONENT'));
  });

  it('several faults is refused with all of them at once, and the other components can be exported (F-3.8)', async () => {
    const { locations, install, at } = host();
    install('empty', { code: Buffer.alloc(0) });
    install('._probe', { code: Buffer.from('00051607000200004d6163204f53205820202020', 'hex') });
    install('pointer', { code: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n') });
    install('module', { code: coreModuleBytes() });
    install('caf\u00e9');
    install('open', { policy: 'version: "2.0"\npermissions: {}\n' });
    const failure = await exportState(locations).catch((error) => error);
    expect(failure).toMatchObject({
      kind: 'format',
      remedy: { do: 'leave-out', others: ['probe'] },
      details: { component_ids: ['"._probe"', '"empty"', '"module"', '"pointer"', '"caf\\u00e9"', '"open"'] },
    });
    for (const said of [
      '6 components cannot be exported',
      '"empty": it is empty',
      '"._probe": it is macOS metadata',
      '"pointer": it is a Git LFS pointer',
      '"module": it is a core module',
      'id "caf\\u00e9" is not allowed',
      '"open": policy line 1',
    ])
      expect(failure.message).toContain(said);
    const { document } = await exportState({ ...locations, componentFilter: failure.remedy.others });
    expect(document.components.map((c) => c.component_id)).toEqual(['probe']);
    for (const id of ['empty', '._probe', 'pointer', 'module', 'caf\u00e9']) rmSync(at(`${id}.wasm`));
    await expect(exportState(locations)).rejects.toThrow(failing('FORMAT_INVALID_POLICY'));
  });

  it('what Wassette does not load exports the rest and says what is not in it; asked for by name it is refused', async () => {
    const { locations, at } = host();
    symlinkSync('probe.wasm', at('link.wasm'));
    writeFileSync(at('UPPER.WASM'), componentBytes('x'));
    mkdirSync(at('folder.wasm'));
    const { document, notes } = await exportStateTo({}, locations);
    expect(document.components.map((c) => c.component_id)).toEqual(['probe']);
    expect(notes).toHaveLength(1);
    for (const named of ['"link.wasm" (a symbolic link)', '"UPPER.WASM" (', '"folder.wasm" (a directory)'])
      expect(notes[0]).toContain(named);
    expect((await exportState(locations)).notes).toEqual(notes);
    await expect(exportState({ ...locations, componentFilter: ['probe', 'link'] })).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
    expect((await exportStateTo({}, { ...locations, componentFilter: ['probe'] })).notes).toEqual([]);
  });

  it('a link for a file is refused, whatever it points to', async () => {
    const { locations, at } = host();
    renameSync(at('probe.wasm'), at('elsewhere'));
    symlinkSync('elsewhere', at('probe.wasm'));
    await expect(exportState(locations)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    rmSync(at('probe.wasm'));
    renameSync(at('elsewhere'), at('probe.wasm'));
    symlinkSync('/etc/passwd', at('probe.policy.yaml'));
    await expect(exportState(locations)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });
});

describe('a component that', () => {
  it('vanishes during the export is left out, and refused when it was named', async () => {
    const { locations, install, at } = host();
    const file = path.join(path.dirname(locations.componentDir), 'state.json');
    const onProgress = () => rmSync(at('zz-gone.wasm'), { force: true });
    install('zz-gone');
    const { document } = await exportStateTo({ file }, { ...locations, includeBinaries: true, onProgress });
    expect(document.components.map((c) => c.component_id)).toEqual(['probe']);
    rmSync(file);
    install('zz-gone');
    const named = { ...locations, componentFilter: ['probe', 'zz-gone'], includeBinaries: true, onProgress };
    await expect(exportStateTo({ file }, named)).rejects.toThrow(failing('USAGE_UNKNOWN_COMPONENT'));
    expect(existsSync(file)).toBe(false);
  });

  it('is replaced during the export is taken as it is in the end, with digests that fit', async () => {
    const { locations, install } = host();
    install('zz', { code: 'old' });
    let replaced = 0;
    const file = path.join(path.dirname(locations.componentDir), 'state.json');
    const onProgress = () => {
      if (replaced++ === 0) install('zz', { code: 'new' });
    };
    const { document } = await exportStateTo({ file }, { ...locations, includeBinaries: true, onProgress });
    expect(document.components[1]?.artifact.sha256).toBe(sha256Hex(componentBytes('new')));
    expect(await (await openSnapshot(file, locations)).validate()).toBeGreaterThan(0);
  });

  it('is replaced again at every attempt is given up', async () => {
    const { locations, install } = host();
    install('zz', { code: 'old' });
    const file = path.join(path.dirname(locations.componentDir), 'state.json');
    let n = 0;
    const onProgress = () => install('zz', { code: `version ${n++}` });
    await expect(
      exportStateTo({ file }, { ...locations, includeBinaries: true, onProgress }),
    ).rejects.toThrow(failing('STORE_CHANGING'));
    expect(existsSync(file)).toBe(false);
  });

  it('keeps changing while it is read is given up, and named', async () => {
    const { locations, install, at } = host();
    install('busy', { code: componentBytes('x', 2 * 1024 * 1024) });
    await changeWhenRead(at('busy.wasm'));
    await expect(exportState(locations)).rejects.toThrow(
      failing('STORE_CHANGING', { message: expect.stringContaining('busy') }),
    );
  });
});

describe('a file to write', () => {
  it.each(['state.json', 'deployment.yaml'])(
    'as %s in a directory that does not exist is refused by naming that directory, and it is not made',
    async (name) => {
      const { locations } = host();
      const folder = path.join(path.dirname(locations.componentDir), 'new', 'folder');
      await expect(exportStateTo({ file: path.join(folder, name) }, locations)).rejects.toThrow(
        failing('STORE_NOT_FOUND', {
          message: expect.stringContaining(`the directory ${folder} does not exist`),
        }),
      );
      expect(existsSync(path.dirname(folder))).toBe(false);
    },
  );

  it('whose directory vanishes is not said to be a component directory that changes', async () => {
    const { locations } = host();
    const folder = path.join(path.dirname(locations.componentDir), 'out');
    mkdirSync(folder);
    const onProgress = () => rmSync(folder, { recursive: true, force: true });
    await expect(
      exportStateTo(
        { file: path.join(folder, 'x.json') },
        { ...locations, includeBinaries: true, onProgress },
      ),
    ).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });
});

describe('links inside the store', () => {
  it('are not followed when a snapshot is opened or its code delivered', async () => {
    const { locations, store } = host();
    const { reference } = await exportStateTo({}, locations);
    const blob = path.join(store, 'blobs', 'sha256', sha256Hex(componentBytes('probe')));
    renameSync(blob, `${blob}.moved`);
    symlinkSync(`${blob}.moved`, blob);
    await expect((await openSnapshot(reference, locations)).validate()).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
    const index = path.join(store, 'index.json');
    renameSync(index, path.join(store, 'index.moved'));
    symlinkSync('index.moved', index);
    await expect(openSnapshot(reference, locations)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('are not written through', async () => {
    const { locations, store } = host();
    const victim = path.join(path.dirname(store), 'victim');
    const blobs = path.join(store, 'blobs', 'sha256');
    mkdirSync(blobs, { recursive: true });
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, path.join(blobs, sha256Hex(componentBytes('probe'))));
    await expect(exportStateTo({}, locations)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });
});
