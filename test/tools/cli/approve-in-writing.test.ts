// `approve --key` and `import --approvals`: a reviewer signs, another host imports by itself what was signed, and nothing more.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';
import { approvalsFolder } from '../../fixtures/written-approvals.ts';

let giver: TestHost;
let taker: TestHost;
let snapshot: string;
let approval: string;
let signing: string[];
let counting: string[];

const at = (file: string) => path.join(path.dirname(approval), file);

beforeEach(async () => {
  giver = makeHost();
  taker = makeHost();
  const { folder, keyFile, allowedSigners } = approvalsFolder();
  approval = path.join(folder, 'team.approval.json');
  snapshot = path.join(folder, '..', 'tools.json');
  signing = ['--key', keyFile, '--for', 'production', '--until', '30d', '-o', approval];
  counting = ['--approvals', folder, '--label', 'staging,production', '--allowed-signers', allowedSigners];
  giver.install('clock', { policy: policyText({ environment: ['TZ'] }) });
  giver.install('weather', { policy: policyText({ network: ['api.example.com'] }) });
  await ok('export', '-o', snapshot, '--include-binaries', ...giver.flags);
});

async function ok(...args: string[]) {
  const run = await command(...args);
  expect(run, run.stderr).toMatchObject({ code: 0 });
  return { ...run, said: `${run.stdout}${run.stderr}`.replace(/\s+/g, ' ') };
}

/** The error of a command that fails, from its JSON. */
async function failed(...args: string[]) {
  const { stdout, stderr, code } = await command(...args, '--json');
  expect(code).toBeGreaterThan(1);
  return JSON.parse(stdout === '' ? stderr : stdout);
}

const approve = (...more: string[]) => ok('approve', snapshot, ...signing, '--empty', '--yes', ...more);
const take = (...more: string[]) => command('import', snapshot, ...counting, ...taker.flags, ...more);

describe('approve --key', () => {
  it('writes nothing into a directory that decides about rights', async () => {
    const { componentDir, secretsDir, stateDir } = taker.locations;
    for (const ours of [componentDir, secretsDir, stateDir, path.join(stateDir, 'audit')]) {
      const file = path.join(ours, 'new.json');
      const signed = signing.with(-1, file);
      const refused = await failed('approve', snapshot, ...signed, '--empty', '--yes', ...taker.flags);
      expect(refused.error).toMatchObject({ code: 'POLICY_OUTSIDE_FENCE' });
      expect(existsSync(file)).toBe(false);
    }
  });

  it('shows all of the import, for whom and until when, and writes a Sigstore bundle', async () => {
    const { stdout, said } = await approve();
    expect(stdout).toContain('into  an empty host');
    expect(stdout).toContain('"weather" may reach "api.example.com"');
    expect(stdout).toContain('for     hosts labelled production');
    expect(said).toContain('Signed: 5 things, in ');
    const { mediaType, dsseEnvelope } = JSON.parse(readFileSync(approval, 'utf8'));
    expect(mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    const { predicateType, predicate } = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
    expect(predicateType).toBe('urn:wassette-state:approval:v1');
    expect(predicate).toMatchObject({ labels: ['production'] });
    expect(predicate.allows).toHaveLength(5);
  });

  it('prints the command that imports it by itself elsewhere', async () => {
    const { stdout, stderr } = await approve();
    const line = /wassette-state import .*/.exec(stdout + stderr)![0];
    const [, ...words] = line.split(' ');
    await ok(...words, '--allowed-signers', counting.at(-1)!, ...taker.flags);
    expect(Object.keys(taker.files())).toContain('weather.wasm');
  });

  it('asks nobody where nobody is, and writes nothing', async () => {
    const answer = await failed('approve', snapshot, ...signing, '--empty');
    expect(answer.error ?? answer).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
    expect(existsSync(approval)).toBe(false);
  });

  it('says in JSON what was signed', async () => {
    const { stdout } = await approve('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      approval,
      labels: ['production'],
      allows: 5,
      not_in_writing: [],
      signer: expect.stringMatching(/^SHA256:/),
    });
  });

  it('leaves out what nobody can know elsewhere, and says so', async () => {
    const policy =
      'version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: "fs://data"\n      access: ["read"]\n';
    giver.install('files', { policy });
    await ok('export', '-o', snapshot, '--include-binaries', ...giver.flags);
    const { said } = await approve();
    expect(said).toContain(`not in it, since nobody can know it elsewhere: "files" may read files in "data"`);
    const real = path.join(taker.locations.componentDir, 'data');
    expect((await take()).code).toBe(5);
    await approve('--directory', `fs://data=${real}`);
    expect((await take()).code).toBe(0);
  });

  it('refuses to sign what is there already', async () => {
    const answer = await failed('approve', snapshot, ...signing, '--yes', ...giver.flags);
    expect(answer.error ?? answer).toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it.each([
    ['without a label', (all: string[]) => all.filter((each) => !['--for', 'production'].includes(each))],
    ['without a time', (all: string[]) => all.filter((each) => !['--until', '30d'].includes(each))],
    [
      'until a time that is over',
      (all: string[]) => all.map((each) => (each === '30d' ? '2020-01-01' : each)),
    ],
    ['for a label that is none', (all: string[]) => all.map((each) => (each === 'production' ? '*' : each))],
    ['with --directory for this host', (all: string[]) => [...all, '--directory', 'fs://a=/b']],
  ])('is refused %s', async (_, changed) => {
    const answer = await failed('approve', snapshot, ...changed(signing), '--yes', ...taker.flags);
    expect(answer.error ?? answer).toEqual(failing('USAGE_BAD_ARGUMENT'));
    expect(existsSync(approval)).toBe(false);
  });

  it('overwrites no other file', async () => {
    writeFileSync(approval, 'something else');
    const answer = await failed('approve', snapshot, ...signing, '--empty', '--yes');
    expect(answer.error ?? answer).toEqual(failing('STORE_EXISTS'));
  });

  it('has options that are for nothing else', async () => {
    await ok('approve', '--list', ...taker.flagsFor('approve'));
    for (const option of [['--for', 'production'], ['--empty'], ['--until', '1d'], ['--yes']]) {
      const answer = await failed('approve', '--list', ...option, ...taker.flagsFor('approve'));
      expect(answer.error ?? answer).toEqual(failing('USAGE_BAD_ARGUMENT'));
    }
  });
});

describe('import --approvals', () => {
  it('imports without a question what is approved, and says by whom', async () => {
    await approve();
    const { stdout, said } = await ok('import', snapshot, ...counting, ...taker.flags);
    expect(said).toContain('Approved in writing by "alice@example.com" (SHA256:');
    expect(stdout).toContain('= all of it, by "alice@example.com"');
  });

  it('has who approved it in the audit log', async () => {
    await approve();
    await ok('import', snapshot, ...counting, ...taker.flags);
    const { stdout } = await ok('log', '--json', ...taker.flags.slice(-2));
    expect(stdout).toMatch(/"how": ?"signed",\s*"by": ?"alice@example.com SHA256:/);
    expect((await ok('log', ...taker.flags.slice(-2))).said).toContain(
      'approved in writing ("alice@example.com',
    );
  });

  it('says in JSON by whom it was approved', async () => {
    await approve();
    const { stdout } = await take('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      applied: 2,
      approved_by: [{ file: approval, names: ['alice@example.com'] }],
    });
  });

  it('does not import one thing more, and shows that alone', async () => {
    await approve();
    taker.storeSecrets('weather', { TOKEN: 'x' });
    const { code, stdout } = await take();
    expect(code).toBe(5);
    expect(stdout).toContain('= 5 things, by "alice@example.com"');
    expect(stdout).toContain('"weather" will see the secrets stored here: "TOKEN"');
    expect(stdout).not.toContain('api.example.com');
    expect(taker.files()).toEqual({});
    const shown = JSON.parse((await take('--json')).stdout);
    expect((shown.plan ?? shown).approved_in_writing).toMatchObject({
      all: false,
      not_covered: ['"weather" will see the secrets stored here: "TOKEN"'],
    });
  });

  it('imports what was approved for a host as in a snapshot of this one', async () => {
    taker.install('weather', { code: 'old', policy: policyText({ network: ['old.example.com'] }) });
    const before = at('before.json');
    await ok('export', '-o', before, '--include-binaries', ...taker.flags);
    await approve();
    expect((await take()).code).toBe(5);
    await ok('approve', snapshot, ...signing, '--target', before, '--yes');
    const { code, stdout } = await take();
    expect(stdout).toContain('"weather" gets new code under its permissions');
    expect(stdout).toContain('"weather" may no longer reach "old.example.com"');
    expect(code).toBe(0);
  });

  it('imports sealed secrets whose names are approved, and not one that is stored here already', async () => {
    const { identity, recipient } = KEYS.mine;
    const key = at('../identity.txt');
    writeFileSync(key, `${identity}\n`, { mode: 0o600 });
    giver.storeSecrets('weather', { TOKEN: 'sealed value' });
    const sealing = ['--include-secrets', '--recipient', recipient];
    await ok('export', '-o', snapshot, '--include-binaries', ...sealing, ...giver.flags);
    const taking = ['--include-secrets', '--identity', key];
    await approve();
    expect((await take(...taking)).stdout).toContain(
      'will get secrets that are not stored here yet: "TOKEN"',
    );
    expect(taker.files()).toEqual({});
    // The reviewer has no identity: names are readable without one.
    await approve('--include-secrets');
    taker.storeSecrets('weather', { TOKEN: 'of this host' });
    const other = await take(...taking);
    expect(other.stdout).toContain('will get other values of secrets stored here: "TOKEN"');
    expect(other.code).toBe(5);
    rmSync(path.join(taker.locations.secretsDir, 'weather.yaml'));
    expect((await take(...taking)).code).toBe(0);
    expect(readFileSync(path.join(taker.locations.secretsDir, 'weather.yaml'), 'utf8')).toContain(
      'sealed value',
    );
  });

  it('shows with --dry-run what is approved, and changes nothing', async () => {
    await approve();
    const { code, stdout } = await take('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('= all of it, by "alice@example.com"');
    expect(taker.files()).toEqual({});
  });

  it.each([
    [
      'without a label',
      (all: string[]) => all.filter((each) => !['--label', 'staging,production'].includes(each)),
      'USAGE_BAD_ARGUMENT',
    ],
    ['with a label alone', (all: string[]) => all.slice(2), 'USAGE_BAD_ARGUMENT'],
    ['with --yes, which asks for nothing', (all: string[]) => [...all, '--yes'], 'USAGE_BAD_ARGUMENT'],
    [
      'from a place that is not there',
      (all: string[]) => all.map((each) => (each === path.dirname(approval) ? '/nowhere' : each)),
      'STORE_NOT_FOUND',
    ],
  ])('is refused %s', async (_, changed, code) => {
    const answer = await failed('import', snapshot, ...changed(counting), ...taker.flags);
    expect(answer.error ?? answer).toEqual(failing(code));
  });
});

describe('trust add', () => {
  it('accepts a key for approvals, for snapshots or for both', async () => {
    await approve();
    const [list, key] = [at('../signers'), at('../alice.pub')];
    const { sshLine } = (await import('../../fixtures/signing.ts')).testKey('ed25519').publicKey;
    writeFileSync(key, `${sshLine}\n`);
    const taking = [...counting.slice(0, -1), list];
    const add = (...more: string[]) => ok('trust', 'add', 'alice', key, '--allowed-signers', list, ...more);
    await add();
    expect((await command('import', snapshot, ...taking, ...taker.flags)).code).toBe(5);
    await add('--for', 'approvals');
    await ok('import', snapshot, ...taking, ...taker.flags);
    expect(readFileSync(list, 'utf8')).toBe(
      `alice namespaces="wassette-state" ${sshLine}\nalice namespaces="wassette-state-approval" ${sshLine}\n`,
    );
    expect(
      await failed('trust', 'add', 'bob', key, '--for', 'everything', '--allowed-signers', list),
    ).toBeDefined();
  });
});
