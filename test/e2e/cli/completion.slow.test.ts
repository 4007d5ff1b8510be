// Completion in the real shells: keys are typed into an interactive one, and its screen is read. Wants bash, zsh and fish.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeHost, type TestHost } from '../../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** How each shell is started without anybody's configuration, and told where our script is. */
const SHELLS = {
  bash: {
    args: ['--norc', '--noprofile', '-i'],
    begin: "PS1='READY> '; bind 'set enable-bracketed-paste off'",
  },
  zsh: {
    args: ['-f', '-i'],
    begin: "unsetopt zle_bracketed_paste; PS1='READY> '; autoload -Uz compinit; compinit -u -D",
  },
  fish: { args: ['--no-config', '-i'], begin: 'function fish_prompt; echo "READY> "; end' },
} as const;
type Shell = keyof typeof SHELLS;

/** Feeds a terminal from standard input, and copies its screen to standard output. */
const TERMINAL = [
  'import os, pty, select, struct, fcntl, termios, sys',
  'pid, fd = pty.fork()',
  'if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])',
  'fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))',
  'while True:',
  '    ready, _, _ = select.select([fd, 0], [], [])',
  '    try:',
  '        if fd in ready: os.write(1, os.read(fd, 4096))',
  '        if 0 in ready:',
  '            keys = os.read(0, 4096)',
  '            if not keys: break',
  '            os.write(fd, keys)',
  '    except OSError: break',
  'os.kill(pid, 9)',
].join('\n');

class Session {
  #screen = '';

  private constructor(private readonly terminal: ReturnType<typeof spawn>) {
    terminal.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
    });
  }

  /** A shell in an empty folder, in which `wassette-state` works on `host` unless it is told otherwise. */
  static async start(shell: Shell, host: TestHost): Promise<Session> {
    const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const bin = path.join(folder, 'bin');
    for (const name of ['bin', 'work', 'work/nested', 'home']) mkdirSync(path.join(folder, name));
    for (const name of ['snapshot-file.json', 'other.txt'])
      writeFileSync(path.join(folder, 'work', name), '');
    writeFileSync(
      path.join(bin, 'wassette-state'),
      `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`,
    );
    chmodSync(path.join(bin, 'wassette-state'), 0o755);
    const { componentDir, stateDir } = host.locations;
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: path.join(folder, 'home'),
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      WASSETTE_COMPONENT_DIR: componentDir,
      XDG_STATE_HOME: path.dirname(stateDir),
    };
    const { args, begin } = SHELLS[shell];
    const terminal = spawn('python3', ['-c', TERMINAL, shell, ...args], {
      cwd: path.join(folder, 'work'),
      env,
    });
    const session = new Session(terminal);
    onTestFinished(() => void terminal.kill('SIGKILL'));
    const load = shell === 'fish' ? '| source' : '';
    const script = `wassette-state completion ${shell}`;
    session.type(`${begin}; ${load === '' ? `source <(${script})` : `${script} ${load}`}; echo LOAD''ED\r`);
    await session.shows('LOADED');
    return session;
  }

  type(keys: string): void {
    this.terminal.stdin!.write(keys);
  }

  /** Types a new line up to the cursor, and asks for what can stand there. */
  async complete(line: string): Promise<void> {
    this.type('\u0015');
    this.#screen = '';
    this.type(`${line}\t`);
  }

  async shows(text: string): Promise<void> {
    await expect.poll(() => this.#plain(), { timeout: 20_000 }).toContain(text);
  }

  #plain(): string {
    // What moves the cursor and colours the text is left out.
    return this.#screen.replaceAll(/\u001b(\[[0-9;?]*[A-Za-z]|[=>]|\][^\u0007]*\u0007|\(B)/g, '');
  }
}

/** With its state directory where it is found by default, and two snapshots. */
function hostWithSnapshots(): TestHost {
  const root = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const host = makeHost({ stateDir: path.join(root, 'wassette-state') });
  for (const id of ['weather', 'notes']) host.install(id);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [PROGRAM, ...args, ...host.flagsFor(...args)]);
  run('export', '--name', 'desk-tools');
  run('export', '--name', 'garden-tools', '--components', 'notes');
  return host;
}

it('the three shells are here', () => {
  for (const shell of Object.keys(SHELLS)) expect(spawnSync(shell, ['--version']).status, shell).toBe(0);
});

describe.each(Object.keys(SHELLS) as Shell[])('%s', (shell) => {
  it('completes commands, options, their values, snapshots and files', async () => {
    const session = await Session.start(shell, hostWithSnapshots());
    for (const [line, completed] of [
      ['wassette-state imp', 'import '],
      ['wassette-state store rem', 'store remove '],
      ['wassette-state import --allow-g', '--allow-grant '],
      ['wassette-state diff --format mark', '--format markdown '],
      ['wassette-state diff --format=mark', '--format=markdown'],
      ['wassette-state import desk', 'import desk-tools '],
      ['wassette-state diff desk-tools gard', 'desk-tools garden-tools '],
      ['wassette-state import --dry-run gard', '--dry-run garden-tools '],
      ['wassette-state import snap', 'import snapshot-file.json'],
      ['wassette-state export --components weather,no', '--components weather,notes'],
      ['wassette-state list --component-dir nes', '--component-dir nested/'],
    ] as const) {
      await session.complete(line);
      await session.shows(completed);
    }
  });

  it('offers what there is', async () => {
    const session = await Session.start(shell, hostWithSnapshots());
    await session.complete('wassette-state store remove ');
    session.type('\t');
    await session.shows('desk-tools');
    await session.shows('garden-tools');
  });

  it('runs nothing of what was typed', async () => {
    const session = await Session.start(shell, hostWithSnapshots());
    const trace = path.join(mkdtempSync(path.join(tmpdir(), 'wassette-state-test-')), 'run');
    onTestFinished(() => rmSync(path.dirname(trace), { recursive: true, force: true }));
    for (const word of [`'$(touch ${trace})'`, `"\\$(touch ${trace})"`]) {
      await session.complete(`wassette-state list ${word} --stat`);
      await session.shows('--state-dir ');
    }
    expect(existsSync(trace)).toBe(false);
  });
});
