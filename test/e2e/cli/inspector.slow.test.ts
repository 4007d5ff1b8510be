// An outside client: MCP Inspector's command line lists and calls all three tools.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { npmPackages } from '../../fixtures/ci-cache.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { wassetteBinary } from '../../fixtures/wassette/wassette.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const INSPECTOR = '@modelcontextprotocol/inspector@1.0.3';

interface Result {
  tools?: { name: string }[];
  isError?: boolean;
  structuredContent?: Record<string, unknown>;
  content?: { text: string }[];
}

async function inspect(host: TestHost | { command: string }, ...args: string[]): Promise<Result> {
  const server = 'command' in host ? [host.command] : [process.execPath, PROGRAM, 'serve', ...host.flags];
  const inspector = path.join(await npmPackages(INSPECTOR), 'node_modules/.bin/mcp-inspector');
  const { stdout } = await promisify(execFile)(inspector, ['--cli', ...server, ...args], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as Result;
}

function call(
  host: TestHost | { command: string },
  tool: string,
  args: Record<string, unknown> = {},
): Promise<Result> {
  const given = Object.entries(args).flatMap(([key, value]) => [
    '--tool-arg',
    `${key}=${JSON.stringify(value)}`,
  ]);
  return inspect(host, '--method', 'tools/call', '--tool-name', tool, ...given);
}

test('MCP Inspector lists the three tools and hands a component over with them', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const { tools } = await inspect(giver, '--method', 'tools/list');
  expect(tools!.map(({ name }) => name)).toEqual([
    'export_state',
    'import_state',
    'list_snapshot_components',
  ]);
  const exported = await call(giver, 'export_state', { name: 'tools' });
  expect(exported.structuredContent).toMatchObject({ component_count: 1, snapshot: 'tools' });
  const plan = await call(taker, 'import_state', { snapshot: 'tools' });
  const { arguments: approval } = plan.structuredContent!.next_step as { arguments: Record<string, unknown> };
  const applied = await call(taker, 'import_state', approval);
  expect(applied.structuredContent).toMatchObject({ status: 'applied' });
  expect(taker.files()).toEqual(giver.files());
  const listed = await call(taker, 'list_snapshot_components');
  expect(listed.structuredContent).toMatchObject({ component_count: 1 });
  expect((await call(taker, 'import_state', { snapshot: 'nowhere' })).isError).toBe(true);
});

test('what MCP Inspector makes of arguments is understood, and what is wrong is said in our words', async () => {
  const host = makeHost();
  for (const id of ['clock', 'tool', 'weather']) host.install(id);
  const raw = (tool: string, ...args: string[]) =>
    inspect(
      host,
      '--method',
      'tools/call',
      '--tool-name',
      tool,
      ...args.flatMap((arg) => ['--tool-arg', arg]),
    );
  const given = [
    'component_ids=tool,clock',
    'tags=for=b',
    'name=null',
    'description=""',
    'include_binaries="False"',
  ];
  const exported = await raw('export_state', ...given);
  expect(exported.structuredContent).toMatchObject({ component_count: 2, component_ids: ['clock', 'tool'] });
  const listed = await raw('list_snapshot_components', 'of=store', 'page="1"', 'snapshot=""');
  expect(listed.structuredContent!.snapshots).toEqual([
    expect.objectContaining({ names: [], component_count: 2 }),
  ]);
  const wrong = await raw('export_state', 'name=5', 'include_binary=true');
  expect(wrong.isError).toBe(true);
  const { code, details } = JSON.parse(wrong.content![0]!.text) as Record<string, unknown>;
  expect({ code, details }).toEqual({
    code: 'USAGE_BAD_ARGUMENT',
    details: {
      problems: [
        'name must be text, not the number 5',
        'there is no argument "include_binary"; did you mean include_binaries?',
      ],
    },
  });
});

test('MCP Inspector calls a tool of the wrapped Wassette that was imported through the wrap before', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  const code = readFileSync(await probeComponent({ name: 'weather' }));
  giver.install('weather', { code, policy: policyText({ environment: ['CITY'] }) });
  await exportStateTo({ name: 'tools' }, giver.locations);
  const { componentDir, stateDir } = taker.locations;
  const command = path.join(path.dirname(componentDir), 'server.sh'); // Inspector takes -- for itself
  const wassette = `${await wassetteBinary('0.8.0')} run --component-dir ${componentDir}`;
  const serve = `${process.execPath} ${PROGRAM} serve --state-dir ${stateDir} -- ${wassette}`;
  const home = `export HOME=${path.dirname(componentDir)} CITY=Oslo TOKEN=hidden`;
  writeFileSync(command, `#!/bin/sh\n${home}\nexec ${serve} 2>/dev/null\n`, { mode: 0o755 });

  const { tools } = await inspect({ command }, '--method', 'tools/list');
  expect(tools!.map(({ name }) => name)).toEqual(expect.arrayContaining(['load-component', 'import_state']));
  const plan = await call({ command }, 'import_state', { snapshot: 'tools' });
  const { arguments: approval } = plan.structuredContent!.next_step as { arguments: Record<string, unknown> };
  const applied = await call({ command }, 'import_state', approval);
  expect(applied.structuredContent!.tools_available).toContain('weather-get-env');
  const read = (name: string) => call({ command }, 'weather-get-env', { name });
  expect((await read('CITY')).structuredContent).toEqual({ result: 'Oslo' });
  expect((await read('TOKEN')).structuredContent).toEqual({ result: null });
});
