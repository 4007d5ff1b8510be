// Whether a Wassette is running on a component directory. It may still be compiling old code and would write that
// code's cache after our change, and the next start would run it under the new policy. Linux: /proc; elsewhere unseen.
import { readFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../errors.ts';
import { componentDirOf } from './locations.ts';

/**
 * @param but a process that may run there, with all that it started
 * @throws StoreError STORE_BUSY naming the process
 */
export async function assertNoWassetteRuns(componentDir: string, but: number | null = null): Promise<void> {
  const pid = await findRunningWassette(componentDir, but);
  if (pid === null) return;
  throw new StoreError('STORE_BUSY', `Wassette is running on ${componentDir} (process ${pid})`, {
    hint: 'stop it, import, and start it again; in a terminal `wassette-state import --force` overrides this',
    details: { pid, component_dir: componentDir },
  });
}

async function findRunningWassette(componentDir: string, but: number | null): Promise<number | null> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const args = wassetteArguments(readList(`/proc/${pid}/cmdline`));
    if (args === null) continue;
    const env = Object.fromEntries(readList(`/proc/${pid}/environ`).map(splitVariable));
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '/');
    if ((await componentDirOf(args, env, cwd)) !== componentDir) continue;
    if (but === null || !descendsFrom(Number(pid), but)) return Number(pid);
  }
  return null;
}

function descendsFrom(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; ) {
    if (at === ancestor) return true;
    // The name in parentheses may hold anything; behind it come the state and the parent.
    const [stat = ''] = readList(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return false;
}

/** The arguments of a Wassette that serves, or null for any other process. A dynamic loader may stand in front. */
export function wassetteArguments(argv: readonly string[]): string[] | null {
  const isLoader = /^(ld-linux|ld-musl|ld\.so)/.test(path.basename(argv[0] ?? ''));
  const program = argv.findIndex(
    (arg, i) => (i === 0 || isLoader) && /^wassette(\.bin|\.exe)?$/.test(path.basename(arg)),
  );
  return program < 0 ? null : argv.slice(program + 1);
}

/** Synchronous: there are hundreds of processes, and each file is a few bytes that the kernel has at hand. */
function readList(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\0')
      .filter((entry) => entry !== '');
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function splitVariable(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
