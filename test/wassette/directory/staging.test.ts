import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { sha256At } from '../../../src/wassette/directory/component-files.ts';
import { Staging } from '../../../src/wassette/directory/staging.ts';
import { componentBytes, coreModuleBytes } from '../../fixtures/components/component.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { isRoot } from '../../fixtures/system/root.ts';

const policy = Buffer.from(policyText());

async function stagingOn(host: TestHost): Promise<Staging> {
  const staging = new Staging(host.locations, '0123456789abcdef', []);
  await staging.create(host.state);
  return staging;
}

async function stage(staging: Staging, ids: string[], bytes: Buffer = componentBytes('new')): Promise<void> {
  const sink = await staging.wasmSink(ids);
  await sink.write(bytes.subarray(0, 5));
  await sink.write(bytes.subarray(5));
  await sink.end();
  for (const id of ids) await staging.addFile(id, 'policy', policy);
}

function attributes(file: string): number[] {
  const { uid, gid, mode } = lstatSync(file);
  return [uid, gid, mode & 0o777];
}
const inDir = (host: TestHost, name: string) => path.join(host.locations.componentDir, name);
const own = (host: TestHost) => inDir(host, '.wassette-state');

describe('staged files', () => {
  it('wait beside the components, where Wassette does not look, closed to others', async () => {
    const host = makeHost();
    const staging = await stagingOn(host);
    await stage(staging, ['a']);
    await staging.sync();
    expect(readFileSync(staging.fileOf('a', 'wasm'))).toEqual(componentBytes('new'));
    expect(readFileSync(staging.fileOf('a', 'policy'))).toEqual(policy);
    expect(host.files()).toEqual({});
    expect(path.dirname(staging.folderIn('componentDir'))).toBe(own(host));
    expect(lstatSync(staging.folderIn('componentDir')).mode & 0o777).toBe(0o700);
  });

  it('of components with the same code are written in one pass', async () => {
    const host = makeHost();
    const staging = await stagingOn(host);
    await stage(staging, ['a', 'b']);
    for (const id of ['a', 'b'])
      expect(await sha256At(staging.fileOf(id, 'wasm'))).toBe(sha256Hex(componentBytes('new')));
  });

  it('of a new component get the directory owner and 0600, code and policy alike', async () => {
    const host = makeHost();
    const { componentDir } = host.locations;
    const owner = isRoot ? [4242, 4343] : [process.getuid!(), process.getgid!()];
    chownSync(componentDir, owner[0]!, owner[1]!);
    chmodSync(componentDir, 0o755);
    const staging = await stagingOn(host);
    await stage(staging, ['a']);
    expect(attributes(staging.fileOf('a', 'wasm'))).toEqual([...owner, 0o600]);
    expect(attributes(staging.fileOf('a', 'policy'))).toEqual([...owner, 0o600]);
  });

  it.each([0o644, 0o640, 0o400])('of a replaced component keep its owner and mode %o', async (mode) => {
    const host = makeHost();
    host.install('a', { policy: policyText() });
    const owner = isRoot ? [4242, 4343] : [process.getuid!(), process.getgid!()];
    chownSync(inDir(host, 'a.wasm'), owner[0]!, owner[1]!);
    chmodSync(inDir(host, 'a.wasm'), mode);
    chmodSync(inDir(host, 'a.policy.yaml'), 0o600); // a mismatch is not carried on
    const staging = await stagingOn(host);
    await stage(staging, ['a']);
    expect(attributes(staging.fileOf('a', 'wasm'))).toEqual([...owner, mode]);
    expect(attributes(staging.fileOf('a', 'policy'))).toEqual([...owner, mode]);
  });

  it('do not inherit a set-user bit', async () => {
    const host = makeHost();
    host.install('a');
    chmodSync(inDir(host, 'a.wasm'), 0o4755);
    const staging = await stagingOn(host);
    await stage(staging, ['a']);
    expect(lstatSync(staging.fileOf('a', 'wasm')).mode & 0o7777).toBe(0o755);
  });

  it('are known again by inode, size and time, those of an earlier process are not', async () => {
    const host = makeHost();
    const staging = await stagingOn(host);
    await stage(staging, ['a']);
    const { ino, size, mtimeNs } = lstatSync(staging.fileOf('a', 'wasm'), { bigint: true });
    expect(staging.verifiedIdentity('a', 'wasm')).toMatchObject({ ino, size, mtimeNs });
    const later = new Staging(host.locations, staging.importId, []);
    expect(later.verifiedIdentity('a', 'wasm')).toBeNull();
  });

  it.each([
    ['a core module', coreModuleBytes()],
    ['half a component', componentBytes('x').subarray(0, -1)],
    ['nothing', Buffer.alloc(0)],
  ])('are refused when the code is %s, with the id it was meant for', async (_, bytes) => {
    const staging = await stagingOn(makeHost());
    const sink = await staging.wasmSink(['a']);
    await sink.write(bytes);
    const failure = { code: 'FORMAT_NOT_A_COMPONENT', details: { component_id: 'a' } };
    await expect(Promise.resolve(sink.end())).rejects.toThrow(expect.objectContaining(failure));
    await sink.abort();
  });

  it('are created anew: something that already stands there is not written through', async () => {
    const host = makeHost();
    const staging = await stagingOn(host);
    const victim = path.join(host.locations.stateDir, 'victim');
    mkdirSync(host.locations.stateDir, { recursive: true });
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, staging.fileOf('a', 'wasm'));
    await expect(staging.wasmSink(['a'])).rejects.toThrow(expect.objectContaining({ kind: 'store' }));
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });
});
