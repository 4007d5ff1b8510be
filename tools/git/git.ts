// Runs git: with fixed arguments, through no shell, and without what a repository could have it start.
import { execFile } from 'node:child_process';
import { UsageError } from '../../src/errors.ts';

const MOST_BYTES = 1024 * 1024;

export class Git {
  /** @param directory where it is run */
  constructor(private readonly directory: string) {}

  /** What it prints, without the last line end. @throws UsageError USAGE_NOT_AVAILABLE where there is no git, or it fails */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code === 0) return stdout.replace(/\n$/, '');
    throw new UsageError('USAGE_NOT_AVAILABLE', `git ${args[0]} failed in ${this.directory}`, {
      hint: 'run this inside a git repository, with git installed',
      said: stderr.trim(),
    });
  }

  /** The directory with the files of this repository. @throws as `run` */
  topLevel(): Promise<string> {
    return this.run('rev-parse', '--show-toplevel');
  }

  /** All values of a setting, in the order in which git reads them; none where it is not set. */
  async valuesOf(scope: ConfigScope, key: string): Promise<string[]> {
    // NUL ends a value: one may hold line ends.
    const { code, stdout } = await this.#run(['config', `--${scope}`, '--null', '--get-all', key]);
    if (code === 1) return [];
    if (code !== 0) return (await this.run('config', `--${scope}`, '--null', '--get-all', key)).split('\0');
    return stdout.split('\0').slice(0, -1);
  }

  #run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      const options = { cwd: this.directory, maxBuffer: MOST_BYTES, encoding: 'utf8' } as const;
      execFile('git', [...args], options, (error, stdout, stderr) => {
        const { code = 0 } = error ?? {};
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(notStarted(String(code)));
      });
    });
  }
}

/** Whose settings: of one clone, or of a user in all of them. */
export type ConfigScope = 'local' | 'global';

function notStarted(code: string): UsageError {
  return new UsageError('USAGE_NOT_AVAILABLE', `git cannot be started (${code})`, {
    hint: 'install git, and see that it is on the PATH',
  });
}
