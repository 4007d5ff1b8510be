// The Python SDK 2.x as the client, in its three modes: `auto` tries MCP 2026-07-28 and falls back, `legacy` opens a session,
// and a version in their place opens none and has nothing to fall back to.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { PYTHON } from '../../fixtures/ci-cache.ts';
import { PYTHON_CLIENTS } from '../../fixtures/clients/packages.ts';
import { makeHost } from '../../fixtures/host.ts';
import { type WassetteVersion, wassetteBinary } from '../../fixtures/wassette/wassette.ts';

const SCRIPT = fileURLToPath(new URL('../../fixtures/sessions/each_mode.py', import.meta.url));
const OURS = ['export_state', 'import_state', 'list_snapshot_components'];

test.each<[string, WassetteVersion | null, string]>([
  ['our server alone', null, '2025-11-25'],
  ['a wrapped Wassette 0.8.0', '0.8.0', '2025-11-25'],
  ['a wrapped Wassette 0.4.0', '0.4.0', '2025-03-26'],
])('with %s it lists and calls our tools, or says which versions there are', async (_, version, spoken) => {
  const { componentDir, secretsDir, stateDir } = makeHost().locations;
  const home = path.dirname(componentDir);
  const wassette =
    version === null ? [] : [await wassetteBinary(version), 'run', '--component-dir', componentDir];
  const server = [process.execPath, PROGRAM, 'serve', '--state-dir', stateDir, ...wassette];
  const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, ...server], {
    cwd: home,
    env: {
      PATH: process.env.PATH!,
      HOME: home,
      PYTHONPATH: await PYTHON_CLIENTS['mcp 2'](),
      WASSETTE_COMPONENT_DIR: componentDir,
      WASSETTE_SECRETS_DIR: secretsDir,
    },
  });
  const [auto, legacy, pinned] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const said of [auto, legacy]) {
    expect(said.version).toBe(spoken);
    expect(said.tools).toEqual(expect.arrayContaining(version === null ? OURS : [...OURS, 'load-component']));
    expect(said.summary).toContain('no components');
  }
  expect(pinned.error).toBe(
    'MCPError: this server speaks MCP up to 2025-11-25: begin a session with initialize',
  );
});
