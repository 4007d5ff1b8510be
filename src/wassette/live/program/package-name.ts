// To which package a program belongs, as node would say.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { realPathAsFarAsItExists } from '../../locations.ts';

/** @param program a file in a folder of the package, such as `dist/cli.js` @returns null where none can be found */
export function packageNameOf(program: string): string | null {
  const file = path.join(path.dirname(realPathAsFarAsItExists(program)), '..', 'package.json');
  try {
    const { name } = (statSync(file).isFile() ? JSON.parse(readFileSync(file, 'utf8')) : {}) as {
      name?: unknown;
    };
    return typeof name === 'string' ? name : null;
  } catch {
    return null; // gone, or of something else
  }
}
