// The same question to the tools that people have: cosign, ssh-keygen and openssl, with keys that these made.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { goProgram, PYTHON } from '../../fixtures/ci-cache.ts';
import { COSIGN, CRANE, ORAS } from '../../fixtures/go-programs.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const TYPE = 'urn:wassette-state:snapshot:v1';

/** The folders of programs of others. */
let programs: string[];
let host: TestHost;
let folder: string;

beforeAll(async () => {
  programs = [await goProgram(COSIGN), await goProgram(ORAS), await goProgram(CRANE)];
});

beforeEach(() => {
  host = makeHost();
  host.install('a', { policy: policyText({ environment: ['TOKEN'] }) });
  folder = path.dirname(host.locations.componentDir);
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'ed.pem');
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'p256.pem');
  openssl('pkcs8', '-topk8', '-in', 'ed.pem', '-passout', 'pass:open sesame', '-out', 'sealed.pem');
  sh("ssh-keygen -q -t ed25519 -N '' -C me -f id");
  for (const name of ['ed.pem', 'p256.pem', 'sealed.pem']) chmodSync(path.join(folder, name), 0o600);
});

interface Done {
  code: number | null;
  out: string;
}

function sh(line: string, env: NodeJS.ProcessEnv = {}): Done {
  const { status, stdout, stderr } = spawnSync('/bin/bash', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: [...programs, process.env.PATH].join(':'),
      COSIGN_PASSWORD: 'open',
      ...env,
    },
  });
  return { code: status, out: `${stdout}${stderr}` };
}

function openssl(...words: string[]): void {
  const { status, stderr } = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
  expect(stderr.includes('rror') ? stderr : status).toBe(0);
}

function run(...words: string[]): Done {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [PROGRAM, ...words, ...host.flagsFor(...words)],
    {
      cwd: folder,
      encoding: 'utf8',
      input: '',
    },
  );
  return { code: status, out: `${stdout}${stderr}` };
}

/** The commands for other tools that `verify` prints. */
function printedCommands(...words: string[]): string[] {
  const { out } = run('verify', ...words);
  return out.split('\n').flatMap((line) => /^ {2}((?:cosign|ssh-keygen) .*)$/.exec(line)?.[1] ?? []);
}

const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);

function verification(...words: string[]) {
  return JSON.parse(run('verify', ...words, '--json').out.split('\nerror: ')[0]!);
}

describe('what is signed here', () => {
  it.each([
    ['a file', 'tools.json', ['-o', 'tools.json', '--include-binaries']],
    ['the store', 'tools', ['--name', 'tools']],
  ])('in %s is verified by the commands that verify prints', (_where, reference, destination) => {
    expect(run('export', ...destination, '--sign', 'ed.pem', '--ssh').code).toBe(0);
    expect(run('sign', reference, '--key', 'p256.pem').code).toBe(0);
    expect(run('sign', reference, '--key', 'id', '--ssh').code).toBe(0);
    const commands = printedCommands(reference, '--evidence', 'evidence');
    expect(commands).toHaveLength(8);
    for (const command of commands) {
      const { code, out } = sh(command);
      expect({ command, code, out }).toEqual({
        command,
        code: 0,
        out: expect.stringMatching(/Verified OK|Good "wassette-state" signature/),
      });
    }
  });

  it('is verified by ssh-keygen by the list of accepted signers, which trust keeps', () => {
    run('export', '-o', 'tools.json', '--sign', 'id', '--ssh');
    const list = ['--allowed-signers', 'team signers'];
    run('trust', 'add', 'me@example.com', 'id.pub', '--valid-after', '20200101Z', ...list);
    const ssh = printedCommands('tools.json', '--evidence', 'evidence', ...list).at(-1)!;
    expect(ssh).toContain("ssh-keygen -Y verify -f 'team signers' -I me@example.com ");
    expect(sh(ssh).out).toMatch(/^Good "wassette-state" signature for me@example.com/);
    openssl('pkey', '-in', 'ed.pem', '-pubout', '-out', 'other.pub');
    run('trust', 'remove', 'me@example.com', ...list);
    run('trust', 'add', 'me@example.com', 'other.pub', ...list);
    expect(sh(ssh).code).not.toBe(0);
  });

  it('is refused by them when the document, the bundle or the key is another', () => {
    run('export', '-o', 'tools.json', '--sign', 'ed.pem', '--ssh');
    const [document, , ssh] = printedCommands('tools.json', '--evidence', 'evidence') as [
      string,
      string,
      string,
    ];
    expect(sh(document).code).toBe(0);
    const text = read('evidence/snapshot.json');
    write('evidence/snapshot.json', `${text} `);
    expect(sh(document).code).not.toBe(0);
    expect(sh(ssh).code).not.toBe(0);
    write('evidence/snapshot.json', text);
    openssl('pkey', '-in', 'p256.pem', '-pubout', '-out', 'evidence/1.pub.pem');
    expect(sh(document).code).not.toBe(0);
  });

  it('is verified from the bundle, the digest and a public key alone', () => {
    write('phrase', 'open sesame\n');
    chmodSync(path.join(folder, 'phrase'), 0o600);
    const signing = ['--sign', 'sealed.pem', '--bundle', 'b.json', '--key-passphrase-file', 'phrase'];
    expect(run('export', '-o', 'tools.json', ...signing).code).toBe(0);
    openssl('pkey', '-in', 'ed.pem', '-pubout', '-out', 'ed.pub');
    const digest = verification('tools.json').snapshot_digest.slice('sha256:'.length);
    const options = `--key ed.pub --bundle b.json --type ${TYPE} --insecure-ignore-tlog`;
    expect(
      sh(`cosign verify-blob-attestation ${options} --digest ${digest} --digestAlg sha256`).out,
    ).toContain('Verified OK');
    sh(`node ${PROGRAM} inspect tools.json --canonical > document.json`);
    expect(
      sh(`cosign verify-blob --key ed.pub --bundle b.json --insecure-ignore-tlog document.json`).out,
    ).toContain('Verified OK');
  });

  it('is verified by ssh-keygen with a list of allowed signers', () => {
    run('export', '-o', 'tools.json', '--sign', 'id', '--ssh');
    printedCommands('tools.json', '--evidence', 'evidence');
    write('allowed', `me@example.com namespaces="wassette-state" ${read('id.pub')}`);
    const verify = (name: string) =>
      sh(
        `ssh-keygen -Y verify -f allowed -I ${name} -n wassette-state -s evidence/3.sshsig < evidence/snapshot.json`,
      );
    expect(verify('me@example.com')).toMatchObject({ code: 0, out: expect.stringContaining('Good') });
    expect(verify('you@example.com').code).not.toBe(0);
  });
});

/** A registry in memory; its address. */
async function startRegistry(): Promise<string> {
  const registry = spawn(path.join(programs[2]!, 'crane'), ['registry', 'serve', '--address', '127.0.0.1:0']);
  onTestFinished(() => void registry.kill());
  let said = '';
  const port = await new Promise<string>((resolve, reject) => {
    registry.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /serving on port (\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    registry.once('exit', () => reject(new Error(`the registry has ended: ${said}`)));
  });
  return `127.0.0.1:${port}`;
}

it('what is copied from the store to a registry is verified there by cosign, and here once it is back', async () => {
  const image = `${await startRegistry()}/team/tools:1`;
  const store = path.join(host.locations.stateDir, 'snapshots');
  run('export', '--name', 'tools', '--sign', 'ed.pem', '--ssh');
  run('sign', 'tools', '--key', 'p256.pem');
  expect(sh(`oras cp -r --from-oci-layout --to-plain-http ${store}:tools ${image}`)).toMatchObject({
    code: 0,
  });
  for (const [key, isSigner] of [
    ['ed', true],
    ['p256', true],
    ['other', false],
  ] as const) {
    if (!isSigner) openssl('genpkey', '-algorithm', 'ed25519', '-out', `${key}.pem`);
    openssl('pkey', '-in', `${key}.pem`, '-pubout', '-out', `${key}.pub`);
    const { code } = sh(
      `cosign verify --key ${key}.pub --insecure-ignore-tlog --allow-http-registry ${image}`,
    );
    expect({ key, holds: code === 0 }).toEqual({ key, holds: isSigner });
  }
  expect(sh(`oras cp -r --from-plain-http ${image} --to-oci-layout back/snapshots:back`)).toMatchObject({
    code: 0,
  });
  host.flags.push('--state-dir', path.join(folder, 'back'));
  const { signatures, error } = verification('back');
  expect(error).toBeUndefined();
  expect(signatures.map(({ holds }: { holds: boolean }) => holds)).toEqual([true, true, true, true, true]);
});

/** Runs a program at a terminal, and types `reply` once it has asked. Prints all that the terminal showed. */
const AT_TERMINAL = `
import os, pty, sys
reply, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown = b''
while True:
    try:
        more = os.read(terminal, 1024)
    except OSError:
        break
    if b'Passphrase' in shown + more and b'Passphrase' not in shown:
        os.write(terminal, reply.encode() + b'\\n')
    shown += more
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

describe('the passphrase of a key', () => {
  it.each([
    ['open sesame', 0, 'holds   2 signatures'],
    ['open sesam', 3, 'FORMAT_INVALID_KEY'],
  ])('is asked for at the terminal, and not shown: %s', (reply, code, said) => {
    run('export', '-o', 'tools.json');
    const signing = ['sign', 'tools.json', '--key', 'sealed.pem'];
    const { status, stdout } = spawnSync(
      PYTHON,
      ['-c', AT_TERMINAL, reply, process.execPath, PROGRAM, ...signing],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect({ status, stdout }).toEqual({ status: code, stdout: expect.stringContaining(said) });
    expect(stdout).not.toContain('sesam');
  });
});

describe('what is signed elsewhere', () => {
  beforeEach(() => {
    run('export', '-o', 'tools.json', '--include-binaries');
    sh(`node ${PROGRAM} inspect tools.json --canonical > document.json`);
    write('predicate.json', '{}');
  });

  const attest = (key: string, out: string, type = TYPE) =>
    sh(
      `cosign attest-blob --yes --key ${key} --type ${type} --predicate predicate.json --bundle ${out} --tlog-upload=false --use-signing-config=false document.json`,
    );

  it('by cosign with its own key verifies here with the public one, and not without', () => {
    expect(sh('cosign generate-key-pair').code).toBe(0);
    expect(attest('cosign.key', 'b.json').code).toBe(0);
    const found = verification('tools.json', '--bundle', 'b.json', '--key', 'cosign.pub');
    expect(found.error).toBeUndefined();
    expect(found.signatures).toEqual([expect.objectContaining({ holds: true, over: 'document' })]);
    expect(verification('tools.json', '--bundle', 'b.json').error.code).toBe('VERIFY_UNKNOWN_KEY');
    const commands = printedCommands(
      'tools.json',
      '--bundle',
      'b.json',
      '--key',
      'cosign.pub',
      '--evidence',
      'ev',
    );
    expect(commands.map((command) => sh(command).out)).toEqual([expect.stringContaining('Verified OK')]);
  });

  it('by cosign for another purpose is no signature', () => {
    sh('cosign generate-key-pair');
    attest('cosign.key', 'b.json', 'https://example.com/scan/v1');
    expect(verification('tools.json', '--bundle', 'b.json', '--key', 'cosign.pub').error.code).toBe(
      'VERIFY_OTHER_SUBJECT',
    );
  });

  it('by cosign with Ed25519, which it prehashes, does not verify', () => {
    expect(sh('cosign import-key-pair --key ed.pem --output-key-prefix imported').code).toBe(0);
    expect(attest('imported.key', 'b.json').code).toBe(0);
    expect(verification('tools.json', '--bundle', 'b.json', '--key', 'imported.pub').error.code).toBe(
      'VERIFY_BAD_SIGNATURE',
    );
  });

  it.each(['sha512', 'sha256'])('by ssh-keygen with %s verifies here', (hash) => {
    expect(sh(`ssh-keygen -Y sign -O hashalg=${hash} -n wassette-state -f id document.json`).code).toBe(0);
    const { signatures, error } = verification(
      'tools.json',
      '--bundle',
      'document.json.sig',
      '--key',
      'id.pub',
    );
    expect(error).toBeUndefined();
    expect(signatures).toEqual([expect.objectContaining({ holds: true, kind: 'ssh', over: 'document' })]);
  });

  it('by ssh-keygen for git, or with RSA, does not verify', () => {
    sh("ssh-keygen -q -t rsa -b 2048 -N '' -f rsa");
    sh('ssh-keygen -Y sign -n git -f id document.json; mv document.json.sig git.sig');
    sh('ssh-keygen -Y sign -n wassette-state -f rsa document.json; mv document.json.sig rsa.sig');
    expect(verification('tools.json', '--bundle', 'git.sig').error.code).toBe('FORMAT_INVALID_SIGNATURE');
    expect(verification('tools.json', '--bundle', 'rsa.sig').error.code).toBe('FORMAT_INVALID_KEY');
  });
});
