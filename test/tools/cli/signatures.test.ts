// sign, verify, export --sign and inspect --canonical, as a person or a script calls them.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Digest } from '../../../src/codec/digest.ts';
import { command } from '../../fixtures/command-line.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';
import { keyText, testKey } from '../../fixtures/signing.ts';

let host: TestHost;
let folder: string;
const at = (name: string) => path.join(folder, name);

beforeEach(() => {
  host = makeHost();
  host.install('a');
  folder = path.dirname(host.locations.componentDir);
  for (const name of ['ed25519', 'p256', 'openssh', 'passphrase'] as const)
    writeFileSync(at(`${name}.pem`), keyText(name), { mode: 0o600 });
});

const run = (...words: string[]) => command(...words, ...host.flagsFor(...words));

async function answer(...words: string[]) {
  const { stdout, code } = await run(...words, '--json');
  return { code, ...JSON.parse(stdout) };
}

const exportTo = (file: string, ...more: string[]) =>
  run('export', '-o', at(file), '--include-binaries', ...more);

/** `verify`, as short as it can be said. */
async function verified(reference: string, ...more: string[]) {
  const { code, error, signatures } = await answer('verify', reference, ...more);
  const held = signatures?.map((one: { kind: string; over: string; problem?: { code: string } }) =>
    one.problem ? one.problem.code : `${one.kind} ${one.over}`,
  );
  return { code, error: error?.code ?? null, held };
}

const BUNDLES = ['sigstore document', 'sigstore manifest'];

describe('a file that is exported signed', () => {
  it('verifies, and says by whom', async () => {
    await exportTo('t.json', '--sign', at('ed25519.pem'), '--ssh');
    expect(await verified(at('t.json'))).toEqual({
      code: 0,
      error: null,
      held: [...BUNDLES, 'ssh document'],
    });
    const { stdout, code } = await run('verify', at('t.json'));
    expect(code).toBe(0);
    expect(stdout).toContain(testKey('ed25519').publicKey.fingerprint);
    expect(stdout).toContain('cosign verify-blob-attestation');
    expect(stdout).toContain('ssh-keygen -Y check-novalidate');
  });

  it('takes more signatures where it is, from the store as well', async () => {
    await exportTo('t.json', '--sign', at('ed25519.pem'));
    await run('export', '--name', 'tools', '--sign', at('openssh.pem'));
    for (const reference of [at('t.json'), 'tools']) {
      expect(await answer('sign', reference, '--key', at('p256.pem'))).toMatchObject({
        code: 0,
        changed: true,
        signatures: 4,
        signer: testKey('p256').publicKey.fingerprint,
      });
      expect(await answer('sign', reference, '--key', at('p256.pem'))).toMatchObject({ changed: false });
      expect(await verified(reference)).toEqual({ code: 0, error: null, held: [...BUNDLES, ...BUNDLES] });
    }
  });

  it('is imported as before', async () => {
    await exportTo('t.json', '--sign', at('ed25519.pem'), '--ssh');
    const other = makeHost();
    const { code } = await command('import', at('t.json'), '--yes', ...other.flags);
    expect(code).toBe(0);
  });

  it('does not verify once a policy in it was altered, whoever writes the digests anew', async () => {
    await exportTo('t.json', '--sign', at('ed25519.pem'), '--ssh');
    const tree = JSON.parse(readFileSync(at('t.json'), 'utf8'));
    tree.metadata = { description: 'altered' };
    writeFileSync(at('t.json'), JSON.stringify(tree));
    expect(await verified(at('t.json'))).toEqual({
      code: 4,
      error: 'VERIFY_OTHER_SUBJECT',
      held: ['VERIFY_OTHER_SUBJECT', 'VERIFY_OTHER_SUBJECT', 'VERIFY_BAD_SIGNATURE'],
    });
  });

  it('does not count as signed without a signature, nor by another key than was asked for', async () => {
    await exportTo('t.json');
    expect(await verified(at('t.json'))).toMatchObject({ code: 4, error: 'VERIFY_NOT_SIGNED', held: [] });
    await run('sign', at('t.json'), '--key', at('ed25519.pem'));
    writeFileSync(at('p256.pub'), testKey('p256').publicKey.pem);
    writeFileSync(at('ed.pub'), `${testKey('ed25519').publicKey.sshLine} me\n`);
    expect(await verified(at('t.json'), '--key', at('p256.pub'))).toMatchObject({
      error: 'VERIFY_NOT_SIGNED',
    });
    expect(await verified(at('t.json'), '--key', at('p256.pub'), '--key', at('ed.pub'))).toMatchObject({
      code: 0,
    });
  });
});

describe('a bundle in a file of its own', () => {
  it('is the signature of the snapshot, and verifies a copy that has none', async () => {
    await exportTo('t.json');
    await run('sign', at('t.json'), '--key', at('ed25519.pem'), '--bundle', at('b.json'));
    const tree = JSON.parse(readFileSync(at('t.json'), 'utf8'));
    expect(JSON.parse(readFileSync(at('b.json'), 'utf8'))).toEqual(tree.signatures[0]);
    writeFileSync(at('bare.json'), JSON.stringify({ ...tree, signatures: undefined }));
    expect(await verified(at('bare.json'), '--bundle', at('b.json'))).toMatchObject({
      code: 0,
      held: ['sigstore document'],
    });
    expect(await verified(at('t.json'), '--bundle', at('b.json'))).toMatchObject({ held: BUNDLES });
  });

  it('replaces a bundle and nothing else, and nothing is signed before that is known', async () => {
    await exportTo('t.json');
    writeFileSync(at('notes.json'), '{}');
    const signing = ['sign', at('t.json'), '--key', at('ed25519.pem'), '--bundle'];
    expect(await answer(...signing, at('notes.json'))).toMatchObject({ error: failing('STORE_EXISTS') });
    expect(await answer(...signing, at('no/b.json'))).toMatchObject({ error: failing('STORE_NOT_FOUND') });
    expect(await verified(at('t.json'))).toMatchObject({ held: [] });
    await run(...signing, at('b.json'));
    expect((await run(...signing, at('b.json'))).code).toBe(0);
  });
});

describe('the bytes for other tools', () => {
  it('are the canonical document, whose digest is the name of the snapshot', async () => {
    await exportTo('t.json');
    const { stdout } = await run('inspect', at('t.json'), '--canonical');
    const { snapshot_digest } = await answer('inspect', at('t.json'));
    expect(sha256Digest(stdout)).toBe(snapshot_digest);
  });

  it('are written with each signature and its key, and no file is replaced', async () => {
    await exportTo('t.json', '--sign', at('ed25519.pem'), '--ssh');
    const { code, stdout } = await run('verify', at('t.json'), '--evidence', at('evidence'));
    expect(code).toBe(0);
    const ssh = stdout.split('\n').find((line) => line.includes('ssh-keygen'))!;
    const { status, stdout: said } = spawnSync('/bin/sh', ['-c', ssh], { encoding: 'utf8' });
    expect(said).toContain(testKey('ed25519').publicKey.fingerprint);
    expect(status).toBe(0);
    expect(await answer('verify', at('t.json'), '--evidence', at('evidence'))).toMatchObject({
      error: failing('STORE_EXISTS'),
    });
  });
});

it('writes no bundle and no evidence into a directory that decides about rights', async () => {
  await exportTo('t.json', '--sign', at('ed25519.pem'));
  const { componentDir, secretsDir, stateDir } = host.locations;
  for (const ours of [componentDir, secretsDir, stateDir]) {
    const file = path.join(ours, 'new');
    const refused = { code: 5, error: failing('POLICY_OUTSIDE_FENCE') };
    const key = at('ed25519.pem');
    expect(await answer('sign', at('t.json'), '--key', key, '--bundle', file)).toMatchObject(refused);
    expect(await answer('export', '-o', at('u.json'), '--sign', key, '--bundle', file)).toMatchObject(
      refused,
    );
    expect(await answer('verify', at('t.json'), '--evidence', file)).toMatchObject(refused);
    expect(existsSync(file)).toBe(false);
  }
  expect(existsSync(at('u.json'))).toBe(false);
});

describe('a private key', () => {
  const sign = (key: string, ...more: string[]) => answer('sign', at('t.json'), '--key', at(key), ...more);

  beforeEach(async () => void (await exportTo('t.json')));

  it('has its passphrase from a file or the environment, and it stays nowhere', async () => {
    writeFileSync(at('phrase'), 'open sesame\n', { mode: 0o600 });
    expect(await sign('passphrase.pem', '--key-passphrase-file', at('phrase'))).toMatchObject({
      changed: true,
    });
    process.env.WASSETTE_STATE_KEY_PASSPHRASE = 'open sesame';
    expect(await sign('passphrase.pem')).toMatchObject({ code: 0, changed: false });
    expect(process.env.WASSETTE_STATE_KEY_PASSPHRASE).toBeUndefined();
    process.env.WASSETTE_STATE_KEY_PASSPHRASE = 'open sesam';
    const refused = await sign('passphrase.pem');
    expect(refused).toMatchObject({ code: 3, error: failing('FORMAT_INVALID_KEY') });
    expect(JSON.stringify(refused)).not.toContain('sesam');
    expect(await sign('passphrase.pem')).toMatchObject({ code: 2, error: failing('USAGE_BAD_ARGUMENT') });
  });

  it('is refused where others may read it, through a link, as a pipe, cut or too long', async () => {
    chmodSync(at('p256.pem'), 0o640);
    symlinkSync(at('ed25519.pem'), at('link.pem'));
    spawnSync('mkfifo', ['-m', '600', at('pipe.pem')]);
    mkdirSync(at('folder.pem'), { mode: 0o700 });
    writeFileSync(at('cut.pem'), keyText('ed25519').slice(0, 50), { mode: 0o600 });
    writeFileSync(at('long.pem'), 'x'.repeat(70_000), { mode: 0o600 });
    const before = readFileSync(at('t.json'));
    for (const name of ['p256.pem', 'link.pem', 'pipe.pem', 'folder.pem'])
      expect(await sign(name), name).toMatchObject({ error: failing('STORE_UNSAFE_FILE') });
    // A link is readable by all in name only: taking a permission away would not help.
    expect(await sign('link.pem')).not.toMatchObject({
      error: { message: expect.stringContaining('can be read by others') },
    });
    expect(await sign('cut.pem')).toMatchObject({ error: failing('FORMAT_INVALID_KEY') });
    expect(await sign('long.pem')).toMatchObject({ error: failing('FORMAT_LIMIT_EXCEEDED') });
    expect(await sign('none.pem')).toMatchObject({ error: failing('STORE_NOT_FOUND') });
    expect(readFileSync(at('t.json'))).toEqual(before);
  });

  it('of P-256 makes no SSH signature, and then none at all', async () => {
    expect(await sign('p256.pem', '--ssh')).toMatchObject({ error: failing('FORMAT_INVALID_KEY') });
    const options = ['--sign', at('p256.pem'), '--ssh', '--json'];
    expect(JSON.parse((await exportTo('new.json', ...options)).stdout)).toMatchObject({
      error: failing('FORMAT_INVALID_KEY'),
    });
    expect(await answer('inspect', at('new.json'))).toMatchObject({ error: failing('STORE_NOT_FOUND') });
  });
});

it('a manifest cannot be signed', async () => {
  expect(await answer('export', '-o', at('t.yaml'), '--sign', at('ed25519.pem'))).toMatchObject({
    error: failing('USAGE_BAD_ARGUMENT'),
  });
  await run('export', '-o', at('t.yaml'));
  expect(await answer('sign', at('t.yaml'), '--key', at('ed25519.pem'))).toMatchObject({
    error: failing('USAGE_BAD_ARGUMENT'),
  });
});

it('what belongs to a signature is refused without one', async () => {
  for (const lone of [['--ssh'], ['--bundle', 'b.json'], ['--key-passphrase-file', 'x']])
    expect(await answer('export', ...lone)).toMatchObject({ error: failing('USAGE_BAD_ARGUMENT') });
});
