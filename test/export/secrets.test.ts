// An export with secrets: sealed for those who are named, for the chosen components alone, and tied to this state.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unsealedIdentities } from '../../src/codec/age/identities.ts';
import { type ExportOptions, exportState, exportStateTo, Snapshot } from '../../src/index.ts';
import { textOf, unsealSecrets } from '../../src/snapshot/sealed-secrets.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText } from '../fixtures/host.ts';
import { KEYS } from '../fixtures/sops-documents.ts';

const { mine, other } = KEYS;
const SECRETS = { TOKEN: 'hunter2-weather', EMPTY: '', SLASHES: '\\\\', '10': 'a\nb', '9': ' ü "x" ' };

function host() {
  const made = makeHost();
  made.install('weather', { policy: policyText() });
  made.install('mail', { policy: policyText() });
  made.install('clock');
  made.storeSecrets('weather', SECRETS);
  made.storeSecrets('mail', { TOKEN: 'hunter2-mail' });
  const sealed = (options: ExportOptions = {}) =>
    exportState({ ...made.locations, includeSecrets: true, encryptionKey: mine.recipient, ...options });
  return { ...made, sealed };
}

async function opened({ content, stateDigest }: Snapshot, identity: string = mine.identity) {
  const secrets = await unsealSecrets(content.sealed!, [identity], stateDigest);
  return Object.fromEntries([...secrets].map(([id, values]) => [id, Object.fromEntries(values)]));
}

describe('an export with secrets', () => {
  it('has their values sealed, to the byte, and says so', async () => {
    const snapshot = await host().sealed();
    expect(await opened(snapshot)).toEqual({ weather: SECRETS, mail: { TOKEN: 'hunter2-mail' } });
    const text = await snapshot.toJson();
    expect(text).not.toContain('hunter2');
    expect(text).toContain('TOKEN');
    expect(snapshot.notes[0]).toContain('6 secrets are in the snapshot, sealed');
  });

  it('opens for each of several recipients', async () => {
    const snapshot = await host().sealed({
      encryptionKey: [mine.recipient, other.recipient, mine.recipient],
    });
    expect(await opened(snapshot, other.identity)).toEqual(await opened(snapshot));
    expect(snapshot.content.sealed!.recipients).toHaveLength(2);
  });

  it('has those of the chosen components alone', async () => {
    const snapshot = await host().sealed({ componentFilter: ['mail'] });
    expect(Object.keys(await opened(snapshot))).toEqual(['mail']);
  });

  it('says so when there are none, and is not sealed', async () => {
    const snapshot = await host().sealed({ componentFilter: ['clock'] });
    expect(snapshot.document).not.toHaveProperty('secrets');
    expect(snapshot.notes).toContain(
      'no secrets are stored here for these components, so none are in the snapshot',
    );
  });

  it('survives a file and a JSON text as it is', async () => {
    const { sealed, locations } = host();
    const snapshot = await sealed();
    const again = await Snapshot.fromJson(await snapshot.toJson());
    expect(again.digest).toBe(snapshot.digest);
    expect(await opened(again)).toEqual(await opened(snapshot));
    const file = path.join(locations.componentDir, '../state.json');
    await snapshot.saveToFile(file);
    expect((await Snapshot.loadFromFile(file)).digest).toBe(snapshot.digest);
  });

  it('is written anew each time, since nothing is sealed the same way twice', async () => {
    const { locations } = host();
    const options = { ...locations, includeSecrets: true, encryptionKey: mine.recipient };
    const first = await exportStateTo({ name: 'tools' }, options);
    const second = await exportStateTo({ name: 'tools' }, options);
    expect([first.changed, second.changed]).toEqual([true, true]);
    expect(second.document.state_digest).toBe(first.document.state_digest);
    expect(second.digest).not.toBe(first.digest);
  });

  it('may be sealed with a passphrase: then an identity that the passphrase opens goes with it', async () => {
    const snapshot = await host().sealed({ encryptionKey: 'correct horse' });
    const identity = Buffer.from(textOf(snapshot.document.secret_identity!));
    const [key] = await unsealedIdentities(identity, 'correct horse', 'it');
    expect((await opened(snapshot, key)).mail).toEqual({ TOKEN: 'hunter2-mail' });
  });
});

describe('an export with secrets is refused', () => {
  it.each([
    ['without a key', { encryptionKey: undefined }, 'USAGE_BAD_ARGUMENT'],
    ['with an empty key', { encryptionKey: '' }, 'USAGE_BAD_ARGUMENT'],
    ['with no recipients', { encryptionKey: [] }, 'USAGE_BAD_ARGUMENT'],
    ['with a key and no secrets', { includeSecrets: false }, 'USAGE_BAD_ARGUMENT'],
    [
      'with a private key, which must not become a passphrase',
      { encryptionKey: mine.identity },
      'FORMAT_INVALID_KEY',
    ],
    ['with a recipient that is none', { encryptionKey: 'age1xyz' }, 'FORMAT_INVALID_KEY'],
    [
      'with a passphrase among recipients',
      { encryptionKey: [mine.recipient, 'horse'] },
      'FORMAT_INVALID_KEY',
    ],
  ] as const)('%s', async (_what, options, code) => {
    const failure = await host()
      .sealed(options)
      .catch((error: unknown) => error);
    expect(failure).toEqual(failing(code));
    expect(JSON.stringify(failure)).not.toContain('QYYQ79');
  });

  it('into a manifest', async () => {
    const { locations } = host();
    const file = path.join(locations.componentDir, '../state.yaml');
    const options = { ...locations, includeSecrets: true, encryptionKey: mine.recipient };
    await expect(exportStateTo({ file }, options)).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it.each([
    ['a colon', 'A:B'],
    ['an ending that sops leaves in clear', 'KEY_unencrypted'],
    ['something invisible', 'A\u200bB'],
    ['a control character', 'A\u001b[31mB'],
    ['a line end', 'A\nB'],
    ['nothing in it', ''],
    ['a blank at its end', 'A '],
    ['a meaning of its own in JSON', '__proto__'],
  ])('where the name of a secret has %s', async (_what, name) => {
    const { sealed, locations } = host();
    const text = `${JSON.stringify(name)}: hunter2\n`;
    writeFileSync(path.join(locations.secretsDir, 'mail.yaml'), text);
    const failure = await sealed().catch((error: unknown) => error);
    expect(failure).toEqual(failing('FORMAT_INVALID_SECRETS'));
    expect((failure as Error).message).toContain('component "mail"');
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  it('where the id of a component would leave its secrets in clear', async () => {
    const { sealed, install, storeSecrets } = host();
    install('x_unencrypted');
    storeSecrets('x_unencrypted', { A: 'hunter2' });
    await expect(sealed()).rejects.toEqual(failing('FORMAT_INVALID_SECRETS'));
  });

  it.each([
    ['an anchor', 'A: &a hunter2\n'],
    ['an unusual line end', 'A: hunter2\rB: x\n'],
  ])('where a secrets file has %s, and it is not certain what Wassette reads', async (_what, text) => {
    const { sealed, locations } = host();
    writeFileSync(path.join(locations.secretsDir, 'mail.yaml'), text);
    const failure = await sealed().catch((error: unknown) => error);
    expect(failure).toEqual(failing('FORMAT_INVALID_SECRETS'));
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  it('where a value is over a mebibyte', async () => {
    const { sealed, storeSecrets } = host();
    storeSecrets('mail', { A: 'x'.repeat(1024 * 1024) });
    expect((await opened(await sealed())).mail!.A).toHaveLength(1024 * 1024);
    storeSecrets('mail', { A: 'x'.repeat(1024 * 1024 + 1) });
    await expect(sealed()).rejects.toEqual(failing('FORMAT_LIMIT_EXCEEDED'));
  });
});
