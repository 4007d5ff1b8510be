// The same with registries of others, and with what others read there and write there.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { collected } from '../../../src/codec/bytes.ts';
import { sha256Digest, sha256Hex } from '../../../src/codec/digest.ts';
import { verified } from '../../../src/disk/blobs/blob.ts';
import type { OpenSnapshot } from '../../../src/places/place.ts';
import { manifestFor } from '../../../src/snapshot/oci-manifest.ts';
import type { Signer } from '../../../src/snapshot/signatures/signing.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { goProgram } from '../../fixtures/ci-cache.ts';
import { failing } from '../../fixtures/failing.ts';
import { COSIGN, CRANE, ORAS } from '../../fixtures/go-programs.ts';
import {
  type Registry,
  startCraneRegistry,
  startCurrentRegistry,
  startDebianRegistry,
  startGuardedRegistry,
} from '../../fixtures/servers/registries/registries.ts';
import { keyText, testKey } from '../../fixtures/signing.ts';
import { sampleSnapshot } from '../sample-snapshot.ts';
import { type Logins, passwordOf, registryPlace } from './registry-place.ts';

const run = promisify(execFile);
const signers: Signer[] = [{ key: testKey('ed25519'), ssh: true }, { key: testKey('p256') }];
const MIB = 1024 * 1024;

let programs: string;
beforeAll(async () => {
  programs = [await goProgram(ORAS), await goProgram(CRANE), await goProgram(COSIGN)].join(':');
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** A program of others: its output, or an error that has it. */
async function others(program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}`, HOME: folder };
  const { stdout, stderr } = await run(program, args, { cwd: folder, env, maxBuffer: 64 * MIB });
  return stdout + stderr;
}

async function assertWhole({ content, blobs }: OpenSnapshot): Promise<void> {
  for (const { artifact } of content.tree.components)
    await collected(verified(artifact, blobs.source(artifact).open()));
}

/** One that is larger than what is sent at once. */
function large(ids: string[] = ['a', 'b', 'c']) {
  const wasm = Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  const bytes = new Map(ids.map((id, i) => [id, Buffer.concat([wasm, randomBytes((3 + i * 8) * MIB)])]));
  const { content, blobs } = sampleSnapshot(ids, { code: (id) => bytes.get(id)! });
  return [content, blobs] as const;
}

describe.each([
  ['docker-registry of Debian', startDebianRegistry],
  ['distribution', startCurrentRegistry],
  ['that of crane', startCraneRegistry],
])('in %s', (_name, start) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry.stop());

  const uri = (name: string) => `oci://${registry.address}/team/${name}`;
  const image = (name: string) => `${registry.address}/team/${name}`;

  it('a snapshot is written, opened, signed, and left alone when it says the same', async () => {
    const place = registryPlace(`${uri('whole')}:1`);
    const [content, blobs] = large();
    const { reference, transfer } = await place.write(content, blobs, { signers: [signers[0]!] });
    expect(transfer).toMatchObject({ sent: { blobs: 3, bytes: 33 * MIB + 24 } });
    await place.sign({ signers });
    for (const opened of [await place.open({}), await registryPlace(reference).open({})]) {
      await assertWhole(opened);
      const checked = checkSignatures(opened.signatures, opened.content, []);
      expect(checked.map(({ problem }) => problem)).toEqual([null, null, null, null, null]);
    }
    expect(await place.write(content, blobs, { signers })).toMatchObject({ changed: false, reference });
  });

  it('only what is not there is sent, and what another repository has is taken from there', async () => {
    const [content, blobs] = large();
    await registryPlace(uri('first')).write(content, blobs, {});
    const opened = await registryPlace(uri('first')).open({});
    const { transfer } = await registryPlace(uri('second')).write(opened.content, opened.blobs, {});
    expect(transfer).toMatchObject({ sent: { blobs: 0 }, shared: { blobs: 3 } });
    await assertWhole(await registryPlace(uri('second')).open({}));
  });

  it('16 signers at once are all there', async () => {
    const place = registryPlace(`${uri('signed')}:1`);
    await place.write(...large(['a']), {});
    const { SigningKey } = await import('../../../src/codec/keys/signing-key.ts');
    const { generateKeyPairSync } = await import('node:crypto');
    const keys = Array.from({ length: 16 }, () => {
      const { privateKey } = generateKeyPairSync('ed25519');
      return SigningKey.parse(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    });
    await Promise.all(keys.map((key) => registryPlace(`${uri('signed')}:1`).sign({ signers: [{ key }] })));
    expect((await place.open({})).signatures).toHaveLength(32);
  });

  it('others read what we have written', async () => {
    const [content, blobs] = large(['a', 'b']);
    await registryPlace(`${uri('read')}:1`).write(content, blobs, { signers });
    const { digest } = manifestFor(content);
    await others('crane', 'validate', '--insecure', '--remote', image('read:1'));
    await others('oras', 'pull', '--plain-http', '-o', 'pulled', image('read:1'));
    expect(readdirSync(path.join(folder, 'pulled')).sort()).toEqual(['a.wasm', 'b.wasm']);
    for (const { component_id, artifact } of content.tree.components)
      expect(sha256Hex(readFileSync(path.join(folder, 'pulled', `${component_id}.wasm`)))).toBe(
        artifact.sha256,
      );
    const inspected = JSON.parse(
      await others('skopeo', 'inspect', '--tls-verify=false', '--raw', `docker://${image('read:1')}`),
    );
    expect(inspected.config.digest).toBe(content.digest);
    const discovered = await others('oras', 'discover', '--plain-http', '--format', 'json', image('read:1'));
    const { referrers, manifests } = JSON.parse(discovered);
    expect(referrers ?? manifests).toHaveLength(5);
    for (const name of ['ed25519', 'p256'] as const) {
      writeFileSync(path.join(folder, 'key.pem'), keyText(name));
      await others('openssl', 'pkey', '-in', 'key.pem', '-pubout', '-out', 'key.pub');
      const options = ['--key', 'key.pub', '--insecure-ignore-tlog', '--allow-http-registry'];
      for (const what of ['read:1', `read@${digest}`])
        await others('cosign', 'verify', ...options, image(what));
    }
    writeFileSync(path.join(folder, 'other.pem'), keyText('openssh'));
    await others('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', 'other.pem');
    await others('openssl', 'pkey', '-in', 'other.pem', '-pubout', '-out', 'other.pub');
    const wrong = ['--key', 'other.pub', '--insecure-ignore-tlog', '--allow-http-registry'];
    await expect(others('cosign', 'verify', ...wrong, image('read:1'))).rejects.toThrow();
  });

  it('we read what oras has copied or put together, with its signatures', async () => {
    const [content, blobs] = large(['a']);
    await registryPlace(`${uri('origin')}:1`).write(content, blobs, { signers });
    const plain = ['--from-plain-http', '--to-plain-http'];
    await others('oras', 'cp', '-r', ...plain, image('origin:1'), image('copied:2'));
    const copied = await registryPlace(`${uri('copied')}:2`).open({});
    expect(copied).toMatchObject({ content: { digest: content.digest } });
    expect(copied.signatures).toHaveLength(5);
    await assertWhole(copied);
    const [{ artifact }] = content.tree.components as [(typeof content.tree.components)[0]];
    writeFileSync(path.join(folder, 'document.json'), content.bytes);
    writeFileSync(path.join(folder, 'a.wasm'), await collected(blobs.source(artifact).open()));
    const type = 'application/vnd.wassette-state.snapshot.v1+json';
    const parts = ['--config', `document.json:${type}`, '--artifact-type', type, 'a.wasm:application/wasm'];
    await others('oras', 'push', '--plain-http', image('pushed:1'), ...parts);
    const pushed = await registryPlace(`${uri('pushed')}:1`).open({});
    expect(pushed.content.digest).toBe(content.digest);
    await assertWhole(pushed);
  });

  it('what is no snapshot is neither opened nor replaced', async () => {
    writeFileSync(path.join(folder, 'a.txt'), 'text');
    await others('oras', 'push', '--plain-http', image('text:1'), 'a.txt:text/plain');
    const place = registryPlace(`${uri('text')}:1`);
    await expect(place.open({})).rejects.toEqual(failing('FORMAT_NOT_A_SNAPSHOT'));
    await expect(place.write(...large(['a']), {})).rejects.toEqual(failing('STORE_EXISTS'));
    await others('oras', 'manifest', 'index', 'create', '--plain-http', image('text:2'), '1');
    await expect(registryPlace(`${uri('text')}:2`).open({})).rejects.toEqual(
      failing('FORMAT_NOT_A_SNAPSHOT'),
    );
  });

  it('what is not there is not found', async () => {
    await expect(registryPlace(`${uri('nothing')}:1`).open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
    await registryPlace(`${uri('some')}:1`).write(...large(['a']), {});
    const digest = sha256Digest('nothing');
    for (const reference of [`${uri('some')}:2`, `${uri('some')}@${digest}`])
      await expect(registryPlace(reference).open({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
  });
});

describe('in a registry that wants tokens', () => {
  let registry: Awaited<ReturnType<typeof startGuardedRegistry>>;
  beforeAll(async () => {
    registry = await startGuardedRegistry({ me: 'secret' });
  });
  afterAll(() => registry.stop());

  const at = (name: string, login?: Logins[string]) =>
    registryPlace(
      `oci://${registry.address}/team/${name}`,
      login === undefined ? {} : { [registry.address]: login },
    );
  const me = passwordOf('me', 'secret');

  it('whoever has logged in writes, with one token, and anybody reads', async () => {
    const before = registry.tokens.given();
    await at('tools', me).write(...large(), { signers });
    expect(registry.tokens.given() - before).toBe(1);
    const opened = await at('tools').open({});
    await assertWhole(opened);
    expect(opened.signatures).toHaveLength(5);
  });

  it('nobody else writes, and nothing is told of the login', async () => {
    for (const login of [undefined, passwordOf('me', 'wrong-password')]) {
      const error = await at('other', login)
        .write(...large(['a']), {})
        .catch((failure: unknown) => failure);
      expect(error).toEqual(failing('STORE_DENIED'));
      expect(JSON.stringify(error)).not.toContain('wrong-password');
    }
  });

  it('a token that ends in the middle of a push is renewed', async () => {
    registry.tokens.lastFor(2);
    onTestFinished(() => registry.tokens.lastFor(300));
    const before = registry.tokens.given();
    const [content, blobs] = large(['a', 'b', 'c', 'd']);
    // Slow enough that it takes several tokens.
    const slowly = {
      has: blobs.has,
      source: (blob: Parameters<typeof blobs.source>[0]) => ({
        ...blob,
        async *open() {
          for await (const chunk of blobs.source(blob).open()) {
            for (let from = 0; from < chunk.length; from += MIB) {
              yield chunk.subarray(from, from + MIB);
              await new Promise((resolve) => setTimeout(resolve, 400));
            }
          }
        },
      }),
    };
    await at('expiring', me).write(content, slowly, { signers });
    expect(registry.tokens.given() - before).toBeGreaterThan(1);
    await assertWhole(await at('expiring').open({}));
  });
});
