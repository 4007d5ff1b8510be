// The audit log on the disk: its chain, and what becomes of it in a crash, on a full disk and in foreign hands.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { ROTATION } from '../../src/state/audit/appending.ts';
import type { AuditEntry } from '../../src/state/audit/entry.ts';
import { AuditLog } from '../../src/state/audit/log.ts';
import { checkAuditLog, readAuditLines } from '../../src/state/audit/reading.ts';
import { type StateDirectory, stateDirectory } from '../../src/state/directory.ts';
import { failing } from '../fixtures/failing.ts';
import { isRoot, mountSmallDisk, unprivileged, withFileSizeLimit } from '../fixtures/system/root.ts';

const PLANNED: AuditEntry = { event: 'plan', result: 'made', plan: 'sha256:0' };
let state: StateDirectory;
let log: AuditLog;

beforeEach(() => {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'wassette-state-audit-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  state = stateDirectory({ stateDir: path.join(root, 'state'), componentDir: path.join(root, 'components') });
  log = new AuditLog(state, { by: 'library' });
});

const fileAt = (number: number) => path.join(state.audit, `log-${String(number).padStart(6, '0')}.jsonl`);
const textAt = (number: number) => readFileSync(fileAt(number), 'utf8');
const linesAt = (number: number) => textAt(number).split('\n').slice(0, -1);
const files = () => readdirSync(state.audit).filter((name) => name !== 'lock');

async function record(...plans: string[]): Promise<void> {
  for (const plan of plans) await log.record({ ...PLANNED, plan });
}

describe('a line', () => {
  it('says when, what, who asked and which line came before, in a file for its owner alone', async () => {
    const agent = new AuditLog(state, { by: 'agent', client: 'a client', client_version: '1.2' });
    await agent.record({
      event: 'import',
      result: 'begins',
      import: 'abc',
      components: [{ id: 'a', action: 'add' }],
    });
    await record('second');
    expect(statSync(fileAt(1)).mode & 0o777).toBe(0o600);
    const [first, second] = linesAt(1);
    expect(JSON.parse(first!)).toEqual({
      version: 1,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: 'import',
      result: 'begins',
      asked_by: { by: 'agent', client: 'a client', client_version: '1.2', user: process.getuid!() },
      component_dir: state.componentDir,
      import: 'abc',
      components: [{ id: 'a', action: 'add' }],
      component_count: 1,
      previous_sha256: null,
    });
    expect(JSON.parse(second!)).toMatchObject({ previous_sha256: sha256Hex(`${first}\n`) });
  });

  it('is ASCII and of bounded length, whatever a client calls itself and however many components there are', async () => {
    const odd = '\u202e\u001b[2J\u0000é\ud800'.repeat(2_000);
    const agent = new AuditLog(state, { by: 'agent', client: odd, client_version: odd });
    const components = Array.from({ length: 10_000 }, (_, i) => ({
      id: `${i}`.padStart(128, 'x'),
      action: 'add',
    }));
    await agent.record({ ...PLANNED, reference: odd, approved: { how: 'client', by: odd }, components });
    const [line] = linesAt(1);
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(line!.length).toBeLessThan(32 * 1024);
    expect(JSON.parse(line!)).toMatchObject({ component_count: 10_000 });
    await record('next');
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, lines: 2 });
  });

  it('of a later version is read as far as it can be, and is a link of the chain like any other', async () => {
    await record('a');
    const later = {
      version: 9,
      time: '2030-01-01T00:00:00.000Z',
      event: 'x',
      result: 'y',
      components: 'many',
    };
    const before = sha256Hex(textAt(1));
    appendFileSync(fileAt(1), `${JSON.stringify({ ...later, previous_sha256: before })}\n`);
    await record('b');
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, lines: 3, torn: [] });
    expect((await readAuditLines(state))[1]).toMatchObject({ record: { event: 'x', version: 9 } });
  });
});

describe('the chain', () => {
  it('of nothing holds', async () => {
    expect(await checkAuditLog(state)).toEqual({
      holds: true,
      lines: 0,
      files: 0,
      head: null,
      continues: null,
      breaks: [],
      torn: [],
    });
    expect(existsSync(state.root)).toBe(false);
  });

  it('names its head, which sha256sum finds, too', async () => {
    await record('a', 'b', 'c');
    const sum = execFileSync('sh', ['-c', `tail -n 1 '${fileAt(1)}' | sha256sum`], { encoding: 'utf8' });
    const { head } = await checkAuditLog(state);
    expect(head).toMatchObject({ file: 'log-000001.jsonl', line: 3, sha256: sum.slice(0, 64) });
  });

  it.each([
    ['changed', (lines: string[]) => lines.splice(1, 1, lines[1]!.replace('"b"', '"x"'))],
    ['removed', (lines: string[]) => lines.splice(1, 1)],
    ['added', (lines: string[]) => lines.splice(2, 0, lines[1]!)],
    ['moved', (lines: string[]) => lines.splice(1, 2, lines[2]!, lines[1]!)],
    ['replaced by what is no line', (lines: string[]) => lines.splice(1, 1, 'x')],
  ])('breaks where a line was %s', async (_how, tamper) => {
    await record('a', 'b', 'c', 'd');
    const lines = linesAt(1);
    tamper(lines);
    writeFileSync(fileAt(1), lines.map((line) => `${line}\n`).join(''));
    const { holds, breaks } = await checkAuditLog(state);
    expect(holds).toBe(false);
    expect(breaks[0]).toMatchObject({ file: 'log-000001.jsonl' });
    expect([2, 3]).toContain(breaks[0]!.line);
  });

  it('is not proof against somebody who cuts off its end or writes it anew: only a head kept elsewhere is', async () => {
    await record('a', 'b', 'c');
    const kept = (await checkAuditLog(state)).head!.sha256;
    const whole = linesAt(1);
    writeFileSync(fileAt(1), `${whole.slice(0, 2).join('\n')}\n`);
    const after = await checkAuditLog(state);
    expect(after.holds).toBe(true);
    expect(after.head!.sha256).not.toBe(kept);
    expect(textAt(1)).not.toContain(kept);
  });
});

describe('a full file', () => {
  beforeEach(() => {
    log = new AuditLog(state, { by: 'library' }, { maxBytes: 1_000, kept: 3 });
  });

  it('is followed by the next, whose first line names the last of the one before', async () => {
    await record('a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(files().length).toBeGreaterThan(1);
    for (const name of files()) expect(statSync(path.join(state.audit, name)).size).toBeLessThan(1_000);
    expect(JSON.parse(linesAt(2)[0]!)).toMatchObject({
      previous_sha256: sha256Hex(`${linesAt(1).at(-1)}\n`),
    });
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, lines: 7, continues: null });
  });

  it('goes when there are newer ones enough, and what is left still holds and says so', async () => {
    for (let i = 0; i < 20; i++) await record(`${i}`);
    expect(files().length).toBe(3);
    const check = await checkAuditLog(state);
    expect(check).toMatchObject({
      holds: true,
      files: 3,
      continues: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const plans = (await readAuditLines(state)).map(({ record }) => record?.plan);
    expect(plans.at(-1)).toBe('19');
    expect(plans).not.toContain('0');
  });

  it('that is missing in the middle breaks the chain', async () => {
    for (let i = 0; i < 8; i++) await record(`${i}`);
    expect(files().length).toBe(3);
    const [, middle] = files().sort();
    rmSync(path.join(state.audit, middle!));
    expect(await checkAuditLog(state)).toMatchObject({ holds: false, breaks: [{ line: 1 }] });
  });

  it('is gone on from in an empty one, which a process made and did not come to write', async () => {
    await record('a', 'b');
    writeFileSync(fileAt(2), '', { mode: 0o600 });
    await record('c');
    expect(linesAt(2)).toHaveLength(1);
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, lines: 3 });
    renameSync(fileAt(2), fileAt(3));
    expect(await checkAuditLog(state)).toMatchObject({ holds: true });
  });

  it('of today takes some 150,000 lines in all', () => {
    expect(ROTATION.maxBytes * ROTATION.kept).toBeGreaterThan(100_000_000);
  });
});

describe('a torn last line', () => {
  const tear = (bytes: number) => truncateSync(fileAt(1), statSync(fileAt(1)).size - bytes);

  it.each([1, 2, 50])(
    'that lacks %i bytes is told, stays as it is, and is noted by the next',
    async (bytes) => {
      await record('a', 'b');
      tear(bytes);
      const torn = textAt(1).split('\n')[1]!;
      expect(await checkAuditLog(state)).toMatchObject({
        holds: true,
        torn: [{ file: 'log-000001.jsonl', line: 2, noted: false }],
      });
      await record('c');
      const lines = linesAt(1);
      expect(lines).toHaveLength(4);
      expect(lines[1]).toBe(torn);
      expect(JSON.parse(lines[2]!)).toMatchObject({
        event: 'torn-line',
        result: 'found',
        previous_sha256: sha256Hex(`${torn}\n`),
      });
      expect(await checkAuditLog(state)).toMatchObject({ holds: true, torn: [{ line: 2, noted: true }] });
      // Once it is noted, it cannot be changed unseen either.
      writeFileSync(fileAt(1), textAt(1).replace(torn, torn.slice(0, -1)));
      expect(await checkAuditLog(state)).toMatchObject({ holds: false });
    },
  );

  it('of zeros, as some file systems leave it after power loss, is noted like any other', async () => {
    await record('a');
    appendFileSync(fileAt(1), Buffer.alloc(100_000));
    await record('b');
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, torn: [{ line: 2, noted: true }] });
  });

  it('that is all there is does not stop the next', async () => {
    await record('a');
    truncateSync(fileAt(1), 10);
    await record('b');
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, lines: 3, torn: [{ line: 1 }] });
  });
});

describe('a log that cannot be written', () => {
  const MOVED = 'moved away';

  it.each([
    ['a link', (file: string) => symlinkSync(MOVED, file)],
    ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
    ['a directory', (file: string) => mkdirSync(file)],
    [
      'a file that others may write',
      (file: string) => {
        writeFileSync(file, '');
        chmodSync(file, 0o666);
      },
    ],
  ])('because %s is in its place is refused, and what is there is left alone', async (_what, put) => {
    await record('a');
    renameSync(fileAt(1), path.join(state.audit, MOVED));
    put(fileAt(1));
    const before = readFileSync(path.join(state.audit, MOVED));
    await expect(record('b')).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    expect(await log.note(PLANNED)).toMatch(/^this is not in the audit log: /);
    expect(readFileSync(path.join(state.audit, MOVED))).toEqual(before);
  });

  it.runIf(isRoot)('because another user owns it is refused', async () => {
    await record('a');
    chownSync(fileAt(1), 4_242, 4_242);
    await expect(record('b')).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    chownSync(state.audit, 4_242, 4_242);
    await expect(record('b')).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('because its folder is a link is refused', async () => {
    mkdirSync(state.root);
    symlinkSync(tmpdir(), state.audit);
    await expect(record('a')).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('because we may not write there is refused', async () => {
    mkdirSync(state.root);
    chmodSync(path.dirname(state.root), 0o755);
    chmodSync(state.root, 0o555);
    onTestFinished(() => chmodSync(state.root, 0o755));
    await unprivileged(async () => {
      await expect(record('a')).rejects.toThrow(failing('STORE_DENIED'));
      expect(await log.note(PLANNED)).toContain('not in the audit log');
    });
  });

  it('because it would be too large keeps what it has; what was begun is noted later', async () => {
    await record('a');
    const size = statSync(fileAt(1)).size;
    await withFileSizeLimit(size + 100, async () => {
      await expect(record('b')).rejects.toThrow(failing('STORE_NO_SPACE'));
      await expect(record('c')).rejects.toThrow(failing('STORE_NO_SPACE'));
    });
    await record('d');
    const plans = (await readAuditLines(state)).map(({ record }) => record?.plan ?? record?.event ?? null);
    expect(plans).toEqual(['a', null, 'torn-line', 'd']);
    expect(await checkAuditLog(state)).toMatchObject({ holds: true, torn: [{ line: 2, noted: true }] });
  });

  it('because the disk is full is refused with STORE_NO_SPACE', async () => {
    mkdirSync(state.root);
    if (!mountSmallDisk(state.root, 64)) return;
    const written: string[] = [];
    const fill = async () => {
      for (let i = 0; ; i++) {
        await record(`${i}`);
        written.push(`${i}`);
      }
    };
    await expect(fill()).rejects.toThrow(failing('STORE_NO_SPACE'));
    const read = (await readAuditLines(state)).flatMap(({ record }) => record?.plan ?? []);
    expect(read).toEqual(written);
    expect((await checkAuditLog(state)).holds).toBe(true);
  });
});
