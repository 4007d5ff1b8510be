// The timer and the line for cron in docs/backups.md, as systemd reads them, and run with no more than these give.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(path.join(ROOT, 'docs/backups.md'), 'utf8');
const blocks = (kind: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text!);

/** A machine with a tool, and the script and the program in ~/.local/bin. */
function machineWithScript(): Machine {
  const machine = makeMachine();
  machine.install('weather');
  const bin = path.join(machine.home, '.local/bin');
  mkdirSync(bin, { recursive: true });
  const script = path.join(bin, 'nightly-backup.sh');
  copyFileSync(path.join(ROOT, 'examples/nightly-backup.sh'), script);
  const program = path.join(bin, 'wassette-state');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}dist/cli.js' "$@"\n`);
  for (const file of [script, program]) chmodSync(file, 0o755);
  return machine;
}

/** What is there after a first night, one without and one with a change. */
function expectBackups(
  machine: Machine,
  night: () => { status: number | null; stdout: string; stderr: string },
) {
  const list = () => JSON.parse(machine.sh('wassette-state store list --json').stdout).snapshots;
  for (const [change, count] of [
    [false, 1],
    [false, 1],
    [true, 2],
  ] as const) {
    if (change) machine.install('weather', componentBytes('weather, second'));
    // Whoever runs it is told nothing.
    expect(night()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(list()).toHaveLength(count);
  }
  expect(list().flatMap(({ names }: { names: string[] }) => names)).toEqual(['nightly']);
  const past = machine.sh('wassette-state log nightly').stdout;
  expect(past).toMatch(/^sha256:[\s\S]*1 changed[\s\S]*\nsha256:[\s\S]*made from no other snapshot\n$/);
  const kept = machine.sh(
    'wassette-state store prune --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run --json',
  );
  expect(JSON.stringify(JSON.parse(kept.stdout).kept_snapshots)).toMatch(
    /"named nightly","daily [-\d]+","weekly [-\dW]+","monthly [-\d]+"/,
  );
}

test('the service and its timer are units that systemd takes, and the service makes backups', () => {
  const machine = machineWithScript();
  const folder = path.join(machine.home, '.config/systemd/user');
  mkdirSync(folder, { recursive: true });
  const units = blocks('ini').map((text) => {
    const file = path.join(folder, /^# (\S+)/.exec(text)![1]!);
    writeFileSync(file, text);
    return file;
  });
  expect(units.map((file) => path.basename(file))).toEqual([
    'wassette-state-backup.service',
    'wassette-state-backup.timer',
  ]);
  const runtime = path.join(machine.home, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const env = { ...machine.env, XDG_RUNTIME_DIR: runtime };
  const verified = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', ...units], {
    encoding: 'utf8',
    env,
  });
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  const [service, timer] = blocks('ini') as [string, string];
  const calendar = execFileSync('systemd-analyze', ['calendar', /^OnCalendar=(.*)$/m.exec(timer)![1]!], {
    encoding: 'utf8',
  });
  expect(calendar).toContain('03:00:00');
  const ofHome = (text: string) => text.replaceAll('%h', machine.home);
  const started = ofHome(/^ExecStart=(.*)$/m.exec(service)![1]!);
  const PATH = ofHome(/^Environment=PATH=(.*)$/m.exec(service)![1]!);
  expectBackups(machine, () =>
    spawnSync(started, { encoding: 'utf8', cwd: machine.home, env: { HOME: machine.home, PATH } }),
  );
});

test('the line for cron makes backups with the little that cron gives', () => {
  const machine = machineWithScript();
  const [, path_, line] = /^PATH=(.*)\n(?:\S+ ){5}(.*)\n$/.exec(blocks('crontab')[0]!)!;
  expect(line).not.toContain('%'); // which cron takes for a line end
  const PATH = `${path_}:${path.join(machine.home, '.local/bin')}`;
  const env = { HOME: machine.home, LOGNAME: 'me', SHELL: '/bin/sh', PATH };
  expectBackups(machine, () =>
    spawnSync('/bin/sh', ['-c', line!], { encoding: 'utf8', cwd: machine.home, env }),
  );
});
