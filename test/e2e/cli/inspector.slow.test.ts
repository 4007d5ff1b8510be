// Our server alone under an outside client: MCP Inspector's command line lists and calls all three tools.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CALLING_PROGRAMS } from '../../fixtures/clients/packages.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

interface Result {
  tools?: { name: string }[];
  isError?: boolean;
  structuredContent?: Record<string, unknown>;
  content?: { text: string }[];
}

async function inspect(host: TestHost, ...args: string[]): Promise<Result> {
  const server = [process.execPath, PROGRAM, 'serve', ...host.flags];
  const [inspector] = await CALLING_PROGRAMS.inspector();
  const { stdout } = await promisify(execFile)(inspector!, ['--cli', ...server, ...args], {
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
