// Secrets by the command line: sealed for files of recipients, opened with files of identities, edited in between.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { afterEach, describe, expect, test } from 'vitest';
import { newSealedIdentity } from '../../../src/codec/age/identities.ts';
import { openSnapshot } from '../../../src/open.ts';
import { command } from '../../fixtures/command-line.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { keyText } from '../../fixtures/signing.ts';
import { countedRandom, KEYS, sealed } from '../../fixtures/sops-documents.ts';

const { mine, other } = KEYS;
afterEach(() => {
  delete process.env.WASSETTE_STATE_PASSPHRASE;
});

function twoHosts() {
  const giver = makeHost();
  giver.install('weather', { policy: policyText() });
  giver.storeSecrets('weather', { TOKEN: 'hunter2' });
  const taker = makeHost();
  const folder = path.join(path.dirname(giver.locations.componentDir), 'keys');
  mkdirSync(folder);
  const put = (name: string, text: string, mode = 0o600) => {
    writeFileSync(path.join(folder, name), text);
    chmodSync(path.join(folder, name), mode);
    return path.join(folder, name);
  };
  const file = path.join(folder, 'state.json');
  const give = (...flags: string[]) =>
    command('export', '-o', file, '--include-binaries', '--include-secrets', ...flags, ...giver.flags);
  const take = (...flags: string[]) =>
    command('import', file, '--yes', '--include-secrets', ...flags, ...taker.flags);
  return { giver, taker, put, file, give, take };
}

const secretOf = ({ locations }: TestHost) =>
  readFileSync(path.join(locations.secretsDir, 'weather.yaml'), 'utf8');

describe('secrets by the command line', () => {
  test('go to those in a file of recipients', async () => {
    const { give, take, put, taker } = twoHosts();
    const given = await give(
      '--recipient',
      put('team.txt', `# us\n${mine.recipient}\n`, 0o644),
      '--recipient',
      other.recipient,
    );
    expect(given).toMatchObject({ code: 0 });
    expect(given.stdout).toContain('1 secret is in the snapshot, sealed');
    const taken = await take('--identity', put('other.txt', other.identity));
    expect(taken).toMatchObject({ code: 0 });
    expect(taken.stdout).toContain('"weather" will get secrets that are not stored here yet: "TOKEN"');
    expect(given.stdout + taken.stdout + given.stderr + taken.stderr).not.toContain('hunter2');
    expect(secretOf(taker)).toBe('TOKEN: hunter2\n');
  });

  test('open with an identity that a passphrase opens, from a file or the environment, which is emptied', async () => {
    const { give, take, put, taker } = twoHosts();
    const { file, recipient } = await newSealedIdentity('correct horse', countedRandom()(16), 4);
    await give('--recipient', recipient);
    const identity = put('key.age', file);
    expect(await take('--identity', identity)).toMatchObject({ code: 2 });
    expect(await take('--identity', identity, '--passphrase-file', put('no', 'battery\n'))).toMatchObject({
      code: 4,
    });
    process.env.WASSETTE_STATE_PASSPHRASE = 'correct horse';
    expect(await take('--identity', identity)).toMatchObject({ code: 0 });
    expect(process.env.WASSETTE_STATE_PASSPHRASE).toBeUndefined();
    expect(secretOf(taker)).toBe('TOKEN: hunter2\n');
  });

  test('may be sealed with a passphrase, and age opens the identity that goes with them', async () => {
    const { give, take, put, file, taker } = twoHosts();
    const passphrase = put('passphrase', 'correct horse\n');
    expect(await give('--passphrase-file', passphrase)).toMatchObject({ code: 0 });
    const { stdout } = await command('inspect', file, '--identity');
    expect(stdout).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect(await take('--passphrase-file', passphrase)).toMatchObject({ code: 0 });
    expect(secretOf(taker)).toBe('TOKEN: hunter2\n');
    const again = await take('--identity', put('key.age', stdout), '--passphrase-file', passphrase);
    expect(again).toMatchObject({ code: 0 });
  });

  test('are printed as a SOPS document, and put back as another snapshot once they are edited', async () => {
    const { give, put, file, taker } = twoHosts();
    await give('--recipient', mine.recipient);
    const printed = await command('inspect', file, '--secrets');
    expect(JSON.parse(printed.stdout)).toMatchObject({ secrets: { weather: {} }, sops: {} });
    const { state_digest: state } = JSON.parse(readFileSync(file, 'utf8'));
    const edited = await sealed(
      [
        { path: ['secrets', 'weather', 'TOKEN'], value: 'edited' },
        { path: ['secrets', 'weather', 'MORE'], value: 'more' },
        { path: ['binding'], value: state },
      ],
      [mine.recipient],
    );
    const out = put('edited.json', '');
    const resealed = await command(
      'reseal',
      file,
      '--secrets',
      put('s.json', edited),
      '-o',
      `${out}.new.json`,
    );
    expect(resealed).toMatchObject({ code: 0 });
    expect(resealed.stdout).toContain('It is another snapshot');
    expect((await openSnapshot(`${out}.new.json`)).document.parents).toEqual([
      (await openSnapshot(file)).digest,
    ]);
    const identity = put('mine.txt', mine.identity);
    const flags = ['--yes', '--include-secrets', '--identity', identity, ...taker.flags];
    expect(await command('import', `${out}.new.json`, ...flags)).toMatchObject({ code: 0 });
    expect(secretOf(taker)).toBe('MORE: more\nTOKEN: edited\n');
  });

  test('are covered by a signature of the snapshot, which falls when they are exchanged', async () => {
    const { give, put, file } = twoHosts();
    await give('--recipient', mine.recipient, '--sign', put('key.pem', keyText('ed25519')));
    expect(await command('verify', file)).toMatchObject({ code: 0 });

    const own = put('own.json', (await command('inspect', file, '--secrets')).stdout);
    const out = `${own}.out.json`;
    const unchanged = await command('reseal', file, '--secrets', own, '-o', out);
    expect(unchanged).toMatchObject({ code: 2 });

    const { state_digest: state, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
    const others = await sealed(
      [
        { path: ['secrets', 'weather', 'TOKEN'], value: 'edited' },
        { path: ['binding'], value: state },
      ],
      [mine.recipient],
    );
    const again = await command('reseal', file, '--secrets', put('others.json', others), '-o', out);
    expect(again.stdout).toContain('the 2 signatures of the snapshot before are not of this one');
    expect(again.stdout).toContain('It is another snapshot');
    expect(await command('verify', out)).toMatchObject({ code: 4 });

    const swapped = { ...rest, state_digest: state, secrets: others.trimEnd().split('\n') };
    const forged = put('forged.json', JSON.stringify(swapped));
    const refused = await command('verify', forged, '--json');
    expect(JSON.parse(refused.stdout).signatures).toEqual([
      expect.objectContaining({ problem: failing('VERIFY_OTHER_SUBJECT') }),
      expect.objectContaining({ problem: failing('VERIFY_OTHER_SUBJECT') }),
    ]);
  });

  test('put back from something else are refused', async () => {
    const { give, put, file } = twoHosts();
    await give('--recipient', mine.recipient);
    const plain = put('plain.json', '{"secrets":{"weather":{"TOKEN":"hunter2"}}}');
    const refused = await command('reseal', file, '--secrets', plain, '-o', `${plain}.out.json`);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr).not.toContain('hunter2');
    expect(refused.stderr).toContain('plain.json');
    expect(refused.stderr).toContain('as sops left it');
  });

  test('are named by inspect, which says when there are none', async () => {
    const { give, file, giver } = twoHosts();
    await give('--recipient', mine.recipient);
    expect((await command('inspect', file)).stdout).toMatch(
      /secrets sealed for 1 recipient\n\s+weather: TOKEN\n/,
    );
    await command('export', '--name', 'bare', ...giver.flags);
    for (const flag of ['--secrets', '--identity'])
      expect(await command('inspect', 'bare', flag, ...giver.flagsFor('inspect'))).toMatchObject({ code: 2 });
  });

  test('are refused with a key that others can read, a link, a pipe, or a private key as an argument', async () => {
    const { give, take, put } = twoHosts();
    await give('--recipient', mine.recipient);
    const open = put('open.txt', mine.identity, 0o640);
    expect(await take('--identity', open)).toMatchObject({ code: 7 });
    const real = put('real.txt', mine.identity);
    symlinkSync(real, `${real}.link`);
    expect(await take('--identity', `${real}.link`)).toMatchObject({ code: 7 });
    expect(await take('--identity', path.dirname(real))).toMatchObject({ code: 7 });
    expect(await take('--identity', put('half', mine.identity.slice(0, 30)))).toMatchObject({ code: 3 });
    expect(await take('--identity', `${real}.none`)).toMatchObject({ code: 7 });
    for (const name of ['pipe', 'phrase-pipe'])
      spawnSync('mkfifo', ['-m', '600', path.join(path.dirname(real), name)]);
    expect(await take('--identity', path.join(path.dirname(real), 'pipe'))).toMatchObject({ code: 7 });
    const phrasePipe = path.join(path.dirname(real), 'phrase-pipe');
    expect(await give('--passphrase-file', phrasePipe)).toMatchObject({ code: 7 });
    expect(await give('--recipient', phrasePipe)).toMatchObject({ code: 7 });
    expect(await give('--passphrase-file', put('phrase', 'x', 0o644))).toMatchObject({ code: 7 });
    expect(await give('--passphrase-file', put('none', '\n'))).toMatchObject({ code: 2 });
    const long = put('long', `# ${'x'.repeat(70_000)}\n${mine.identity}\n`);
    expect(await take('--identity', long)).toMatchObject({ code: 3 });
    const leaked = await give('--recipient', mine.identity);
    expect(leaked).toMatchObject({ code: 2 });
    expect(leaked.stderr).not.toContain(mine.identity);
    expect(await identityToRecipient(mine.identity)).toBe(mine.recipient);
  });
});
