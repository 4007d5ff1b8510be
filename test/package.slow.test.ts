// The package as it would be published, installed on every Node that is supported, and a handoff with it there.
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmPackages } from './fixtures/ci-cache.ts';
import { componentBytes } from './fixtures/components/component.ts';
import { policyText } from './fixtures/host.ts';
import { quietTransport } from './fixtures/servers/quiet-transport.ts';

const ROOT = path.join(import.meta.dirname, '..');
const run = promisify(execFile);

/** Each Node with an npm that it comes with, or the newest that runs on it. */
const NODES = [
  { node: '20.20.2', npm: '10.9.9' },
  { node: '22.23.3', npm: '10.9.9' },
  { node: '24.21.0', npm: '11.21.2' },
  { node: '26.10.0', npm: '12.2.1' },
];

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-package-'));
  // As `prepack` does, but without building the program anew: other tests run it at this moment.
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.prepack).toBe('node build.mjs && npm run types');
  await run('npm', ['run', 'types'], { cwd: ROOT });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  tarball = path.join(folder, files[0]!);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(NODES)('on Node $node with npm $npm', ({ node, npm }) => {
  let here: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    here = path.join(folder, node);
    mkdirSync(here);
    // What the package `node` of this version consists of; its own script would fetch the same.
    const architecture = `node-${process.platform}-${process.arch}`;
    const tools = path.join(await npmPackages(`${architecture}@${node}`, `npm@${npm}`), 'node_modules');
    const bin = path.join(here, 'bin');
    mkdirSync(bin);
    cpSync(path.join(tools, architecture, 'bin/node'), path.join(bin, 'node'));
    env = { HOME: here, PATH: `${bin}:/usr/bin:/bin`, npm_config_update_notifier: 'false' };
    writeFileSync(path.join(here, 'package.json'), '{ "private": true, "type": "module" }');
    npmProgram = path.join(tools, 'npm/bin/npm-cli.js');
  });

  let npmProgram: string;
  const program = () => path.join(here, 'node_modules/.bin/wassette-state');
  const sh = (...args: string[]) => run(program(), args, { cwd: here, env });

  it('it is installed without a network, another package, a script or a warning', async () => {
    const install = ['install', '--offline', '--no-audit', '--no-fund', tarball];
    const { stdout, stderr } = await run(path.join(here, 'bin/node'), [npmProgram, ...install], {
      cwd: here,
      env,
    });
    expect(stderr).toBe('');
    expect(stdout.trim()).toMatch(/^added 1 package in \S+$/);
    expect(readdirSync(path.join(here, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'wassette-state',
    ]);
    const { stdout: version } = await run(path.join(here, 'bin/node'), ['--version'], { env });
    expect(version.trim()).toBe(`v${node}`);
  });

  it('a handoff from one directory to another works', async () => {
    const components = path.join(here, 'components');
    mkdirSync(components);
    writeFileSync(path.join(components, 'weather.wasm'), componentBytes('weather'));
    writeFileSync(path.join(components, 'weather.policy.yaml'), policyText({ environment: ['CITY'] }));
    const given = await sh('export', '-o', 'tools.json', '--include-binaries', '--component-dir', components);
    expect(given.stderr).toBe('');
    const taken = await sh('import', 'tools.json', '--yes', '--component-dir', 'there');
    expect(taken.stdout).toContain('"weather" may read the environment variable "CITY"');
    expect(readFileSync(path.join(here, 'there/weather.wasm'))).toEqual(componentBytes('weather'));
    await sh('undo', '--yes', '--component-dir', 'there');
    expect(existsSync(path.join(here, 'there/weather.wasm'))).toBe(false);
  });

  it('the example of the library does what it says', async () => {
    const page = readFileSync(path.join(ROOT, 'docs/library.md'), 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(page)!;
    mkdirSync(path.join(here, 'other'));
    writeFileSync(path.join(here, 'example.js'), example);
    const { stdout } = await run(path.join(here, 'bin/node'), ['example.js'], { cwd: here, env });
    expect(stdout).toBe('1\n');
  });

  it('the server lists its tools and answers', async () => {
    const client = new Client({ name: 'package', version: '1.0.0' });
    await client.connect(
      quietTransport({ command: program(), args: ['serve'], cwd: here, env: env as Record<string, string> }),
    );
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'export_state',
      'import_state',
      'list_snapshot_components',
    ]);
    const { isError } = await client.callTool({ name: 'list_snapshot_components', arguments: {} });
    expect(isError ?? false).toBe(false);
    await client.close();
  });
});
