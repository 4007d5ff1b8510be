// The program people back up with when they care about hashes: what it does in the same run.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { secondsOfProgram } from '../process.ts';

export class Restic {
  readonly #flags: string[];

  private constructor(root: string) {
    const password = path.join(root, 'restic-password');
    writeFileSync(password, 'bench');
    const at = ['--repo', path.join(root, 'restic'), '--cache-dir', path.join(root, 'restic-cache')];
    this.#flags = [...at, '--password-file', password, '--quiet'];
  }

  /** With a new repository; null where restic is not installed. */
  static async in(root: string): Promise<Restic | null> {
    if (spawnSync('restic', ['version']).status !== 0) return null;
    const restic = new Restic(root);
    await restic.#run('init');
    return restic;
  }

  /** Seconds that a backup of `directory` takes. */
  backup(directory: string): Promise<number> {
    return this.#run('backup', directory);
  }

  /** Seconds to bring back the last backup and check what was written. */
  restore(directory: string): Promise<number> {
    return this.#run('restore', 'latest', '--verify', '--target', directory);
  }

  #run(...args: string[]): Promise<number> {
    return secondsOfProgram('restic', [...this.#flags, ...args]);
  }
}
