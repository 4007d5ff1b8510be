// Remarks on how permissions fit code, where people see them: in plans, lists and comparisons, made with real exports.
import { describe, expect, it } from 'vitest';
import type { BlobName } from '../../src/codec/blob-name.ts';
import { diffStates } from '../../src/diff.ts';
import { exportStateTo } from '../../src/export.ts';
import { importState, planImportState } from '../../src/import.ts';
import { listHost, listReference, withRemarks } from '../../src/list.ts';
import { openSnapshot } from '../../src/open.ts';
import { viewOf } from '../../src/plan/view.ts';
import { Snapshot } from '../../src/site/snapshot.ts';
import { FILES, HARMLESS, HTTP, importing } from '../fixtures/components/importing.ts';
import { componentOfText, WAT_REFUSED } from '../fixtures/components/wat-components.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';

const HOST = policyText({ network: ['api.example.com'] });
const NONE = policyText({});
const UNUSED = 'it is allowed "api.example.com", but its code makes no HTTP requests';
const NOT_ALLOWED = 'its code can make HTTP requests; no host is allowed';
const NEWLY = 'the new code can make HTTP requests, the old could not; "api.example.com" is already allowed';

/** A host with code of each kind, whose state is kept under the name `tools`. */
async function giver(): Promise<TestHost> {
  const host = makeHost();
  host.install('fits', { code: await importing(HTTP), policy: HOST });
  host.install('idle', { code: await importing(HARMLESS), policy: HOST });
  host.install('wants', { code: await importing(HTTP, HARMLESS), policy: NONE });
  host.install('unknown', {
    code: Buffer.from(await componentOfText(WAT_REFUSED['an exported import']![0])),
    policy: HOST,
  });
  await exportStateTo({ name: 'tools' }, host.locations);
  return host;
}

describe('a plan (F-9.8)', () => {
  it('remarks on what comes, and says nothing of what fits or is not understood', async () => {
    const { locations } = await giver();
    const taker = makeHost({ stateDir: locations.stateDir });
    const plan = await planImportState(await openSnapshot('tools', taker.locations), taker.locations);
    expect(plan.fit).toEqual([`"idle": ${UNUSED}`, `"wants": ${NOT_ALLOWED}`]);
    const { sections, fit, accept } = viewOf(plan);
    expect(fit).toEqual(plan.fit);
    expect(
      sections.find(({ title }) => title === 'How this fits the code:')?.lines.map(({ text }) => text),
    ).toEqual(fit);
    expect(accept).toContain('"fits", "idle", "unknown" may reach "api.example.com"');
    for (const remark of fit) expect(accept).not.toContain(remark);
  });

  it('is the same plan whether or not the code was read', async () => {
    const { locations } = await giver();
    const taker = makeHost({ stateDir: locations.stateDir });
    const opened = await openSnapshot('tools', taker.locations);
    const reviewed = await planImportState(opened, taker.locations);
    const applied = await importState(opened, { ...taker.locations, approval: 'all' });
    expect(applied.plan.fit).toEqual(reviewed.fit);
    expect(applied.plan.sentences).toEqual(reviewed.sentences);
  });

  it('says what only the new code can do, beside the sentence about it, and reads no code twice', async () => {
    const host = await giver();
    const taker = makeHost({ stateDir: host.locations.stateDir });
    taker.install('fits', { code: await importing(HARMLESS, FILES), policy: HOST });
    const opened = await openSnapshot('tools', taker.locations);
    const read: string[] = [];
    const blobs = {
      has: (blob: BlobName) => opened.blobs.has(blob),
      source: (blob: BlobName) => {
        read.push(blob.sha256);
        return opened.blobs.source(blob);
      },
    };
    const snapshot = Snapshot.of({ ...opened, content: opened.content, blobs });
    const plan = await planImportState(snapshot, { ...taker.locations, componentFilter: ['fits', 'idle'] });
    expect(plan.fit).toEqual([`"fits": ${NEWLY}`, `"idle": ${UNUSED}`]);
    expect(plan.sentences.map(({ text }) => text).join('\n')).toContain(
      '"fits" gets new code under its permissions',
    );
    expect(read).toHaveLength(2);
  });

  it('remarks on another policy for code that is here, and on nothing that stays as it is', async () => {
    const host = await giver();
    const taker = makeHost({ stateDir: host.locations.stateDir });
    taker.install('fits', { code: await importing(HTTP), policy: HOST });
    taker.install('idle', { code: await importing(HARMLESS), policy: NONE });
    taker.install('wants', { code: await importing(HTTP, HARMLESS), policy: NONE });
    const opened = await openSnapshot('tools', taker.locations);
    expect((await planImportState(opened, taker.locations)).fit).toEqual([`"idle": ${UNUSED}`]);
    expect((await planImportState(opened, { ...taker.locations, skipExisting: true })).fit).toEqual([]);
  });
});

describe('a list', () => {
  it('of a host has the remarks on each component', async () => {
    const { locations } = await giver();
    const { components } = await listHost(locations);
    expect(components.map(({ component_id, remarks }) => [component_id, remarks])).toEqual([
      ['fits', []],
      ['idle', [UNUSED]],
      ['unknown', []],
      ['wants', [NOT_ALLOWED]],
    ]);
  });

  it('of a snapshot has them where its code is there', async () => {
    const host = await giver();
    const { components } = await withRemarks(await listReference('tools', host.locations));
    expect(components.flatMap(({ remarks = [] }) => remarks)).toEqual([UNUSED, NOT_ALLOWED]);
  });
});

describe('a comparison', () => {
  it('remarks on what was added or changed', async () => {
    const host = await giver();
    const { locations } = host;
    host.install('idle', { code: await importing(HTTP, FILES), policy: HOST });
    host.install('new', { code: await importing(HARMLESS), policy: HOST });
    host.install('wants', { code: await importing(HTTP, HARMLESS), policy: HOST });
    const { components } = await diffStates('tools', null, locations);
    expect(components.map(({ component_id, remarks }) => [component_id, remarks])).toEqual([
      ['idle', ['its code can open files; no directory is allowed', NEWLY]],
      ['new', [UNUSED]],
      ['wants', []],
    ]);
  });

  it('says nothing of what was removed, and of secrets', async () => {
    const host = makeHost();
    host.install('kept', { code: await importing(HARMLESS), policy: HOST });
    const { locations } = await giver();
    await exportStateTo({ name: 'kept' }, { ...host.locations, stateDir: locations.stateDir });
    host.storeSecrets('kept', { TOKEN: 'a' });
    const options = { ...host.locations, stateDir: locations.stateDir };
    const gone = (await diffStates('tools', 'kept', options)).components.filter(
      ({ action }) => action === 'removed',
    );
    expect(gone.map(({ remarks }) => remarks)).toEqual([undefined, undefined, undefined, undefined]);
    const [kept] = (await diffStates('kept', null, options)).components;
    expect(kept).toMatchObject({ component_id: 'kept', secretNames: { added: ['TOKEN'] } });
    expect(kept?.remarks).toBeUndefined();
  });
});
