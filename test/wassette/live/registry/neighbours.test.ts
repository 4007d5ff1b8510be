// Finding the Wassettes that other windows wrap, with windows that are gone, foreign, or not what they say.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportState, exportStateTo } from '../../../../src/export.ts';
import { planImportState } from '../../../../src/import.ts';
import { openSnapshot } from '../../../../src/open.ts';
import type { ImportOptions } from '../../../../src/site/import/planning.ts';
import { openSite } from '../../../../src/site/site.ts';
import { Snapshot } from '../../../../src/site/snapshot.ts';
import { findNeighbours } from '../../../../src/wassette/live/registry/neighbours.ts';
import { fileWithCode } from '../../../fixtures/document.ts';
import { failing } from '../../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../../fixtures/host.ts';
import { KEYS } from '../../../fixtures/sops-documents.ts';
import { holdTimeouts } from '../../../fixtures/system/held-timeouts.ts';
import { runLikeWassette, stop } from '../../../fixtures/system/processes.ts';
import { isRoot, mayUnshare } from '../../../fixtures/system/root.ts';
import { hideBoot } from '../../../fixtures/system/shown-system.ts';
import {
  answerAt,
  introduction,
  leaveRecord,
  leaveSocket,
  TOKEN,
} from '../../../fixtures/wassette/window-records.ts';

/** The id of a process that has ended. */
const gone = () => spawnSync('true').pid;
const socketOf = (host: TestHost) => path.join(host.state.sockets, 'window.sock');

/** A window that introduces itself so; what it was asked. */
async function windowOn(host: TestHost, said: object = introduction(host.state)): Promise<unknown[]> {
  const asked: unknown[] = [];
  leaveRecord(host.state);
  await answerAt(socketOf(host), (line, socket) => {
    const { ask, params } = JSON.parse(line) as { ask: number; params: unknown };
    asked.push(params);
    socket.write(`${JSON.stringify({ answer: ask, value: said })}\n`);
  });
  return asked;
}

async function found(host: TestHost): Promise<number> {
  const neighbours = await findNeighbours(host.state);
  for (const { close } of neighbours) close();
  return neighbours.length;
}

describe('a window on the directory', () => {
  it('is found, and proves to be the one of the record by its token', async () => {
    const host = makeHost();
    const asked = await windowOn(host);
    expect(await found(host)).toBe(1);
    expect(asked).toEqual([{ version: 1, token: TOKEN, component_dir: host.locations.componentDir }]);
  });

  it.runIf(mayUnshare('--pid', '--fork'))(
    'in a container is named by the number that its process has here',
    async () => {
      const host = makeHost();
      const outside = await runLikeWassette(['run'], { isNumberedApart: true });
      const [pid] = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').split(' ');
      await windowOn(host);
      leaveRecord(host.state, { pid: 1, pid_namespace: readlinkSync(`/proc/${pid}/ns/pid`) });
      const [neighbour] = await findNeighbours(host.state);
      neighbour?.close();
      expect(neighbour?.process).toBe(Number(pid));
    },
  );

  it('counts in a plan: its variables and secrets, and its fences are said', async () => {
    const host = makeHost();
    const giver = makeHost();
    giver.install('weather');
    const file = path.join(path.dirname(giver.locations.componentDir), 'tools.json');
    await exportStateTo({ file }, { ...giver.locations, includeBinaries: true });
    await windowOn(host, introduction(host.state, { environment: ['ONLY_THERE'] }));
    const plan = await planImportState(await openSnapshot(file, host.locations), host.locations);
    expect(plan.warnings.join('\n')).toMatch(/another window .* was started with --never-widen/);
    const surroundings = await (await openSite(host.locations)).host.components.surroundings();
    expect(surroundings).toMatchObject({
      withoutPolicy: 'everything',
      environment: ['ONLY_THERE'],
      secretsDirs: ['/elsewhere/secrets'],
    });
  });

  it.each([
    ['with its own tools switched off', { has_own_tools: false }, '--disable-builtin-tools'],
    [
      'whose client has not opened the session',
      { is_open: false },
      'before its client has opened the session',
    ],
  ])('%s is a reason to refuse, and the plan says so with its process', async (_, said, why) => {
    const host = makeHost();
    host.install('weather');
    const snapshot = await exportState({ ...host.locations, includeBinaries: true });
    await windowOn(host, introduction(host.state, said));
    const { obstacle } = await planImportState(snapshot, host.locations);
    expect(obstacle).toContain(`another window (process ${process.ppid}): it`);
    expect(obstacle).toContain(why);
    const refused = (await openSite(host.locations)).host.components.assertIdle();
    await expect(refused).rejects.toThrow(failing('STORE_BUSY', { details: { window_pid: process.ppid } }));
  });

  it('keeps its secrets where no import may grant a directory either', async () => {
    const host = makeHost();
    const secrets = path.join(path.dirname(host.locations.componentDir), 'theirs');
    const policy = `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: fs://${secrets}\n      access: [read]\n`;
    const granting = await Snapshot.fromJson(fileWithCode([{ id: 'reader', policy }]));
    expect(await planImportState(granting, host.locations)).toBeDefined();
    await windowOn(host, introduction(host.state, { secrets_dir: secrets }));
    await expect(planImportState(granting, host.locations)).rejects.toThrow(
      failing('POLICY_FORBIDDEN_GRANT'),
    );
  });

  it('that keeps its secrets elsewhere will not see those that come, and the plan says so', async () => {
    const host = makeHost();
    const giver = makeHost();
    giver.install('weather');
    giver.storeSecrets('weather', { TOKEN: 'hunter2' });
    const sealed = { includeBinaries: true, includeSecrets: true, encryptionKey: KEYS.mine.recipient };
    const snapshot = await exportState({ ...giver.locations, ...sealed });
    const warningsOf = async (options: ImportOptions = {}) =>
      (await planImportState(snapshot, { ...host.locations, ...options })).warnings.join('\n');
    const unsealed = { includeSecrets: true, decryptionKey: KEYS.mine.identity };
    expect(await warningsOf(unsealed)).not.toContain('will not see');
    await windowOn(host);
    expect(await warningsOf(unsealed)).toContain(
      'another window keeps its secrets in "/elsewhere/secrets": its Wassette will not see those that this changes',
    );
    expect(await warningsOf()).not.toContain('will not see');
  });

  it.each([
    ['that answers for another directory', { component_dir: '/other' }],
    ['of another version', { version: 2 }],
    ['that says what nobody asked', { surprise: true }],
    ['that names no process', { pid: 0 }],
  ])('%s is left out', async (_, said) => {
    const host = makeHost();
    await windowOn(host, introduction(host.state, said));
    expect(await found(host)).toBe(0);
  });

  it.each([
    ['answers nonsense', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['answers a question that was not asked', '{"answer":77,"value":null}\n{"answer":1}\n'],
    ['answers with an error', '{"answer":1,"error":{"name":"Error","message":"no"}}\n'],
  ])('that %s is left out', async (_, text) => {
    const host = makeHost();
    leaveRecord(host.state);
    await answerAt(socketOf(host), (_line, socket) => void socket.write(text));
    const timeouts = holdTimeouts();
    const looking = found(host);
    setTimeout(timeouts.expire, 200);
    expect(await looking).toBe(0);
  });

  it('that never answers is left out after a while', async () => {
    const host = makeHost();
    leaveRecord(host.state);
    const timeouts = holdTimeouts();
    await answerAt(socketOf(host), () => timeouts.expire());
    expect(await found(host)).toBe(0);
  });
});

describe('a record', () => {
  it('of a process that is gone is cleared away with its socket', async () => {
    const host = makeHost();
    const record = leaveRecord(host.state, { start_time: '1', wassette_pid: gone() });
    await answerAt(socketOf(host), () => undefined);
    expect(await found(host)).toBe(0);
    expect([existsSync(record), existsSync(socketOf(host))]).toEqual([false, false]);
  });

  it('of a process that is gone stays while its Wassette ends, which an import waits for', async () => {
    const host = makeHost();
    const { componentDir } = host.locations;
    const wassette = await runLikeWassette(['run', '--component-dir', componentDir]);
    const record = leaveRecord(host.state, { start_time: '1', wassette_pid: wassette.pid });
    expect(await found(host)).toBe(0);
    expect(existsSync(record)).toBe(true);
    const idle = (await openSite(host.locations)).host.components.assertIdle();
    await stop(wassette);
    await expect(idle).resolves.toBeUndefined();
    expect(await found(host)).toBe(0);
    expect(existsSync(record)).toBe(false);
  });

  it('from before the system was started is cleared away, whoever has the number of its Wassette now', async () => {
    const host = makeHost();
    const record = leaveRecord(host.state, { boot_id: 'another', wassette_pid: process.ppid });
    expect(await found(host)).toBe(0);
    expect(existsSync(record)).toBe(false);
  });

  it('of a process with our number in another container is not our own', async () => {
    const host = makeHost();
    await windowOn(host);
    leaveRecord(host.state, { pid: process.pid, pid_namespace: 'pid:[1]' });
    expect(await found(host)).toBe(1);
  });

  it('from a container that ended is cleared away with its socket', async () => {
    const host = makeHost();
    const record = leaveRecord(host.state, { pid: 1, pid_namespace: 'pid:[1]', host: 'container' });
    leaveSocket(socketOf(host));
    expect(await found(host)).toBe(0);
    expect([existsSync(record), existsSync(socketOf(host))]).toEqual([false, false]);
  });

  it('of another machine stays where the system does not name its boot', async () => {
    const host = makeHost();
    const record = leaveRecord(host.state, { boot_id: null, pid_namespace: null, host: 'another' });
    leaveSocket(socketOf(host));
    hideBoot();
    expect(await found(host)).toBe(0);
    expect([existsSync(record), existsSync(socketOf(host))]).toEqual([true, true]);
  });

  it('of a process that is gone never makes us remove a file that is not among our sockets', async () => {
    const host = makeHost();
    const file = path.join(path.dirname(host.locations.componentDir), 'precious.sock');
    writeFileSync(file, 'precious');
    leaveRecord(host.state, { start_time: '1', wassette_pid: gone(), socket: file });
    expect(await found(host)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it.each([
    ['damaged', 'nonsense'],
    ['of a later version', '{"version":2}'],
  ])('that is %s is left alone', async (_, text) => {
    const host = makeHost();
    const record = leaveRecord(host.state);
    writeFileSync(record, text);
    expect(await found(host)).toBe(0);
    expect(readFileSync(record, 'utf8')).toBe(text);
  });
});

describe('a socket is not asked', () => {
  it('in a folder that others may use', async () => {
    const host = makeHost();
    const asked = await windowOn(host);
    chmodSync(host.state.sockets, 0o755);
    expect(await found(host)).toBe(0);
    expect(asked).toEqual([]);
  });

  it('that is a link or a file', async () => {
    const host = makeHost();
    const asked = await windowOn(host);
    const link = path.join(host.state.sockets, 'link.sock');
    symlinkSync(socketOf(host), link);
    leaveRecord(host.state, { socket: link });
    expect(await found(host)).toBe(0);
    leaveRecord(host.state, { socket: path.join(host.state.sockets, 'window.json') });
    expect(await found(host)).toBe(0);
    expect(asked).toEqual([]);
  });

  it.runIf(isRoot)('that belongs to somebody else', async () => {
    const host = makeHost();
    const asked = await windowOn(host);
    chownSync(socketOf(host), 4_242, 4_242);
    expect(await found(host)).toBe(0);
    expect(asked).toEqual([]);
    chownSync(socketOf(host), 0, 0);
    expect(await found(host)).toBe(1);
  });
});
