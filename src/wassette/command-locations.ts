// Where a program keeps things that was started with a given command line: a Wassette, or a process of ours around one.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { seenFrom } from '../disk/paths/kernel-path.ts';
import {
  choose,
  type Environment,
  type LocationFlags,
  NO_CONFIG,
  readConfig,
  realPathAsFarAsItExists,
} from './locations.ts';

/** The locations that the flags of a Wassette we start give; the others are resolved as usual. */
export async function locationsOfWrapped(
  args: readonly string[],
  env: Environment = process.env,
): Promise<LocationFlags> {
  return {
    componentDir: await componentDirOf(args, env, process.cwd()),
    environment: [
      ...valuesOf(args, 'env').map((entry) => entry.split('=', 1)[0]!),
      ...(await Promise.all(valuesOf(args, 'env-file').map(variablesIn))).flat(),
    ],
  };
}

/** The component directory a Wassette with these arguments, environment and working directory would use. */
export async function componentDirOf(
  args: readonly string[],
  env: Environment,
  cwd: string,
): Promise<string> {
  return realPathAsFarAsItExists((await namedComponentDir(args, { env, cwd, root: '' }))!);
}

/** The same as it is named, seen from `root`; null where it depends on what is not known. */
export async function namedComponentDir(
  args: readonly string[],
  { env, cwd, root }: { env: Environment | null; cwd: string | null; root: string },
): Promise<string | null> {
  const flag = valuesOf(args, '(?:component|plugin)-dir').at(-1);
  if (flag === undefined && env === null) return null;
  const config =
    flag === undefined ? await readConfig(env!, { root, cwd }).catch(() => NO_CONFIG) : NO_CONFIG;
  const named = choose({ componentDir: flag }, env ?? {}, config).componentDir.path;
  return path.isAbsolute(named) || cwd !== null ? seenFrom(cwd ?? '/', named) : null;
}

/** The state directory that one of our processes with these arguments, environment and working directory uses. */
export function stateDirOf(args: readonly string[], env: Environment, cwd: string): string {
  const flag = valuesOf(args, 'state-dir').at(-1);
  const { stateDir } = choose({ stateDir: flag }, env, NO_CONFIG);
  return realPathAsFarAsItExists(seenFrom(cwd, stateDir.path));
}

/** Names in a file of lines `KEY=value`; none when it cannot be read, which Wassette itself will report. */
async function variablesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=/gm)].map(
    ([, name]) => name!,
  );
}

/** Values of a flag, written `--flag value` or `--flag=value`. */
function valuesOf(args: readonly string[], flag: string): string[] {
  const pattern = new RegExp(`^--${flag}(?:=(.*))?$`, 's');
  return args.flatMap((arg, i) => {
    const match = pattern.exec(arg);
    return match ? (match[1] ?? args[i + 1] ?? []) : [];
  });
}
