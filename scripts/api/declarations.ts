// The declarations that a user of the package gets, in a folder of their own.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { API } from 'typescript/unstable/sync';
import { entriesOf } from './entries.ts';
import { Library } from './library.ts';
import type { Surface } from './surface.ts';
import { unnamedTypes } from './unnamed.ts';

export const ROOT = path.join(import.meta.dirname, '../..');

/** Below the repository, so that what they import is found. */
export const TYPES = path.join(ROOT, '.cache/types');

const COMPILER = path.join(ROOT, 'node_modules/typescript/bin/tsc');

/** Makes them as `npm run types` does. */
export function makeDeclarations(): void {
  rmSync(TYPES, { recursive: true, force: true });
  compile(path.join(ROOT, 'tsconfig.build.json'), ['--outDir', TYPES]);
}

/** @throws what the compiler said, where a program is not right */
export function compile(config: string, args: readonly string[] = []): void {
  const { status, stdout } = spawnSync(process.execPath, [COMPILER, '-p', config, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout);
}

/** Of declarations that were made. */
export function surfaceOfDeclarations(): Surface {
  const config = path.join(TYPES, 'tsconfig.json');
  const compilerOptions = { target: 'ES2023', module: 'NodeNext', types: ['node'], strict: true };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['src/index.d.ts'] }));
  const api = new API({ cwd: ROOT });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    const library = new Library(project, path.join(TYPES, 'src/index.d.ts'));
    return { entries: entriesOf(library), unnamed: unnamedTypes(library) };
  } finally {
    api.close();
  }
}
