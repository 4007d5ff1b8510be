// Many processes that append to one audit log, and a check of its chain that does not need us.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { AuditLog } from '../../src/state/audit/log.ts';
import { checkAuditLog, readAuditLines } from '../../src/state/audit/reading.ts';
import { type StateDirectory, stateDirectory } from '../../src/state/directory.ts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const WRITERS = 6;
const LINES = 15;

function emptyState(): StateDirectory {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'wassette-state-audit-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return stateDirectory({ stateDir: root, componentDir: '/components' });
}

/** A process of its own that appends lines, half of them to last, in files so small that they are rotated all the time. */
async function writeElsewhere(state: StateDirectory, name: string): Promise<void> {
  const script = `
    import { AuditLog } from './src/state/audit/log.ts';
    const log = new AuditLog(JSON.parse(process.argv[1]), { by: 'library' }, { maxBytes: 2_000, kept: 1_000 });
    for (let i = 0; i < ${LINES}; i++) {
      const entry = { event: 'plan', result: 'made', plan: \`\${process.argv[2]}-\${i}\` };
      await (i % 2 === 0 ? log.record(entry) : log.add(entry));
    }`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script, '--', JSON.stringify(state), name];
  await promisify(execFile)(process.execPath, args, { cwd });
}

/** What the commands of FORMAT.md say: the hash of the last line. */
function checkedElsewhere(folder: string): string {
  const [, script] = /```sh\n([^`]*previous_sha256[^`]*)```/.exec(readFileSync(`${cwd}/FORMAT.md`, 'utf8'))!;
  return execFileSync('sh', ['-c', script!], { cwd: folder, encoding: 'utf8' }).trim();
}

it(`${WRITERS} processes at once make one chain, in which no line is missing and each is in its order`, async () => {
  const state = emptyState();
  const names = Array.from({ length: WRITERS }, (_, i) => `writer${i}`);
  await Promise.all(names.map((name) => writeElsewhere(state, name)));
  const check = await checkAuditLog(state);
  expect(check).toMatchObject({ holds: true, lines: WRITERS * LINES, torn: [], breaks: [] });
  expect(check.files).toBeGreaterThan(5);
  const plans = (await readAuditLines(state)).map(({ record }) => record!.plan!);
  for (const name of names) {
    const own = plans.filter((plan) => plan.startsWith(`${name}-`));
    expect(own).toEqual(Array.from({ length: LINES }, (_, i) => `${name}-${i}`));
  }
  expect(checkedElsewhere(state.audit)).toBe(check.head!.sha256);
}, 60_000);

it('jq and sha256sum find the chain whole where it is, and broken where it is not (F-18.3)', async () => {
  const state = emptyState();
  const log = new AuditLog(state, { by: 'agent', client: 'é "\\ \u202e' }, { maxBytes: 900, kept: 2 });
  for (let i = 0; i < 12; i++) await log.record({ event: 'plan', result: 'made', plan: `${i}` });
  const { head, continues, files } = await checkAuditLog(state);
  expect(files).toBe(2);
  expect(continues).not.toBeNull();
  expect(checkedElsewhere(state.audit)).toBe(head!.sha256);
  const file = path.join(state.audit, head!.file);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"made"', '"done"'));
  expect(() => checkedElsewhere(state.audit)).toThrow();
});
