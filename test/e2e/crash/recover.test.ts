// In which order a recovery works, as a hook below the program sees it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { oldHost, restoreUntilCommitted } from '../../fixtures/restoring.ts';
import type { Operation } from '../../fixtures/system/power-loss.ts';

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));

it('the folder of a journal that is found is synced before anything relies on it: its name could be lost', async () => {
  const host = oldHost();
  await restoreUntilCommitted(host);
  const { componentDir } = host.locations;
  const root = path.dirname(componentDir);
  const log = path.join(root, 'operations.log');
  execFileSync(
    process.execPath,
    [
      '--import',
      at('../../fixtures/system/fs-hook.mjs'),
      at('../../../dist/cli.js'),
      'recover',
      ...host.flags,
    ],
    { env: { ...process.env, FS_HOOK_ROOT: root, FS_HOOK_LOG: log } },
  );
  const operations = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Operation);
  const isSync = ({ op, path: file }: Operation) => op === 'sync' && file === host.state.host;
  const changesCode = ({ path: file }: Operation) =>
    path.dirname(file) === componentDir && file.includes('.');
  const first = operations.findIndex((operation) => changesCode(operation) && !operation.path.includes('/.'));
  expect(first).toBeGreaterThan(0);
  expect(operations.slice(0, first).some(isSync)).toBe(true);
});
