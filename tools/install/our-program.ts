// Whether a file is this program, or another copy of it, such as a clone with a name of its own.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { realPathAsFarAsItExists } from '../../src/wassette/locations.ts';

const NAME = 'wassette-state';

/** By the package to which it belongs. */
export function isOurProgram(word: string): boolean {
  if (!path.isAbsolute(word) || path.basename(word) !== 'cli.js') return false;
  const folder = path.dirname(realPathAsFarAsItExists(word));
  try {
    const file = path.join(folder, '..', 'package.json');
    return statSync(file).isFile() && JSON.parse(readFileSync(file, 'utf8')).name === NAME;
  } catch {
    return false; // gone, or of something else
  }
}
