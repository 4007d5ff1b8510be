// An import with the secrets that a snapshot carries: shown by name, written as Wassette does, taken back by an undo.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/disk/lock.ts';
import {
  exportState,
  type ImportOptions,
  importState,
  planImportState,
  planUndo,
  type Snapshot,
  undoImport,
} from '../../src/index.ts';
import { ownFolder } from '../../src/wassette/directory/own-folder.ts';
import { valuesIn } from '../../src/wassette/secrets/contents.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { KEYS } from '../fixtures/sops-documents.ts';

const { mine, other } = KEYS;
const WITH_KEY = { includeSecrets: true, decryptionKey: mine.identity };
const OPTIONS = { policy: policyText() };

async function sealedBy(giver: TestHost, encryptionKey: string = mine.recipient): Promise<Snapshot> {
  return exportState({ ...giver.locations, includeBinaries: true, includeSecrets: true, encryptionKey });
}

function giver(): TestHost {
  const made = makeHost();
  for (const id of ['weather', 'mail', 'a__b']) made.install(id, OPTIONS);
  made.storeSecrets('weather', { TOKEN: 'hunter2-weather', CITY: 'Oslo' });
  made.storeSecrets('a_b', { TOKEN: 'hunter2-ab' });
  return made;
}

/** What is stored on `host`, by the stem of the file. */
function stored({ locations: { secretsDir } }: TestHost): Record<string, Record<string, string>> {
  const files = readdirSync(secretsDir).filter((name) => name.endsWith('.yaml'));
  return Object.fromEntries(
    files.map((name) => [
      name.replace('.yaml', ''),
      Object.fromEntries(valuesIn(readFileSync(path.join(secretsDir, name)))!),
    ]),
  );
}

const ALL = { weather: { TOKEN: 'hunter2-weather', CITY: 'Oslo' }, a_b: { TOKEN: 'hunter2-ab' } };
const sentencesOf = async (snapshot: Snapshot, taker: TestHost, options: ImportOptions = WITH_KEY) =>
  (await planImportState(snapshot, { ...taker.locations, ...options })).sentences.map(({ text }) => text);
const into = (taker: TestHost, options: ImportOptions = WITH_KEY) =>
  ({ ...taker.locations, ...options, approval: 'all' }) as const;

describe('an import with secrets', () => {
  it('stores them as Wassette does, and is the only thing that does', async () => {
    const taker = makeHost();
    rmSync(taker.locations.secretsDir, { recursive: true });
    const snapshot = await sealedBy(giver());
    await importState(snapshot, into(taker));
    expect(stored(taker)).toEqual(ALL);
    const { secretsDir, stateDir } = taker.locations;
    expect(statSync(secretsDir).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(secretsDir, 'weather.yaml')).mode & 0o777).toBe(0o600);
    expect(filesWith('hunter2', stateDir)).toEqual([]);
    expect(filesWith('hunter2', taker.locations.componentDir)).toEqual([]);
  });

  it('shows the names of what comes, of what is replaced, and who will see it', async () => {
    const taker = makeHost();
    taker.storeSecrets('weather', { TOKEN: 'mine', MINE: 'x' });
    const said = await sentencesOf(await sealedBy(giver()), taker);
    expect(said).toContain('"weather" will get secrets that are not stored here yet: "CITY"');
    expect(said).toContain('"weather" will get other values of secrets stored here: "TOKEN"');
    expect(said).toContain('"weather" will see the secrets that it gets: "CITY"');
    expect(said).toContain('"weather" will see the secrets stored here: "MINE", "TOKEN"');
    expect(said.join()).not.toContain('hunter2');
  });

  it('keeps the secrets that only this host has', async () => {
    const taker = makeHost();
    taker.storeSecrets('weather', { TOKEN: 'mine', MINE: 'x' });
    await importState(await sealedBy(giver()), into(taker));
    expect(stored(taker).weather).toEqual({ ...ALL.weather, MINE: 'x' });
  });

  it('is taken back, and the secrets are as before', async () => {
    const taker = makeHost();
    taker.storeSecrets('weather', { TOKEN: 'mine', MINE: 'x' });
    const before = readFileSync(path.join(taker.locations.secretsDir, 'weather.yaml'));
    await importState(await sealedBy(giver()), into(taker));
    await undoImport({ ...taker.locations, approval: 'all' });
    expect(readFileSync(path.join(taker.locations.secretsDir, 'weather.yaml'))).toEqual(before);
    expect(stored(taker)).toEqual({ weather: { TOKEN: 'mine', MINE: 'x' } });
    expect(filesWith('mine', taker.locations.stateDir)).toEqual([]);
  });

  it('is taken back with a warning where its secrets were changed since, because that is lost as well', async () => {
    const taker = makeHost();
    await importState(await sealedBy(giver()), into(taker));
    expect((await planUndo(taker.locations)).warnings.join()).not.toContain('since the import');
    taker.storeSecrets('weather', { TOKEN: 'typed-by-hand' });
    const { warnings } = await planUndo(taker.locations);
    expect(warnings).toEqual([
      '"weather" was changed since the import: its secrets; the undo discards that as well',
    ]);
  });

  it('changes secrets alone where code and policy are the same, and nothing the second time', async () => {
    const taker = makeHost();
    for (const id of ['weather', 'mail', 'a__b']) taker.install(id, OPTIONS);
    const snapshot = await sealedBy(giver());
    const first = await importState(snapshot, into(taker));
    expect(first.applied.map(({ component_id, action }) => [component_id, action])).toEqual([
      ['a__b', 'update-secrets'],
      ['weather', 'update-secrets'],
    ]);
    expect((await importState(snapshot, into(taker))).applied).toEqual([]);
    expect(stored(taker)).toEqual(ALL);
  });

  it('brings those of the chosen components alone, and none of those that are skipped', async () => {
    const taker = makeHost();
    taker.install('weather', OPTIONS);
    const snapshot = await sealedBy(giver());
    await importState(
      snapshot,
      into(taker, { ...WITH_KEY, skipExisting: true, componentFilter: ['weather', 'a__b'] }),
    );
    expect(stored(taker)).toEqual({ a_b: ALL.a_b });
  });

  it('needs an approval that names them: one of the plan without them is of another plan', async () => {
    const taker = makeHost();
    const snapshot = await sealedBy(giver());
    const { digest, sentences, nonce } = await planImportState(snapshot, taker.locations);
    const approval = { approve: digest, accept: sentences.map(({ text }) => text), nonce };
    await expect(importState(snapshot, { ...taker.locations, ...WITH_KEY, approval })).rejects.toEqual(
      failing('CONFLICT_STALE_PLAN'),
    );
    expect(stored(taker)).toEqual({});
  });

  it('opens with a passphrase what was sealed with one', async () => {
    const taker = makeHost();
    const snapshot = await sealedBy(giver(), 'correct horse');
    await importState(snapshot, into(taker, { includeSecrets: true, decryptionKey: 'correct horse' }));
    expect(stored(taker)).toEqual(ALL);
  });

  it('leaves them alone unless it is asked for them, and says which are missing', async () => {
    const taker = makeHost();
    const snapshot = await sealedBy(giver());
    const { lacks } = await planImportState(snapshot, taker.locations);
    expect(lacks.secrets).toEqual([
      { component_id: 'a__b', names: ['TOKEN'], sealed: ['TOKEN'] },
      { component_id: 'weather', names: ['CITY', 'TOKEN'], sealed: ['CITY', 'TOKEN'] },
    ]);
    expect((await planImportState(snapshot, { ...taker.locations, ...WITH_KEY })).lacks.secrets).toEqual([]);
    await importState(snapshot, into(taker, {}));
    expect(stored(taker)).toEqual({});
  });
});

describe('a secrets directory that two component directories share', () => {
  /** Another component directory of the same secrets. */
  const beside = (host: TestHost): TestHost => {
    const other = makeHost({ stateDir: host.locations.stateDir });
    return { ...other, locations: { ...other.locations, secretsDir: host.locations.secretsDir } };
  };

  it('is changed by one import after the other, and each keeps what the other brought', async () => {
    const [first, from] = [makeHost(), giver()];
    const second = beside(first);
    from.storeSecrets('weather', { TOKEN: 'hunter2-weather', CITY: 'Oslo' });
    const one = await sealedBy(from);
    from.storeSecrets('weather', { MORE: 'more' });
    const two = await sealedBy(from);
    const ends = await Promise.allSettled([importState(one, into(first)), importState(two, into(second))]);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toEqual(failing('VERIFY_DIGEST_MISMATCH'));
    // What came too late for its plan has changed nothing, and goes through when it is planned again.
    await importState(one, into(first));
    await importState(two, into(second));
    expect(stored(first)).toEqual({ ...ALL, weather: { ...ALL.weather, MORE: 'more' } });
  });

  it('is not changed while another import changes it', async () => {
    const [taker, snapshot] = [makeHost(), await sealedBy(giver())];
    const { secretsDir, stateDir } = taker.locations;
    const lock = await acquireLock(ownFolder(secretsDir), { stateDir });
    const importing = importState(snapshot, into(taker, { ...WITH_KEY, signal: AbortSignal.timeout(400) }));
    await expect(importing).rejects.toThrow('timeout');
    expect(stored(taker)).toEqual({});
    expect(taker.files()).toEqual({});
    await lock.release();
    await importState(snapshot, into(taker));
    expect(stored(taker)).toEqual(ALL);
  });

  it('is left alone by an import without secrets, whoever changes it', async () => {
    const [taker, snapshot] = [makeHost(), await sealedBy(giver())];
    const { secretsDir, stateDir } = taker.locations;
    const lock = await acquireLock(ownFolder(secretsDir), { stateDir });
    await importState(snapshot, into(taker, {}));
    expect(Object.keys(taker.files())).toContain('weather.wasm');
    await lock.release();
  });
});

describe('an import with secrets is refused, and nothing is changed,', () => {
  it.each([
    ['with another identity', { decryptionKey: other.identity }, 'VERIFY_CANNOT_UNSEAL'],
    ['without a key', { decryptionKey: undefined }, 'USAGE_BAD_ARGUMENT'],
    ['with a passphrase where there is none', { decryptionKey: 'horse' }, 'USAGE_BAD_ARGUMENT'],
    ['with half an identity', { decryptionKey: mine.identity.slice(0, 40) }, 'FORMAT_INVALID_KEY'],
    ['with a key and without asking for them', { includeSecrets: false }, 'USAGE_BAD_ARGUMENT'],
  ])('%s', async (_what, options, code) => {
    const taker = makeHost();
    const failure = await importState(
      await sealedBy(giver()),
      into(taker, { ...WITH_KEY, ...options }),
    ).catch((error: unknown) => error);
    expect(failure).toEqual(failing(code));
    expect(JSON.stringify(failure)).not.toContain('QYYQ79');
    expect(taker.files()).toEqual({});
    expect(stored(taker)).toEqual({});
  });

  it('with another passphrase', async () => {
    const taker = makeHost();
    const snapshot = await sealedBy(giver(), 'correct horse');
    const failure = importState(snapshot, into(taker, { includeSecrets: true, decryptionKey: 'battery' }));
    await expect(failure).rejects.toEqual(failing('VERIFY_CANNOT_UNSEAL'));
  });

  it('from a snapshot without any', async () => {
    const taker = makeHost();
    const bare = await exportState({ ...giver().locations, includeBinaries: true });
    await expect(importState(bare, into(taker))).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('where a link or something that is not certain stands in their place', async () => {
    const snapshot = await sealedBy(giver());
    for (const put of [
      (file: string) => writeFileSync(file, 'A: &a x\n'),
      (file: string) => mkdirSync(file),
      (file: string) => {
        writeFileSync(`${file}.elsewhere`, 'A: x\n');
        symlinkSync(`${file}.elsewhere`, file);
      },
    ]) {
      const taker = makeHost();
      const file = path.join(taker.locations.secretsDir, 'weather.yaml');
      put(file);
      const was = lstatSync(file).ino;
      await expect(importState(snapshot, into(taker))).rejects.toThrow();
      expect(lstatSync(file).ino).toBe(was);
      expect(taker.files()).toEqual({});
    }
  });

  it('where a later Wassette keeps account of its secrets', async () => {
    const taker = makeHost();
    writeFileSync(
      path.join(taker.locations.secretsDir, '.secret-bindings.json'),
      '{"version":1,"bindings":[]}',
    );
    await expect(importState(await sealedBy(giver()), into(taker))).rejects.toEqual(
      failing('STORE_UNSUPPORTED'),
    );
  });

  it('where another component here has the same secrets file', async () => {
    const [taker, snapshot] = [makeHost(), await sealedBy(giver())];
    taker.install('a_b', OPTIONS);
    taker.storeSecrets('a_b', { TOKEN: 'mine' });
    await expect(importState(snapshot, into(taker))).rejects.toEqual(failing('CONFLICT_ID_CLASH'));
    expect(stored(taker)).toEqual({ a_b: { TOKEN: 'mine' } });
  });

  it('when they were sealed for another state', async () => {
    const [from, taker] = [giver(), makeHost()];
    const { document } = await sealedBy(from);
    from.install('weather', { policy: policyText({ network: ['evil.example'] }) });
    const wider = await exportState({ ...from.locations, includeBinaries: true });
    const { Snapshot } = await import('../../src/index.ts');
    const moved = await Snapshot.fromJson(
      JSON.stringify({ ...JSON.parse(await wider.toJson()), secrets: document.secrets }),
    );
    await expect(importState(moved, into(taker))).rejects.toEqual(failing('VERIFY_SECRETS_ALTERED'));
    expect(stored(taker)).toEqual({});
  });
});

/** The files below `folder` that hold `text`. */
function filesWith(text: string, folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}
