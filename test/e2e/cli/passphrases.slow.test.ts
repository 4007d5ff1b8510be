// A person who types a passphrase at a terminal: it opens what it should, is never shown, and can be held back.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { newSealedIdentity } from '../../../src/codec/age/identities.ts';
import { exportStateTo } from '../../../src/export.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { keyText } from '../../fixtures/signing.ts';
import { countedRandom } from '../../fixtures/sops-documents.ts';
import { atTerminal } from '../../fixtures/system/at-terminal.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const PASSPHRASE = 'correct horse';
const INTERRUPT = '\u0003';
const END = '\u0004';
let sealed: { file: string; recipient: string };

beforeAll(async () => {
  sealed = await newSealedIdentity(PASSPHRASE, countedRandom('salt')(16), 10);
});

/** A host with a snapshot whose secrets open with an identity that needs a passphrase. */
async function handoff(): Promise<{ taker: TestHost; snapshot: string; identity: string }> {
  const giver = makeHost();
  giver.install('weather', { policy: policyText() });
  giver.storeSecrets('weather', { TOKEN: 'hunter2' });
  const folder = path.join(path.dirname(giver.locations.componentDir), 'out');
  mkdirSync(folder);
  const [snapshot, identity] = [path.join(folder, 'tools.json'), path.join(folder, 'key.age')];
  writeFileSync(identity, sealed.file, { mode: 0o600 });
  const options = { includeBinaries: true, includeSecrets: true, encryptionKey: sealed.recipient };
  await exportStateTo({ file: snapshot }, { ...giver.locations, ...options });
  return { taker: makeHost(), snapshot, identity };
}

const secretsOf = ({ locations: { secretsDir } }: TestHost) =>
  readdirSync(secretsDir).filter((name) => name.endsWith('.yaml'));

describe('an identity that needs a passphrase', () => {
  const importing = ({ taker, snapshot, identity }: Awaited<ReturnType<typeof handoff>>) => [
    ...[process.execPath, PROGRAM, 'import', snapshot, '--include-secrets', '--identity', identity],
    ...taker.flags,
  ];

  test('has it asked for at the terminal, which shows nothing that is typed, and then the import', async () => {
    const made = await handoff();
    const { seen, code } = atTerminal(importing(made), [
      ['Passphrase for', `${PASSPHRASE}\n`],
      ['[y/N]', 'y\n'],
    ]);
    expect(code).toBe(0);
    expect(seen).toContain('"weather" will get secrets that are not stored here yet: "TOKEN"');
    expect(seen).not.toMatch(/horse|hunter2/);
    expect(readFileSync(path.join(made.taker.locations.secretsDir, 'weather.yaml'), 'utf8')).toBe(
      'TOKEN: hunter2\n',
    );
  });

  test('has it asked for there also where standard input is the snapshot', async () => {
    const { taker, snapshot, identity } = await handoff();
    const sending = `cat '${snapshot}' | "$0" "$@"`;
    const words = [...importing({ taker, snapshot: '-', identity })];
    const { seen, code } = atTerminal(
      ['/bin/sh', '-c', sending, ...words],
      [
        ['Passphrase for', `${PASSPHRASE}\n`],
        ['[y/N]', 'y\n'],
      ],
    );
    expect(seen).not.toMatch(/horse|hunter2/);
    expect({ code, secrets: secretsOf(taker) }).toEqual({ code: 0, secrets: ['weather.yaml'] });
  });

  test.each([
    ['another one is typed', 'battery staple\n', 4],
    ['none is typed', '\n', 2],
    ['the person interrupts', `corr${INTERRUPT}`, 130],
    ['the input ends', END, 130],
  ])('changes nothing where %s', async (_what, typed, code) => {
    const made = await handoff();
    const run = atTerminal(importing(made), [['Passphrase for', typed]]);
    expect(run.seen).not.toMatch(/horse|staple|corr/);
    expect(run.code).toBe(code);
    expect(made.taker.files()).toEqual({});
    expect(secretsOf(made.taker)).toEqual([]);
  });
});

test('a key that signs has its passphrase asked for in the same way', async () => {
  const { snapshot, identity } = await handoff();
  const key = path.join(path.dirname(identity), 'key.pem');
  writeFileSync(key, keyText('passphrase'), { mode: 0o600 });
  const args = [process.execPath, PROGRAM, 'sign', snapshot, '--key', key];
  const { seen, code } = atTerminal(args, [['Passphrase for', 'open sesame\n']]);
  expect(code).toBe(0);
  expect(seen).not.toContain('sesame');
  expect(JSON.parse(readFileSync(snapshot, 'utf8')).signatures).toHaveLength(2);
});
