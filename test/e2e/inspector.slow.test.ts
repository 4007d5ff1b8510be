// An outside client: MCP Inspector's command line lists and calls all three tools.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const INSPECTOR = '@modelcontextprotocol/inspector@1.0.3';

interface Result {
  tools?: { name: string }[];
  isError?: boolean;
  structuredContent?: Record<string, unknown>;
}

async function inspect(host: TestHost, ...args: string[]): Promise<Result> {
  const server = [process.execPath, PROGRAM, 'serve', ...host.flags];
  const { stdout } = await promisify(execFile)('npx', ['-y', INSPECTOR, '--cli', ...server, ...args], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as Result;
}

function call(host: TestHost, tool: string, args: Record<string, unknown> = {}): Promise<Result> {
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
