// Which node an entry names.
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { thisProgram } from '../../../tools/install/machine.ts';
import { makeClientHome } from '../../fixtures/client-home.ts';

/** What is written where the first node on the path is a link in this folder of the home. */
function nodeThrough(folder: string, runtime = '/run/user/0') {
  const { home, machine } = makeClientHome();
  const file = path.join(home, folder, 'node');
  mkdirSync(path.dirname(file), { recursive: true });
  symlinkSync(process.execPath, file);
  const env = { PATH: path.dirname(file), XDG_RUNTIME_DIR: path.join(home, runtime) };
  vi.stubEnv('TMPDIR', '/nowhere'); // in which these homes are
  const { node: written } = thisProgram({ ...machine, env });
  vi.unstubAllEnvs();
  return { file, written };
}

it('the name on the path is written: it stays when node is updated', () => {
  const { file, written } = nodeThrough('bin');
  expect(written).toBe(file);
});

it('a link that ends with the terminal or the session is not', () => {
  expect(nodeThrough('.local/state/fnm_multishells/12_34/bin').written).toBe(process.execPath);
  expect(nodeThrough('run/shell/bin', 'run').written).toBe(process.execPath);
});
