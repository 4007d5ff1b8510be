// What every verb writes into the audit log, and that nothing is changed of which the log cannot tell.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { approvePlan, revokeApproval } from '../src/approve.ts';
import { exportStateTo } from '../src/export.ts';
import {
  auditLog,
  importState,
  openSnapshot,
  planImportState,
  undoImport,
  verifyAuditLog,
} from '../src/index.ts';
import { openSite } from '../src/site/site.ts';
import type { AuditRecord } from '../src/state/audit/entry.ts';
import { readUndoRecords } from '../src/state/undo-records.ts';
import { command } from './fixtures/command-line.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from './fixtures/host.ts';
import { oldHost, recoverImport, restoreUntilCommitted } from './fixtures/restoring.ts';
import { approvalIn, connect } from './fixtures/servers/mcp.ts';

let giver: TestHost;
let taker: TestHost;

beforeEach(() => {
  giver = makeHost();
  taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ network: ['api.example'] }) });
});

async function recorded(host: TestHost = taker): Promise<AuditRecord[]> {
  expect(await verifyAuditLog(host.locations)).toMatchObject({ holds: true, torn: [] });
  return (await auditLog(host.locations)).map(({ record }) => record!);
}

const told = (records: readonly AuditRecord[]) => records.map(({ event, result }) => `${event} ${result}`);

describe('between two agents', () => {
  it('each step has its line: who asked, what with, who approved, from which state to which', async () => {
    const { structured } = await (await connect(giver)).call('export_state', { name: 'tools' });
    const person = {
      asked: [],
      answer: async () => ({ action: 'accept' as const, content: { approve: true } }),
    };
    const window = await connect(taker, {}, person);
    const plan = await window.call('import_state', { snapshot: 'tools' });
    const { approve, accept } = approvalIn(plan) as { approve: string; accept: string[] };
    await window.call('import_state', { snapshot: 'tools', approve, accept });
    const records = await recorded();
    expect(told(records)).toEqual([
      'export done',
      'plan made',
      'approval given',
      'import begins',
      'import done',
    ]);
    const [exported, planned, approved, begun, done] = records as [
      AuditRecord,
      AuditRecord,
      AuditRecord,
      AuditRecord,
      AuditRecord,
    ];
    const asked_by = { by: 'agent', client: 'test', client_version: '1.0.0', user: process.getuid!() };
    for (const record of records) expect(record.asked_by).toEqual(asked_by);
    expect(exported).toMatchObject({
      component_dir: giver.locations.componentDir,
      reference: 'tools',
      snapshot: structured.snapshot_digest,
      state: structured.state_digest,
      components: [{ id: 'weather' }],
    });
    expect(planned).toMatchObject({
      component_dir: taker.locations.componentDir,
      reference: 'tools',
      snapshot: structured.snapshot_digest,
      plan: approve,
      state_after: structured.state_digest,
      components: [{ id: 'weather', action: 'add' }],
    });
    expect(approved).toMatchObject({ plan: approve, approved: { how: 'client' } });
    const [undo] = await readUndoRecords(taker.state);
    for (const record of [begun, done]) {
      expect(record).toMatchObject({
        import: undo!.import_id,
        plan: approve,
        snapshot: structured.snapshot_digest,
        reference: 'tools',
        state_before: planned.state_before,
        state_after: structured.state_digest,
        components: [{ id: 'weather', action: 'add' }],
      });
    }
  });

  it('a refusal has its code, and a client that asks nobody is told of', async () => {
    await (await connect(giver)).call('export_state', { name: 'tools' });
    const window = await connect(taker, { neverWiden: true });
    await expect(window.call('import_state', { snapshot: 'tools' })).rejects.toEqual(
      failing('POLICY_WIDENED'),
    );
    await expect(window.call('import_state', { snapshot: '/etc/passwd.json' })).rejects.toEqual(
      failing('POLICY_OUTSIDE_FENCE'),
    );
    const free = await connect(taker);
    const { approve, accept } = approvalIn(await free.call('import_state', { snapshot: 'tools' }));
    await free.call('import_state', { snapshot: 'tools', approve, accept });
    const records = await recorded();
    expect(records.filter(({ result }) => result === 'refused')).toMatchObject([
      { event: 'import', code: 'POLICY_WIDENED', reference: 'tools' },
      { event: 'import', code: 'POLICY_OUTSIDE_FENCE', reference: '/etc/passwd.json' },
    ]);
    expect(records.find(({ event }) => event === 'approval')).toMatchObject({
      approved: { how: 'nobody-asked' },
    });
  });

  it('a person who says no is recorded', async () => {
    await (await connect(giver)).call('export_state', { name: 'tools' });
    const person = { asked: [], answer: async () => ({ action: 'decline' as const }) };
    const window = await connect(taker, {}, person);
    const { approve, accept } = approvalIn(await window.call('import_state', { snapshot: 'tools' }));
    const refused = window.call('import_state', { snapshot: 'tools', approve, accept });
    await expect(refused).rejects.toEqual(failing('POLICY_DECLINED'));
    expect((await recorded()).slice(-2)).toMatchObject([
      { event: 'approval', result: 'declined', plan: approve, approved: { how: 'client' } },
      { event: 'import', result: 'refused', code: 'POLICY_DECLINED', plan: approve },
    ]);
  });
});

describe('by an operator', () => {
  it('an approval has a line when it is given, when it is used and when it is taken back', async () => {
    await (await connect(giver)).call('export_state', { name: 'tools' });
    const window = await connect(taker, { approval: { by: 'operator', planLifetime: 3_600 } });
    const { structured } = await window.call('import_state', { snapshot: 'tools' });
    const approve = structured.plan_digest as string;
    const here = { stateDir: taker.locations.stateDir };
    await approvePlan(approve, here);
    await revokeApproval(approve, here);
    await approvePlan(approve, here);
    await window.call('import_state', { snapshot: 'tools', approve });
    const approvals = (await recorded()).filter(({ event }) => event === 'approval');
    expect(told(approvals)).toEqual([
      'approval given',
      'approval revoked',
      'approval given',
      'approval given',
    ]);
    for (const each of approvals) {
      expect(each).toMatchObject({
        plan: approve,
        component_dir: taker.locations.componentDir,
        approved: { how: 'operator' },
      });
    }
    expect(approvals.map(({ asked_by }) => asked_by!.by)).toEqual(['library', 'library', 'library', 'agent']);
  });
});

describe('on the command line and in the library', () => {
  it('an undo names the import that it takes back, and the state that it goes back to', async () => {
    await command('export', '--name', 'tools', ...giver.flags);
    await command('import', 'tools', '--yes', ...taker.flags);
    await command('undo', '--yes', ...taker.flags);
    const records = await recorded();
    expect(told(records)).toEqual([
      'export done',
      'approval given',
      'import begins',
      'import done',
      'plan made',
      'approval given',
      'undo begins',
      'undo done',
    ]);
    for (const record of records)
      expect(record.asked_by).toEqual({ by: 'command-line', user: process.getuid!() });
    expect(records[1]).toMatchObject({ approved: { how: 'nobody-asked' } });
    expect(records.at(-1)).toMatchObject({
      reverts: records[3]!.import,
      state_before: records[3]!.state_after,
      state_after: records[3]!.state_before,
      components: [{ id: 'weather', action: 'remove' }],
    });
    expect(records.at(-1)!.snapshot).toBeUndefined();
  });

  it('an approval by digest is told from one without', async () => {
    await command('export', '--name', 'tools', ...giver.flags);
    const { stdout } = await command('import', 'tools', '--dry-run', '--json', ...taker.flags);
    const { plan_digest } = JSON.parse(stdout) as { plan_digest: string };
    await command('import', 'tools', '--approve', plan_digest, ...taker.flags);
    expect((await recorded()).find(({ event }) => event === 'approval')).toMatchObject({
      plan: plan_digest,
      approved: { how: 'command-line' },
    });
  });

  it('the library is named as such, and its caller who brings sentences approves', async () => {
    await exportStateTo({ name: 'tools' }, giver.locations);
    const snapshot = await openSnapshot('tools', taker.locations);
    const { digest, sentences, nonce } = await planImportState(snapshot, taker.locations);
    const approval = { approve: digest, accept: sentences.map(({ text }) => text), nonce };
    await importState(snapshot, { ...taker.locations, approval });
    await undoImport({ ...taker.locations, approval: 'all' });
    const records = await recorded();
    expect(records.map(({ asked_by }) => asked_by!.by)).toEqual(records.map(() => 'library'));
    const approvals = records.flatMap(({ approved }) => approved ?? []);
    expect(approvals).toEqual([{ how: 'caller' }, { how: 'nobody-asked' }]);
  });

  it('a copy has a line with both places, and one that is refused its code', async () => {
    await command('export', '--name', 'tools', ...giver.flags);
    const file = path.join(path.dirname(giver.locations.componentDir), 'copy.json');
    for (const _twice of [1, 2]) await command('copy', 'tools', file, ...giver.flags);
    await command('copy', 'nothing', file, ...giver.flags);
    const [exported, ...copies] = await recorded();
    expect(told(copies)).toEqual(['copy done', 'copy unchanged', 'copy refused']);
    for (const copy of copies.slice(0, 2)) {
      const { snapshot, state } = exported!;
      expect(copy).toMatchObject({ reference: file, copied_from: 'tools', snapshot, state });
      expect(copy.component_dir).toBeUndefined();
    }
    expect(copies[2]).toMatchObject({ code: 'STORE_NOT_FOUND', reference: file });
    const { stdout } = await command('log', '--state-dir', giver.locations.stateDir);
    expect(stdout).toMatch(/copy done\s+to "[^"]+copy.json",\s+from "tools"/);
  });

  it('credentials in a reference are left out, and what is no reference is not recorded', async () => {
    await command('import', 'https://user:hunter2@host.example/x.json?key=hunter2', ...taker.flags);
    await command('import', 'hunter2, which is no reference', ...taker.flags);
    const files = readdirSync(taker.state.audit).filter((name) => name.endsWith('.jsonl'));
    const text = files.map((name) => readFileSync(path.join(taker.state.audit, name), 'utf8')).join('');
    expect(text).not.toContain('hunter2');
    expect(told(await recorded())).toEqual(['import refused', 'import refused']);
  });
});

describe('a log that cannot be written', () => {
  beforeEach(async () => {
    await exportStateTo({ name: 'tools' }, giver.locations);
    rmSync(taker.state.audit, { recursive: true });
    mkdirSync(taker.state.audit);
    symlinkSync('/nonexistent', path.join(taker.state.audit, 'log-000001.jsonl'));
  });

  it('stops an import before anything changes', async () => {
    taker.install('mine', { policy: policyText() });
    const before = taker.files();
    const snapshot = await openSnapshot('tools', taker.locations);
    await expect(importState(snapshot, { ...taker.locations, approval: 'all' })).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
    expect(taker.files()).toEqual(before);
    expect(await readUndoRecords(taker.state)).toEqual([]);
    expect(await (await openSite(taker.locations)).host.components.isUnfinished()).toBe(false);
    expect(readdirSync(path.join(taker.locations.componentDir, '.wassette-state'))).toEqual([]);
  });

  it('stops neither a plan nor an export, which say that it lacks them', async () => {
    const plan = await planImportState(await openSnapshot('tools', taker.locations), taker.locations);
    expect(plan.warnings).toContainEqual(expect.stringContaining('this is not in the audit log'));
    const { notes } = await exportStateTo({ name: 'again' }, giver.locations);
    expect(notes).toContainEqual(expect.stringContaining('this is not in the audit log'));
  });
});

describe('an import that was interrupted', () => {
  it('is finished by a recovery that names it; until then the log has only its beginning', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    expect(told(await recorded(host))).toEqual(['import begins']);
    await recoverImport(host, () => undefined);
    const [begun, finished] = await recorded(host);
    expect(finished).toMatchObject({ event: 'recover', result: 'finished', import: begun!.import });
    expect(finished!.components).toEqual(begun!.components);
  });

  it('cannot be finished while the log cannot be written, and is then', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    const file = path.join(host.state.audit, 'log-000001.jsonl');
    const text = readFileSync(file);
    rmSync(file);
    symlinkSync('/nonexistent', file);
    await expect(recoverImport(host, () => undefined)).rejects.toThrow(failing('STORE_INTERRUPTED'));
    rmSync(file);
    writeFileSync(file, text, { mode: 0o600 });
    expect(await recoverImport(host, () => undefined)).toBe('finished');
    expect(told(await recorded(host))).toEqual(['import begins', 'recover finished']);
  });

  it('is said to be given up where it was', async () => {
    const host = oldHost();
    await restoreUntilCommitted(host);
    expect((await command('recover', '--abandon', ...host.flags)).code).toBe(0);
    const [begun, abandoned] = await recorded(host);
    expect(abandoned).toMatchObject({ event: 'recover', result: 'abandoned', import: begun!.import });
  });
});
