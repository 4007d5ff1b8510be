// 200 secrets of many shapes, wherever people have some: no command, whether it succeeds or fails, lets one of them out in any
// form but sealed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { policyText, type TestHost } from '../../fixtures/host.ts';
import { PlantedHost, seedOfRun } from '../../fixtures/planted-host.ts';
import { keyText } from '../../fixtures/signing.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';

const seed = seedOfRun();
/** Every command that the help names. */
const commandsIn = (help: string) =>
  [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name!);
const FLAGS = [[], ['--json']];

describe('no planted secret gets out of', () => {
  test('a sealed and signed handoff from end to end, with an undo', () => {
    const planted = new PlantedHost(seed);
    const { giver, taker, out } = planted;
    const put = (name: string, text: string) => writeFileSync(path.join(out, name), text, { mode: 0o600 });
    put('mine.txt', `${KEYS.mine.identity}\n`);
    put('other.txt', `${KEYS.other.identity}\n`);
    put('key.pem', keyText('ed25519'));
    const code = (args: readonly string[], host: TestHost | null = null) => planted.run(args, host).code;
    const sealed = ['--include-secrets', '--recipient', KEYS.mine.recipient];
    const whole = ['-o', 't.json', '--include-binaries'];
    expect(code(['export', ...whole, ...sealed, '--sign', 'key.pem'], giver)).toBe(0);
    expect(code(['export', '--name', 'tools', ...sealed], giver)).toBe(0);
    // With the passphrase in the environment.
    expect(code(['export', '-o', 'p.json', '--include-binaries', '--include-secrets'], giver)).toBe(0);
    for (const to of ['plain.json', 't.yaml', '-']) expect(code(['export', '-o', to], giver)).toBe(0);
    for (const flags of [...FLAGS, ['--secrets'], ['--canonical'], ['--components', 'mail']])
      expect(code(['inspect', 't.json', ...flags])).toBe(0);
    expect(code(['inspect', 'p.json', '--identity'])).toBe(0);
    expect(code(['verify', 't.json'])).toBe(0);
    expect(code(['verify', 'p.json'])).toBe(4);
    for (const from of ['t.json', 'tools', 't.yaml'])
      for (const flags of [...FLAGS, ['--format', 'markdown']]) code(['diff', from, ...flags], giver);

    const opened = ['--include-secrets', '--identity', 'mine.txt'];
    expect(code(['import', 't.json', '--dry-run', '--json', ...opened], taker)).toBe(0);
    expect(code(['import', 't.json', ...opened], taker)).toBe(5);
    const wrong = ['--include-secrets', '--identity', 'other.txt'];
    expect(code(['import', 't.json', '--yes', ...wrong], taker)).toBe(4);
    const stored = path.join(taker.locations.secretsDir, 'bank.yaml');
    expect(existsSync(stored)).toBe(false);
    expect(code(['import', 't.json', '--yes', ...opened], taker)).toBe(0);
    expect(readFileSync(stored)).toEqual(readFileSync(path.join(giver.locations.secretsDir, 'bank.yaml')));
    for (const command of [['list'], ['undo'], ['undo', '--list'], ['doctor'], ['recover']])
      for (const flags of FLAGS) code([...command, ...flags], taker);
    expect(code(['undo', '--yes'], taker)).toBe(0);
    expect(existsSync(stored)).toBe(false);
    expect(code(['import', 'p.json', '--yes', '--include-secrets'], taker)).toBe(0);
    expect(existsSync(stored)).toBe(true);
    for (const command of ['list', 'prune', 'remove tools'])
      for (const flags of FLAGS) code(['store', ...command.split(' '), ...flags], giver);
    planted.expectNothingOut();
  });

  test('any command that is given a file of secrets for what it takes', () => {
    const planted = new PlantedHost(seed);
    const { giver, taker } = planted;
    planted.run(['export', '-o', 't.json', '--include-binaries'], giver);
    const names = commandsIn(planted.run(['--help']).stdout);
    expect(names).toEqual(expect.arrayContaining(['export', 'import', 'verify', 'reseal', 'store']));
    for (const file of planted.theirFiles()) {
      for (const name of names.filter((each) => !['serve', 'install', 'help'].includes(each)))
        planted.run([name, file], taker);
      for (const args of [
        ['export', '-o', file],
        ['export', '--include-secrets', '--recipient', file],
        ['export', '--include-secrets', '--passphrase-file', file, '-o', 'p.json'],
        ['export', '--sign', file, '--key-passphrase-file', file],
        ['import', 't.json', '--include-secrets', '--identity', file, '--passphrase-file', file],
        ['diff', file, 't.json', '--json'],
        ['serve', '--identity', file],
        ['serve', '--recipient', file],
      ])
        planted.run(args, giver);
      for (const args of [
        ['reseal', 't.json', '--secrets', file],
        ['verify', 't.json', '--key', file, '--bundle', file],
        ['sign', 't.json', '--key', file],
        ['install', 'claude', '--client-config', file, '--dry-run'],
      ])
        planted.run(args);
    }
    planted.expectNothingOut();
  });

  test('addresses with credentials, of code and of snapshots', () => {
    const planted = new PlantedHost(seed);
    const { giver, taker } = planted;
    const manifest = path.join(planted.files, 'm.yaml');
    for (const value of planted.inUris) {
      const part = encodeURIComponent(value);
      const uri = `https://user:${part}@host.example/x.wasm?token=${part}#${part}`;
      planted.run(['export', '--source', `weather=${uri}`, '--name', 'x'], giver);
      planted.run(['inspect', 'x', '--json'], giver);
      for (const args of [['import'], ['inspect'], ['export', '-o'], ['diff'], ['verify']])
        planted.run([...args, uri], taker);
      writeFileSync(manifest, `version: 1\ncomponents:\n  - uri: "${uri}"\n`);
      planted.run(['import', manifest, '--dry-run'], taker);
      planted.run(['list', '--wassette-url', uri.replace('https', 'http')], taker);
    }
    planted.expectNothingOut();
  });

  test('policies that cannot be read', () => {
    const planted = new PlantedHost(seed);
    const { giver } = planted;
    const file = path.join(giver.locations.componentDir, 'weather.policy.yaml');
    planted.run(['export', '-o', 't.json', '--include-binaries'], giver);
    for (const [i, value] of planted.inPolicies.entries()) {
      const shown = JSON.stringify(value);
      const texts = [
        `version: "1.0"\npermissions: ${shown}\n`,
        `version: "1.0"\n${shown}: [\n`,
        `version: "1.0"\npermissions:\n  network:\n    allow:\n      - host: &a ${shown}\n`,
        `version: "1.0"\npermissions:\n  storage:\n    allow:\n      - uri: 1\n        access: [${shown}]\n`,
        `${shown}: ${shown}\n${value}\n`,
      ];
      writeFileSync(file, texts[i % texts.length]!);
      for (const args of [['export', '--json'], ['list'], ['diff', 't.json'], ['import', 't.json']])
        planted.run(args, giver);
    }
    writeFileSync(file, policyText());
    planted.expectNothingOut();
  });

  test('policies that hold a credential of a known kind, which stops an export', () => {
    const planted = new PlantedHost(seed);
    const { giver } = planted;
    const file = path.join(giver.locations.componentDir, 'weather.policy.yaml');
    const known = /^(AKIA|ghp_|sk_live_|xoxb-|eyJ|AIza|postgres:)/;
    const credentials = planted.inPolicies.filter((value) => known.test(value));
    expect(credentials.length).toBeGreaterThan(5);
    for (const value of credentials) {
      writeFileSync(file, `version: "1.0"\n# ${value}\npermissions: {}\n`);
      for (const to of [['--json'], ['-o', 't.json'], ['-o', '-'], ['--name', 'x']])
        expect(planted.run(['export', ...to], giver).code, value).not.toBe(0);
      planted.run(['list'], giver);
    }
    writeFileSync(file, policyText());
    planted.expectNothingOut();
  });
});
