import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ExportDestination,
  type ExportToOptions,
  exportStateTo,
  openSnapshot,
} from '../../src/index.ts';
import { command } from '../fixtures/command-line.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText } from '../fixtures/host.ts';
import { testKey } from '../fixtures/signing.ts';

function giver() {
  const host = makeHost();
  host.install('tool', { policy: policyText() });
  const file = path.join(path.dirname(host.locations.componentDir), 'state.json');
  const write = (to: ExportDestination, options: ExportToOptions = {}) =>
    exportStateTo(to, { ...host.locations, ifChanged: true, ...options });
  return { ...host, file, write };
}

/** Every kind of place that takes what differs beside the state. */
const PLACES = {
  'a name in the store': () => ({ name: 'tools' }),
  'the store without a name': () => ({}),
  'a file with code': ({ file }: { file: string }) => ({ file }),
} as const;

const desk = { metadata: { description: 'desk', tags: { for: 'b' } }, includeBinaries: true };
const garden = { metadata: { description: 'garden' }, includeBinaries: true };

describe.each(Object.entries(PLACES))('an export that is to change nothing, to %s', (_place, placeOf) => {
  it('leaves a snapshot of the same state as it is, and says what it did not write', async () => {
    const host = giver();
    const to = placeOf(host);
    const first = await host.write(to, desk);
    expect(first).toMatchObject({ changed: true, notes: [] });
    const again = await host.write(to, garden);
    expect(again).toMatchObject({ changed: false, digest: first.digest, reference: first.reference });
    expect(again.transfer.skipped).toEqual(first.transfer.sent);
    expect(again.notes.join()).toContain('description and tags stay as they are');
    expect((await host.write(to, desk)).notes).toEqual([]);
    expect((await openSnapshot(first.reference, host.locations)).document.metadata?.description).toBe('desk');
  });

  it('writes another state', async () => {
    const host = giver();
    const to = placeOf(host);
    const first = await host.write(to, desk);
    host.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
    const second = await host.write(to, garden);
    expect(second).toMatchObject({ changed: true, document: { metadata: { description: 'garden' } } });
    expect(second.digest).not.toBe(first.digest);
    expect(await host.write(to, desk)).toMatchObject({ changed: false, digest: second.digest });
  });

  it('writes what has not been signed so far by whoever signs, and signs nothing that others say', async () => {
    const host = giver();
    const to = placeOf(host);
    await host.write(to, desk);
    const signed = { ...garden, signers: [{ key: testKey('ed25519') }] };
    const second = await host.write(to, signed);
    expect(second).toMatchObject({ changed: true, document: { metadata: { description: 'garden' } } });
    expect(await host.write(to, { ...signed, metadata: desk.metadata })).toMatchObject({
      changed: false,
      digest: second.digest,
    });
  });
});

it('without the option another description is another snapshot', async () => {
  const host = giver();
  await host.write({ name: 'tools' }, desk);
  expect(await host.write({ name: 'tools' }, { ...garden, ifChanged: false })).toMatchObject({
    changed: true,
  });
});

it('a name is compared with what it names, and with no older snapshot', async () => {
  const host = giver();
  const first = await host.write({ name: 'tools' }, desk);
  host.install('other');
  await host.write({ name: 'tools' }, desk);
  rmSync(path.join(host.locations.componentDir, 'other.wasm'));
  const back = await host.write({ name: 'tools' }, garden);
  expect(back).toMatchObject({ changed: true, document: { metadata: { description: 'garden' } } });
  expect(back.document.state_digest).toBe(first.document.state_digest);
});

it('code that is gone from the store comes back, and the snapshot stays the same', async () => {
  const host = giver();
  const first = await host.write({ name: 'tools' }, desk);
  const { sha256 } = first.document.components[0]!.artifact;
  const blob = path.join(host.locations.stateDir, 'snapshots', 'blobs', 'sha256', sha256);
  rmSync(blob);
  expect(await host.write({ name: 'tools' }, garden)).toMatchObject({ changed: true, digest: first.digest });
  expect(existsSync(blob)).toBe(true);
});

it('a file without code is written when the code is wanted, and stays when it is not', async () => {
  const host = giver();
  const { file } = host;
  const bare = await host.write({ file }, { ...desk, includeBinaries: false });
  expect(await host.write({ file }, desk)).toMatchObject({ changed: true, digest: bare.digest });
  expect((await openSnapshot(file, host.locations)).carriesBinaries).toBe(true);
});

it('a manifest, which says nothing but the state, stays as it is', async () => {
  const host = giver();
  const file = host.file.replace('.json', '.yaml');
  await host.write({ file });
  const { ino } = lstatSync(file);
  expect(await host.write({ file })).toMatchObject({ changed: false });
  expect(lstatSync(file).ino).toBe(ino);
});

it('a file that is no snapshot is not replaced, and one that is cut off neither', async () => {
  const host = giver();
  for (const text of ['{"name":"x"}', '{"version":1,']) {
    writeFileSync(host.file, text);
    await expect(host.write({ file: host.file }, desk)).rejects.toThrow(failing('STORE_EXISTS'));
    expect(readFileSync(host.file, 'utf8')).toBe(text);
  }
});

it('secrets are refused: whether they have changed cannot be seen', async () => {
  const host = giver();
  await expect(host.write({}, { includeSecrets: true, encryptionKey: 'a passphrase' })).rejects.toThrow(
    failing('USAGE_BAD_ARGUMENT'),
  );
});

it('the command says so with exit code 0, and has nothing to compare with on standard output', async () => {
  const host = giver();
  const run = (...words: string[]) => command('export', ...words, '--if-changed', ...host.flags);
  await run('--name', 'tools', '--description', 'desk');
  const again = await run('--name', 'tools', '--description', 'garden');
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/^Unchanged: 1 component/);
  expect(again.stdout).toContain('note: the state has not changed');
  expect((await run('-o', '-')).code).toBe(2);
});
