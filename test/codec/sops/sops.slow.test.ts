// The real sops and age: what we seal they open, and what they change we open. One opens no more than the other.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identitiesIn, newSealedIdentity, unsealedIdentities } from '../../../src/codec/age/identities.ts';
import { readSops } from '../../../src/codec/sops/document.ts';
import { unseal } from '../../../src/codec/sops/sealing.ts';
import { goProgram } from '../../fixtures/ci-cache.ts';
import { failing } from '../../fixtures/failing.ts';
import { AGE, SOPS } from '../../fixtures/go-programs.ts';
import { countedRandom, KEYS, POST_QUANTUM_IDENTITY, sealed } from '../../fixtures/sops-documents.ts';

const { mine, other } = KEYS;
const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-sops-'));
const at = (name: string) => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const VALUES = [
  { path: ['secrets', 'mail', 'KEY'], value: 'other <&>' },
  { path: ['secrets', 'weather', '10'], value: 'ten' },
  { path: ['secrets', 'weather', '9'], value: 'line 1\nline 2 "ü"' },
  { path: ['binding'], value: 'sha256:00' },
];

let sopsFolder: string;
let ageFolder: string;
beforeAll(async () => {
  sopsFolder = await goProgram(SOPS);
  ageFolder = await goProgram(AGE);
  writeFileSync(at('mine.txt'), `${mine.identity}\n`, { mode: 0o600 });
}, 15 * 60_000);

async function sops(...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, SOPS_AGE_KEY_FILE: at('mine.txt') };
  return (
    await run(path.join(sopsFolder, 'sops'), ['--disable-version-check', ...args], { env, cwd: folder })
  ).stdout;
}

async function document(recipients: readonly string[] = [mine.recipient]): Promise<string> {
  const file = at('secrets.json');
  writeFileSync(file, await sealed(VALUES, recipients));
  return file;
}

const opened = async (file: string, identity: string = mine.identity) =>
  Object.fromEntries(
    (await unseal(readSops(readFileSync(file, 'utf8')), [identity])).map(({ path, value }) => [
      path.join('.'),
      value,
    ]),
  );
const ALL = Object.fromEntries(VALUES.map(({ path, value }) => [path.join('.'), value]));

describe('sops', () => {
  it('opens what is sealed here, in the same order', async () => {
    const plain = await sops('-d', await document());
    expect(JSON.parse(plain)).toEqual({
      secrets: { mail: { KEY: 'other <&>' }, weather: { '10': 'ten', '9': 'line 1\nline 2 "ü"' } },
      binding: 'sha256:00',
    });
    expect(plain.indexOf('"10"')).toBeLessThan(plain.indexOf('"9"'));
  });

  it('opens one of many values', async () => {
    const many = Array.from({ length: 500 }, (_, i) => ({
      path: ['secrets', `c${i % 7}`, `N${i}`],
      value: `${i}`.repeat(i + 1),
    })).sort((a, b) => (a.path[1]! < b.path[1]! ? -1 : 1));
    writeFileSync(at('many.json'), await sealed(many, [mine.recipient]));
    const plain = JSON.parse(await sops('-d', at('many.json')));
    for (const {
      path: [, id, name],
      value,
    } of many)
      expect(plain.secrets[id!][name!]).toBe(value);
  });

  it('refuses one whose values were swapped, as we do', async () => {
    const file = await document();
    const text = readFileSync(file, 'utf8');
    const leaves = [...text.matchAll(/"(?:10|9)": "(ENC[^"]+)"/g)].map(([, leaf]) => leaf!);
    writeFileSync(
      file,
      text.replace(leaves[0]!, '<here>').replace(leaves[1]!, leaves[0]!).replace('<here>', leaves[1]!),
    );
    await expect(sops('-d', file)).rejects.toThrow();
    await expect(opened(file)).rejects.toEqual(failing('VERIFY_SECRETS_ALTERED'));
  });

  it.each([
    ['a text', '"hunter2"', 'hunter2'],
    ['a number', '8081', '8081'],
    ['a number with a fraction', '1.5', '1.5'],
    ['a new line', '"a\\nb"', 'a\nb'],
  ])('sets %s, which is opened here', async (_what, json, value) => {
    const file = await document();
    await sops('set', file, '["secrets"]["mail"]["NEW"]', json);
    expect(await opened(file)).toEqual({ ...ALL, 'secrets.mail.NEW': value });
  });

  it('sets true or false, and is told to quote it', async () => {
    const file = await document();
    await sops('set', file, '["secrets"]["mail"]["KEY"]', 'true');
    await expect(opened(file)).rejects.toEqual(
      failing('FORMAT_INVALID_SECRETS', { hint: 'write it in quotes' }),
    );
  });

  it('takes a value out', async () => {
    const file = await document();
    await sops('unset', file, '["secrets"]["weather"]["10"]');
    const { 'secrets.weather.10': _gone, ...rest } = ALL;
    expect(await opened(file)).toEqual(rest);
  });

  it('is used as an editor, and what was edited is opened here', async () => {
    const file = await document();
    writeFileSync(at('editor.sh'), '#!/bin/sh\nsed -i "s/\\"ten\\"/\\"eleven\\"/" "$1"\n', { mode: 0o755 });
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      SOPS_AGE_KEY_FILE: at('mine.txt'),
      EDITOR: at('editor.sh'),
    };
    await run(path.join(sopsFolder, 'sops'), ['--disable-version-check', 'edit', file], { env });
    expect(await opened(file)).toEqual({ ...ALL, 'secrets.weather.10': 'eleven' });
  });

  it('rotates the key, and gives it to one more', async () => {
    const file = await document();
    await sops('rotate', '-i', '--add-age', other.recipient, file);
    expect(await opened(file)).toEqual(ALL);
    expect(await opened(file, other.identity)).toEqual(ALL);
  });

  it('seals for other recipients', async () => {
    const file = await document();
    writeFileSync(at('.sops.yaml'), `creation_rules:\n  - age: ${mine.recipient},${other.recipient}\n`);
    await sops('--config', at('.sops.yaml'), 'updatekeys', '-y', file);
    expect(await opened(file, other.identity)).toEqual(ALL);
  });

  it('splits the key among groups, which is refused here', async () => {
    const file = await document();
    await sops('groups', 'add', '--file', file, '--age', other.recipient, '-i');
    await expect(opened(file)).rejects.toEqual(failing('FORMAT_INVALID_SECRETS'));
  });

  it('seals for a recipient that withstands quantum computers', async () => {
    const { identityToRecipient } = await import('age-encryption');
    const file = await document([await identityToRecipient(POST_QUANTUM_IDENTITY)]);
    writeFileSync(at('pq.txt'), `${POST_QUANTUM_IDENTITY}\n`);
    const env = { PATH: process.env.PATH, HOME: folder, SOPS_AGE_KEY_FILE: at('pq.txt') };
    const { stdout } = await run(path.join(sopsFolder, 'sops'), ['--disable-version-check', '-d', file], {
      env,
    });
    expect(JSON.parse(stdout).binding).toBe('sha256:00');
    expect(await opened(file, POST_QUANTUM_IDENTITY)).toEqual(ALL);
  });
});

describe('age', () => {
  it('makes keys that are read here', async () => {
    await run(path.join(ageFolder, 'age-keygen'), ['-o', at('made.txt')]);
    expect(await identitiesIn(readFileSync(at('made.txt')), 'made.txt')).toHaveLength(1);
  });

  it('opens an identity that is sealed here with a passphrase, and seals one that is opened here', async () => {
    const { file, recipient } = await newSealedIdentity('correct horse', countedRandom('s')(16));
    writeFileSync(at('sealed.age'), file);
    // age asks at a terminal alone; its plug-in takes a passphrase from the environment.
    const env = { PATH: `${ageFolder}:${process.env.PATH}`, AGE_PASSPHRASE: 'correct horse' };
    const { stdout } = await run('age', ['-d', '-j', 'batchpass', at('sealed.age')], { env });
    expect(stdout).toContain(recipient);
    writeFileSync(at('plain.txt'), `${mine.identity}\n`);
    for (const armor of [['-a'], []]) {
      await run('age', ['-e', '-j', 'batchpass', ...armor, '-o', at('theirs.age'), at('plain.txt')], { env });
      const theirs = readFileSync(at('theirs.age'));
      expect(await unsealedIdentities(theirs, 'correct horse', 'theirs.age')).toEqual([mine.identity]);
    }
  });
});
