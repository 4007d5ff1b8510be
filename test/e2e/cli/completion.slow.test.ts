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

  private constructor(
    private readonly terminal: ReturnType<typeof spawn>,
    /** Where it works, and what `~` is. */
    readonly work: string,
    readonly home: string,
  ) {
    terminal.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
    });
  }

  /** A shell in an empty folder, in which `wassette-state` works on `host` unless it is told otherwise. */
  static async start(shell: Shell, host: TestHost): Promise<Session> {
    const folder = newFolder();
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
      HISTFILE: '/dev/null',
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      WASSETTE_COMPONENT_DIR: componentDir,
      XDG_STATE_HOME: path.dirname(stateDir),
    };
    const { args, begin } = SHELLS[shell];
    const work = path.join(folder, 'work');
    const terminal = spawn('python3', ['-c', TERMINAL, shell, ...args], { cwd: work, env });
    const session = new Session(terminal, work, env.HOME);
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
    await expect.poll(() => this.plain(), { timeout: 20_000 }).toContain(text);
  }

  plain(): string {
    // What moves the cursor and colours the text is left out.
    return this.#screen.replaceAll(/\u001b(\[[0-9;?]*[A-Za-z]|[=>]|\][^\u0007]*\u0007|\(B)/g, '');
  }
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })); // a shell may end later
  return folder;
}

/** With its state directory where it is found by default, and two snapshots. */
function hostWithSnapshots(): TestHost {
  const host = makeHost({ stateDir: path.join(newFolder(), 'wassette-state') });
  for (const id of ['weather', 'notes', 'my comp', 'a+b@c']) host.install(id);
  exportFrom(host, '--name', 'desk-tools');
  exportFrom(host, '--name', 'garden-tools', '--components', 'notes');
  return host;
}

function exportFrom(host: TestHost, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [PROGRAM, 'export', ...host.flagsFor('export'), ...args]);
  expect(status).toBe(0);
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

  it('offers paths, choices, snapshots and components wherever they belong', async () => {
    const session = await Session.start(shell, hostWithSnapshots());
    await completesAll(session, [
      ['install codex --wassette nes', '--wassette nested/'],
      ['serve --approval op', '--approval operator '],
      ['trust add me key.pub --for snapshots,ap', '--for snapshots,approvals'],
      ['merge desk-tools gard', 'desk-tools garden-tools '],
      ['approve --key key.pem desk', 'key.pem desk-tools'],
      ['inspect desk-tools --components weather,no', '--components weather,notes'],
      ['review desk-tools --html=snap', '--html=snapshot-file.json'],
      ['import desk-tools --map-dir /srv=nes', '--map-dir /srv=nested/'],
      ['export -o - > snap', '> snapshot-file.json'],
    ]);
  });

  it('goes on in whatever quotes a name stands', async () => {
    const session = await Session.start(shell, hostWithSnapshots());
    mkdirSync(path.join(session.work, 'my folder'));
    for (const name of ['my tools.json', 'key=value.json', 'key@home.json', "it's.json"])
      writeFileSync(path.join(session.work, name), '');
    await completesAll(session, [
      ['export --components my\\ c', '--components my\\ comp'],
      ['export --components "my c', '--components "my comp"'],
      ["export --components 'my c", "--components 'my comp'"],
      ['export --components my\\ comp,no', 'my\\ comp,notes'],
      ['export --components "my comp,no', '"my comp,notes"'],
      ['export --components a+b@', '--components a+b@c'],
      ['export --components a+b@c,no', 'a+b@c,notes'],
      ['import my\\ to', 'import my\\ tools.json'],
      ['import "my to', 'import "my tools.json"'],
      ['import my\\ fo', 'import my\\ folder/'],
      ['import key=', 'import key=value.json'],
      ['import key@', 'import key@home.json'],
      ['import it', "import it\\'s.json"],
    ]);
  });

  it('knows ~ and variables', async () => {
    const host = hostWithSnapshots();
    const session = await Session.start(shell, host);
    writeFileSync(path.join(session.home, 'home-file.json'), '');
    mkdirSync(path.join(session.home, 'kept'));
    exportFrom(host, '--name', 'old-tools', '--state-dir', path.join(session.home, 'kept'));
    await completesAll(session, [
      ['import ~/home-f', 'import ~/home-file.json'],
      ['import $HOME/home-f', 'home-file.json'],
      ['import --state-dir ~/kept old', 'old-tools'],
      ['import --state-dir="$HOME/kept" old', 'old-tools'],
    ]);
  });

  it('runs nothing of what was typed, nor of what was found', async () => {
    const session = await Session.start(shell, hostWithSnapshots());
    const trace = path.join(newFolder(), 'run');
    const odd = 'odd$(touch run)`touch run`;touch run;!touch&touch run.json';
    writeFileSync(path.join(session.work, odd), '');
    const command = `$(touch ${trace})`;
    for (const word of [`'${command}'`, `"\\${command}"`, command, `"${command}"`]) {
      await session.complete(`wassette-state list --state-dir ${word} --overl`); // an answer is not waited for
      await session.complete(`wassette-state list --component-dir=${word} --stat`);
      await session.shows('--state-dir ');
    }
    // Bash asks nobody behind a backtick.
    for (const word of [`\`touch ${trace}\``, `"\`touch ${trace}\`"`])
      await session.complete(`wassette-state list --state-dir ${word} `);
    for (const begun of ['odd', "'odd", "--state-dir '$(touch run)' odd"]) {
      await session.complete(`wassette-state inspect ${begun}`);
      await session.shows('.json');
    }
    await session.complete('wassette-state inspect odd');
    await session.shows('.json');
    session.type('; echo DO""NE\r');
    await session.shows('DONE');
    // And what was found does not become part of what is run.
    for (const name of ['$(touch run).json', '`touch run`.json', '!touch run.json'])
      writeFileSync(path.join(session.work, name), '');
    for (const begun of [
      '"$(tou',
      '"`tou',
      ...(shell === 'bash' ? ['"$', '$', '$(tou', '"`', '"!', '!'] : []),
    ]) {
      await session.complete(`wassette-state inspect ${begun}`);
      session.type('#');
      await session.shows('#');
      expect(session.plain()).not.toMatch(
        shell === 'fish' ? /(?<!\\)\(touch run/ : /(?<!\\)(\$\(|[`!])touch run/,
      );
    }
    expect(existsSync(trace)).toBe(false);
    expect(existsSync(path.join(session.work, 'run'))).toBe(false);
  });
});

async function completesAll(session: Session, lines: readonly (readonly [string, string])[]): Promise<void> {
  for (const [line, completed] of lines) {
    await session.complete(`wassette-state ${line}`);
    await session.shows(completed);
  }
}
