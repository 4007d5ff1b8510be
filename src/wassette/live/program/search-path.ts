// Finds the file of a program as the system does when it starts it.
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** The file that starting `program` would run, or null. @param searchPath the value of PATH; its relative parts are skipped */
export function programFile(program: string, searchPath: string): string | null {
  const isPath = program.includes('/') || program.includes(path.sep);
  const places = isPath ? [process.cwd()] : searchPath.split(path.delimiter).filter(path.isAbsolute);
  const endings = process.platform === 'win32' && path.extname(program) === '' ? ['.exe', ''] : [''];
  for (const place of places)
    for (const ending of endings) {
      const file = path.resolve(place, program + ending);
      if (isProgram(file)) return file;
    }
  return null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
