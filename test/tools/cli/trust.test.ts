// trust, verify and import with accepted signers, as a person calls them.
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditRecord } from '../../../src/state/audit/entry.ts';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { keyText, signatureVectors, testKey } from '../../fixtures/signing.ts';

let host: TestHost;
let target: TestHost;
let folder: string;
const at = (name: string) => path.join(folder, name);
const [alice, bob] = [testKey('ed25519').publicKey, testKey('p256').publicKey];

beforeEach(() => {
  host = makeHost();
  target = makeHost();
  host.install('a', { policy: policyText() });
  folder = path.dirname(host.locations.componentDir);
  vi.stubEnv('XDG_CONFIG_HOME', at('config'));
  for (const name of ['ed25519', 'p256'] as const)
    writeFileSync(at(`${name}.pem`), keyText(name), { mode: 0o600 });
  writeFileSync(at('alice.pub'), `${alice.sshLine} alice's laptop\n`);
  writeFileSync(at('bob.pem'), bob.pem);
});
afterEach(() => vi.unstubAllEnvs());

const run = (...words: string[]) => command(...words, ...target.flagsFor(...words));
async function answer(...words: string[]) {
  const { stdout, code } = await run(...words, '--json');
  return { code, ...JSON.parse(stdout) };
}
const inOneLine = (text: string) => text.replace(/\s+/g, ' ');
const own = () => at('config/wassette-state/allowed_signers');
const exported = (...more: string[]) =>
  command('export', '-o', at('t.json'), '--include-binaries', ...more, ...host.flags);

describe('trust add', () => {
  it('makes the list, with a line that ssh-keygen reads', async () => {
    const { stdout, code } = await run('trust', 'add', 'alice@example.com', at('alice.pub'));
    expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: alice.fingerprint });
    expect(readFileSync(own(), 'utf8')).toBe(
      `alice@example.com namespaces="wassette-state" ${alice.sshLine}\n`,
    );
  });

  it('adds to a list that people wrote, which stays as it is', async () => {
    const written = `# the team\n\nbob namespaces="git" ${bob.sshLine} at home`;
    writeFileSync(at('team'), written, { mode: 0o640 });
    const valid = ['--valid-after', '20260101Z', '--valid-before', '202701010930Z'];
    await run('trust', 'add', 'alice', at('alice.pub'), '--allowed-signers', at('team'), ...valid);
    const times = 'valid-after="20260101000000Z",valid-before="20270101093000Z"';
    const line = `alice namespaces="wassette-state",${times} ${alice.sshLine}`;
    expect(readFileSync(at('team'), 'utf8')).toBe(`${written}\n${line}\n`);
    expect(existsSync(own())).toBe(false);
  });

  it('does nothing twice', async () => {
    expect(await answer('trust', 'add', 'bob', at('bob.pem'))).toMatchObject({ changed: true });
    expect(await answer('trust', 'add', 'bob', at('bob.pem'))).toMatchObject({ changed: false });
  });

  it.each([
    ['a name with a wildcard', ['*@example.com', 'alice.pub'], 'USAGE_BAD_ARGUMENT'],
    ['several names', ['alice,bob', 'alice.pub'], 'USAGE_BAD_ARGUMENT'],
    ['a name with a line in it', ['a\nb', 'alice.pub'], 'USAGE_BAD_ARGUMENT'],
    ['a private key', ['alice', 'ed25519.pem'], 'FORMAT_INVALID_KEY'],
    ['a time without its zone', ['alice', 'alice.pub', '--valid-before', '20270101'], 'USAGE_BAD_ARGUMENT'],
    [
      'an end before its beginning',
      ['alice', 'alice.pub', '--valid-after', '20270101Z', '--valid-before', '20260101Z'],
      'FORMAT_INVALID_SIGNERS',
    ],
  ])('refuses %s, and writes nothing', async (_what, [name, key, ...more], code) => {
    expect((await answer('trust', 'add', name!, at(key!), ...more)).error.code).toBe(code);
    expect(existsSync(own())).toBe(false);
  });

  it('refuses a list that cannot be read, is a link, or that everybody may write', async () => {
    const add = async (file: string) =>
      (await answer('trust', 'add', 'bob', at('bob.pem'), '--allowed-signers', at(file))).error.code;
    writeFileSync(at('bad'), 'alice\n');
    expect(await add('bad')).toBe('FORMAT_INVALID_SIGNERS');
    expect(readFileSync(at('bad'), 'utf8')).toBe('alice\n');
    symlinkSync(at('alice.pub'), at('link'));
    expect(await add('link')).toBe('STORE_UNSAFE_FILE');
    writeFileSync(at('open'), '');
    chmodSync(at('open'), 0o666);
    expect(await add('open')).toBe('STORE_UNSAFE_FILE');
    mkdirSync(at('folder'));
    expect(await add('folder')).toBe('STORE_UNSAFE_FILE');
  });
});

describe('trust list', () => {
  it('says how to begin where nobody is accepted', async () => {
    expect((await run('trust', 'list')).stdout).toContain('wassette-state trust add');
  });

  it('lists names, keys, what for and until when', async () => {
    await run('trust', 'add', 'alice', at('alice.pub'), '--valid-before', '20270101Z');
    const { stdout } = await run('trust', 'list');
    expect(stdout).toContain(`${alice.fingerprint}  ed25519\n  as   alice\n  for  wassette-state\n`);
    expect(stdout).toContain('2027-01-01T00:00:00.000Z');
    expect((await answer('trust', 'list')).signers).toMatchObject([{ names: ['alice'], valid_after: null }]);
  });
});

describe('trust remove', () => {
  beforeEach(async () => {
    await run('trust', 'add', 'alice', at('alice.pub'));
    await run('trust', 'add', 'bob', at('bob.pem'));
  });
  const names = async () =>
    (await answer('trust', 'list')).signers.flatMap((one: { names: string[] }) => one.names);

  it('takes a signer by name or by fingerprint', async () => {
    expect((await run('trust', 'remove', 'alice')).stdout).toContain(alice.fingerprint);
    expect(await names()).toEqual(['bob']);
    await run('trust', 'remove', bob.fingerprint);
    expect(await names()).toEqual([]);
  });

  it('takes the whole line, so that no other name of the key stays accepted; comments stay', async () => {
    writeFileSync(
      own(),
      `# team\nalice,a.smith namespaces="*" ${alice.sshLine}\nbob namespaces="*" ${bob.sshLine}\n`,
    );
    expect(await answer('trust', 'remove', 'alice')).toMatchObject({
      removed: [{ names: ['alice', 'a.smith'] }],
    });
    expect(readFileSync(own(), 'utf8')).toBe(`# team\nbob namespaces="*" ${bob.sshLine}\n`);
  });

  it('refuses who is not there', async () => {
    expect((await answer('trust', 'remove', 'carol')).error.code).toBe('STORE_NOT_FOUND');
  });
});

describe('the audit log', () => {
  const lines = async () =>
    (await answer('log')).lines.map(({ record }: { record: AuditRecord }) => record) as AuditRecord[];
  const signer = () => ({ fingerprint: alice.fingerprint, names: ['alice'], namespaces: 'wassette-state' });

  it('has a line for each key that is accepted, or no more, about no component directory', async () => {
    await run('trust', 'add', 'alice', at('alice.pub'));
    await run('trust', 'add', 'alice', at('alice.pub')); // changes nothing
    await run('trust', 'remove', 'alice');
    const recorded = await lines();
    expect(recorded.map(({ event, result }) => `${event} ${result}`)).toEqual([
      'trust adds',
      'trust removes',
    ]);
    for (const line of recorded) {
      expect(line).toMatchObject({ signers_file: own(), signers: [signer()] });
      expect(line).not.toHaveProperty('component_dir');
    }
    expect(inOneLine((await run('log')).stdout)).toContain(
      `trust adds ${alice.fingerprint} as "alice", for wassette-state in ${own()}`,
    );
  });

  it('has to be written: otherwise nobody is accepted', async () => {
    mkdirSync(target.locations.stateDir, { recursive: true });
    writeFileSync(target.state.audit, 'no folder');
    expect(await answer('trust', 'add', 'alice', at('alice.pub'))).toMatchObject({ code: 7 });
    expect((await answer('trust', 'list')).signers).toEqual([]);
  });

  it('says where the change did not come about', async () => {
    const nowhere = at('no-folder/list');
    symlinkSync(at('not-there'), at('no-folder'));
    const refused = await answer('trust', 'add', 'alice', at('alice.pub'), '--allowed-signers', nowhere);
    expect(refused.code).toBe(7);
    const recorded = await lines();
    expect(recorded.map(({ result, code }) => [result, code])).toEqual([
      ['adds', undefined],
      ['failed', refused.error.code],
    ]);
  });
});

describe('list and inspect', () => {
  it('say by whom a snapshot is signed, as far as that was checked, and whether they are accepted here', async () => {
    await exported('--sign', at('ed25519.pem'));
    const said = async (verb: string) => inOneLine((await run(verb, at('t.json'))).stdout);
    for (const verb of ['list', 'inspect'])
      expect(await said(verb)).toContain(`signed by ${alice.fingerprint}, not accepted here`);
    await run('trust', 'add', 'alice', at('alice.pub'));
    for (const verb of ['list', 'inspect']) {
      expect(await said(verb)).toContain(`signed by "alice" (${alice.fingerprint}), accepted here`);
      expect(await answer(verb, at('t.json'))).toMatchObject({
        signed_by: [{ fingerprint: alice.fingerprint, accepted_as: ['alice'] }],
      });
    }
  });

  it('say so where nobody has signed, and where a signature does not hold', async () => {
    await exported();
    expect(inOneLine((await run('list', at('t.json'))).stdout)).toContain('signed by nobody');
    await exported('--sign', at('ed25519.pem'));
    const snapshot = JSON.parse(readFileSync(at('t.json'), 'utf8'));
    const altered = signatureVectors().find(({ name }) => name === 'signature_altered')!.signature;
    writeFileSync(at('t.json'), JSON.stringify({ ...snapshot, signatures: [altered] }));
    for (const verb of ['list', 'inspect']) {
      const { signed_by, signature_notes } = await answer(verb, at('t.json'));
      expect(signed_by).toEqual([]);
      expect(signature_notes[0]).toContain('does not hold');
    }
  });

  it('go on where the list of accepted signers cannot be read', async () => {
    await exported('--sign', at('ed25519.pem'));
    mkdirSync(path.dirname(own()), { recursive: true });
    writeFileSync(own(), 'half a line\n');
    const { code, signed_by, signature_notes } = await answer('list', at('t.json'));
    expect({ code, signed_by }).toEqual({ code: 0, signed_by: null });
    expect(signature_notes[0]).toContain('cannot be told');
  });
});

describe('verify', () => {
  it('says of each signer whether they are accepted here, and gives the command that says the same', async () => {
    await exported('--sign', at('ed25519.pem'), '--ssh');
    const before = await run('verify', at('t.json'));
    expect(before.stdout).toContain(`${alice.fingerprint} is not accepted here`);
    expect(before.stdout).toContain('ssh-keygen -Y check-novalidate');
    await run('trust', 'add', 'alice@example.com', at('alice.pub'));
    const { stdout, code } = await run('verify', at('t.json'));
    expect(code).toBe(0);
    expect(inOneLine(stdout)).toContain(`${alice.fingerprint} is accepted here as "alice@example.com"`);
    expect(stdout).toContain(`ssh-keygen -Y verify -f ${own()} -I alice@example.com -n wassette-state`);
    const { accepted, signatures } = await answer('verify', at('t.json'));
    expect(accepted).toBe(true);
    expect(signatures[0].accepted_as).toEqual(['alice@example.com']);
  });
});

describe('import with --require-signature', () => {
  const importing = (...more: string[]) => answer('import', at('t.json'), '--require-signature', ...more);

  it('takes what an accepted signer has signed, and nothing else', async () => {
    await exported();
    expect(await importing('--yes')).toMatchObject({ code: 5, error: { code: 'POLICY_SIGNATURE_REQUIRED' } });
    await exported('--sign', at('p256.pem'));
    expect(await importing('--yes')).toMatchObject({
      code: 5,
      error: { code: 'POLICY_SIGNER_NOT_ACCEPTED' },
    });
    expect(target.files()).toEqual({});
    await run('trust', 'add', 'bob', at('bob.pem'));
    expect(await importing('--yes')).toMatchObject({ code: 0, applied: 1 });
  });

  it('asks again when a kept plan is approved', async () => {
    await exported('--sign', at('ed25519.pem'));
    await run('trust', 'add', 'alice', at('alice.pub'));
    const { plan_digest, signers } = await importing('--dry-run');
    expect(signers.signers).toEqual([{ fingerprint: alice.fingerprint, names: ['alice'] }]);
    await run('trust', 'remove', 'alice');
    const refused = await importing('--approve', plan_digest);
    expect(refused.error.code).toBe('POLICY_SIGNER_NOT_ACCEPTED');
    await run('trust', 'add', 'alice', at('alice.pub'));
    expect(await importing('--approve', plan_digest)).toMatchObject({ code: 0, applied: 1 });
  });

  it('shows who signed, in the review', async () => {
    await exported('--sign', at('ed25519.pem'));
    await run('trust', 'add', 'alice', at('alice.pub'));
    const { stdout } = await run('import', at('t.json'), '--dry-run');
    expect(inOneLine(stdout)).toContain(`by "alice" (${alice.fingerprint}), accepted here plan`);
    expect(stdout).toContain('will be remembered');
  });
});
