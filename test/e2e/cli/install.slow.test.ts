// What `install` writes starts the real Wassette, in the little of an environment that a client gives.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeClientHome } from '../../fixtures/client-home.ts';
import { wassetteBinary } from '../../fixtures/wassette/wassette.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

for (const version of ['0.8.0', '0.4.0'] as const)
  test(`Wassette ${version} answers with its tools and ours`, async () => {
    const here = makeClientHome();
    const wassette = await wassetteBinary(version);
    const args = ['install', 'codex', 'cursor', 'opencode', '--wassette', wassette, '--yes', '--json'];
    const { status, stdout } = spawnSync(process.execPath, [PROGRAM, ...args], {
      encoding: 'utf8',
      env: { ...here.machine.env, PATH: '/usr/bin:/bin' },
    });
    expect(status).toBe(0);
    const { checked } = JSON.parse(stdout);
    expect(checked).toHaveLength(2); // Cursor need not be started from a terminal
    const tools = ['load-component', 'list-components', 'export_state', 'import_state'];
    for (const check of checked) expect(check.tools).toEqual(expect.arrayContaining(tools));
  });
