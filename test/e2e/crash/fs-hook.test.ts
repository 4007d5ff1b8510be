// The crash and power-loss suites know only the operations that their hook sees. So it must see all there are.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Functions that change nothing. */
const LOOKING =
  /^(readdir|readFile|readlink|realpath|lstat|stat|fstat|exists|access|openSync|readSync|closeSync|constants)/;
/** The owner or time of a file, the mode of a socket, a directory that only a refused import made, what is copied or made for a trial: no state depends on them. */
const HARMLESS = new Set(['chmod', 'chown', 'copyFile', 'lutimes', 'lutimesSync', 'mkdtemp', 'rmdir']);

/** What it writes has no name in any directory, and is gone with the process. */
const UNNAMED = 'disk/unnamed-file.ts';

/** Names that a source file takes from node:fs, types left out. */
function importedFromFs(text: string): string[] {
  const imports = text.matchAll(/^import (type )?([^;]*?) from 'node:fs(?:\/promises)?';/gm);
  return [...imports].flatMap(([line, type, names]) => {
    if (type !== undefined) return [];
    expect(names, `${line}: take functions by name, so that this test sees them`).toMatch(/^\{/);
    return names!
      .slice(1, -1)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '));
  });
}

it('the hook replaces every function of node:fs by which the program can change a file', () => {
  const hook = readFileSync(path.join(ROOT, 'test/fixtures/system/fs-hook.mjs'), 'utf8');
  const replaced = new Set([...hook.matchAll(/^fsp?\.(\w+) = /gm)].map(([, name]) => name));
  const imported = ['src', 'tools'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== UNNAMED)
      .flatMap((name) => importedFromFs(readFileSync(path.join(ROOT, folder, name), 'utf8'))),
  );
  const changing = new Set(imported.filter((name) => !LOOKING.test(name) && !HARMLESS.has(name)));
  expect(changing).toContain('rename');
  expect([...changing].filter((name) => !replaced.has(name))).toEqual([]);
});
