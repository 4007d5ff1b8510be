// What led to a snapshot: exports name what had their name before, and `log` follows that back.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { copySnapshot } from '../src/copy.ts';
import { type ExportToOptions, exportStateTo } from '../src/export.ts';
import { mergeSnapshots } from '../src/merge.ts';
import { sourceOf } from '../src/places/oci/blobs.ts';
import { openSite } from '../src/site/site.ts';
import { type Document, readDocument } from '../src/snapshot/document.ts';
import { snapshotHistory } from '../src/snapshot-history.ts';
import { command } from './fixtures/command-line.ts';
import { documentOf } from './fixtures/document.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from './fixtures/host.ts';
import { testKey } from './fixtures/signing.ts';

let host: TestHost;
let folder: string;

beforeEach(() => {
  host = makeHost();
  folder = path.dirname(host.locations.componentDir);
  reaching('one.example');
});

const reaching = (...network: string[]) => host.install('weather', { policy: policyText({ network }) });
const save = (name: string | undefined, options: ExportToOptions = {}) =>
  exportStateTo({ name }, { ...host.locations, ...options });
const log = (...args: string[]) => command('log', ...args, ...host.flagsFor('log'));
const blobOf = (digest: string) =>
  path.join(host.locations.stateDir, 'snapshots', 'blobs', 'sha256', digest.slice('sha256:'.length));

/** Three states under one name. */
async function threeStates() {
  const first = await save('tools', { metadata: { description: 'as it was' } });
  reaching('one.example', 'two.example');
  const second = await save('tools');
  host.install('maps');
  const third = await save('tools');
  return [first.digest, second.digest, third.digest] as const;
}

describe('an export', () => {
  it('under a name is made from what had that name before', async () => {
    const first = await save('tools');
    expect(first.document.parents).toBeUndefined();
    reaching('two.example');
    const second = await save('tools', { signers: [{ key: testKey('ed25519') }] });
    expect(second.document.parents).toEqual([first.digest]);
    expect((await command('verify', 'tools', ...host.flagsFor('verify'))).code).toBe(0);
  });

  it('that changes nothing leaves what is there, whatever that was made from', async () => {
    const [, , third] = await threeStates();
    expect(await save('tools')).toMatchObject({ changed: false, digest: third });
    expect(await save('tools', { ifChanged: true })).toMatchObject({ changed: false, digest: third });
    expect((await snapshotHistory('tools', host.locations)).snapshots).toHaveLength(3);
  });

  it('without a name, or to a file, is made from no other snapshot', async () => {
    await threeStates();
    reaching('four.example');
    const file = path.join(folder, 'state.json');
    await exportStateTo({ file }, host.locations);
    reaching('five.example');
    expect((await exportStateTo({ file }, host.locations)).document.parents).toBeUndefined();
    expect((await save(undefined)).document.parents).toBeUndefined();
  });
});

describe('the history of a snapshot', () => {
  it('goes from the newest to the first, with what changed each time', async () => {
    const [first, second, third] = await threeStates();
    const { snapshots, missing, hasMore } = await snapshotHistory('tools', host.locations);
    expect(snapshots.map(({ digest, parents }) => [digest, ...parents])).toEqual([
      [third, second],
      [second, first],
      [first],
    ]);
    expect(snapshots.map(({ description, component_count }) => [description, component_count])).toEqual([
      [null, 2],
      [null, 1],
      ['as it was', 1],
    ]);
    const [added, widened, begun] = snapshots.map(({ components }) => components);
    expect(added).toMatchObject([{ component_id: 'maps', action: 'added' }]);
    expect(widened?.[0]?.policy?.gains.join()).toContain('two.example');
    expect(begun).toBeNull();
    expect({ missing, hasMore }).toEqual({ missing: [], hasMore: false });
  });

  it('of a copy in a file is found in the local store', async () => {
    const digests = await threeStates();
    const file = path.join(folder, 'copy.json');
    await copySnapshot('tools', { file }, host.locations);
    const { snapshots } = await snapshotHistory(file, host.locations);
    expect(snapshots.map(({ digest }) => digest)).toEqual([...digests].reverse());
    const elsewhere = { stateDir: path.join(folder, 'other') };
    expect(await snapshotHistory(file, elsewhere)).toMatchObject({
      snapshots: [{ digest: digests[2], components: null }],
      missing: [digests[1]],
    });
  });

  it('ends where nobody has what came before, or what is there is something else', async () => {
    const [first, second] = await threeStates();
    writeFileSync(blobOf(first), 'something else');
    expect(await snapshotHistory('tools', host.locations)).toMatchObject({
      missing: [first],
      hasMore: false,
    });
    rmSync(blobOf(second));
    const { snapshots, missing } = await snapshotHistory('tools', host.locations);
    expect(snapshots).toHaveLength(1);
    expect(missing).toEqual([second]);
  });

  it('of a merge has both sides, and what both were made from once', async () => {
    const base = await save('base');
    await copySnapshot('base', { name: 'ours' }, host.locations);
    await copySnapshot('base', { name: 'theirs' }, host.locations);
    host.install('maps');
    const ours = await save('ours');
    host.install('notes');
    const theirs = await save('theirs', { componentFilter: ['notes', 'weather'] });
    const sides = { base: 'base', ours: 'ours', theirs: 'theirs' };
    const { written } = await mergeSnapshots(sides, { name: 'both' }, host.locations);
    const { snapshots } = await snapshotHistory('both', host.locations);
    expect(snapshots.map(({ digest }) => digest)).toEqual([
      written!.digest,
      ours.digest,
      base.digest,
      theirs.digest,
    ]);
    expect((await log('both')).stdout).toContain(
      `made from ${ours.digest.slice(0, 19)}, ${theirs.digest.slice(0, 19)}`,
    );
  });

  it('is as long as it is asked for, also where paths through it are without number', async () => {
    const kept: Document[] = [];
    const made = (parents: readonly Document[]) =>
      ['left', 'right'].map((description) => {
        const from = parents.length === 0 ? {} : { parents: parents.map(({ digest }) => digest) };
        const document = readDocument(documentOf([], { metadata: { description }, ...from }));
        kept.push(document);
        return document;
      });
    let level = made([]);
    for (let i = 0; i < 60; i++) level = made(level);
    const { store } = await openSite(host.locations);
    await store.putBlobs(kept.map(({ bytes }) => sourceOf(bytes)));
    const file = path.join(folder, 'top.json');
    const top = readDocument(documentOf([], { parents: level.map(({ digest }) => digest) }));
    writeFileSync(file, top.bytes);
    expect(await snapshotHistory(file, host.locations)).toMatchObject({ hasMore: true, missing: [] });
    const { snapshots, hasMore } = await snapshotHistory(file, { ...host.locations, last: 10_000 });
    expect(snapshots).toHaveLength(123);
    expect(hasMore).toBe(false);
    await expect(snapshotHistory(file, { ...host.locations, last: 0 })).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
  });
});

describe('log with a snapshot', () => {
  it('tells each state in a few lines: when, what changed, what it can do since', async () => {
    const digests = await threeStates();
    const [first, second, third] = digests.map((digest) => digest.slice(0, 19));
    const { stdout, stderr, code } = await log('tools');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const time = '20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC';
    expect(stdout).toMatch(
      new RegExp(
        [
          `^${third}  ${time}`,
          '  2 components: 1 added',
          '  \\+ "maps" added',
          '[^]*',
          `${second}  ${time}`,
          '  1 component: 1 changed',
          '  ~ "weather" changed',
          '      \\+ .*two\\.example.*',
          '',
          `${first}  ${time}  "as it was"`,
          '  1 component, made from no other snapshot',
          '$',
        ].join('\\n'),
      ),
    );
    expect(stdout).not.toContain('allow:');
  });

  it('says what is not here any more, and what it leaves out', async () => {
    const [first, second] = await threeStates();
    const short = await log('tools', '--last', '1');
    expect(short.stdout.match(/^sha256:/gm)).toHaveLength(1);
    expect(short.stdout).toContain('--last <n> shows more');
    rmSync(blobOf(first));
    const { stdout, code } = await log('tools');
    expect(code).toBe(0);
    expect(stdout).toContain(`${second.slice(0, 19)}  `);
    expect(stdout).toContain('1 component, what changed is not known');
    expect(stdout).toContain(`not here any more: ${first.slice(0, 19)}`);
  });

  it('prints the same as JSON, and nothing older than was asked for', async () => {
    const digests = await threeStates();
    const { snapshots, missing, has_more } = JSON.parse((await log('tools', '--json')).stdout);
    expect(snapshots.map(({ digest }: { digest: string }) => digest)).toEqual([...digests].reverse());
    expect(snapshots[1].components[0].policy.gains.join()).toContain('two.example');
    expect([snapshots[2].components, missing, has_more]).toEqual([null, [], false]);
    const none = await log('tools', '--since', '2999-01-01');
    expect(none).toMatchObject({ stdout: 'It was made before 2999-01-01T00:00:00.000Z.\n', code: 0 });
  });

  it('shows nothing of what a snapshot says of itself that could move the cursor', async () => {
    await save('tools', { metadata: { description: 'a\u001b[2J\u202eb\nsha256:000000000000' } });
    const { stdout } = await log('tools');
    expect(stdout).not.toMatch(/\u001b|\u202e/);
    expect(stdout.match(/^sha256:/gm)).toHaveLength(1);
  });
});

it('of a manifest says that nobody knows when it was made', async () => {
  const file = path.join(folder, 'deployment.yaml');
  await exportStateTo({ file }, host.locations);
  const words = ['log', file, ...host.flagsFor('log')];
  expect((await command(...words)).stdout).toMatch(/^sha256:[0-9a-f]{12} {2}made at an unknown time\n/);
  const { stdout } = await command(...words, '--json', '--since', '1d');
  expect(JSON.parse(stdout).snapshots).toMatchObject([{ created_at: null }]);
});
