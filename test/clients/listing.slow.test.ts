// Clients that an account is needed for are set up by install, and start our server by what they offer without an
// account and without a network: their own health command where it starts servers. Cursor, VS Code, Zed, Windsurf and
// Claude Desktop are not on npm or PyPI: theirs is checked by schema (test/tools/install/clients.test.ts).
import { expect, test } from 'vitest';
import { OWN_TOOLS } from '../../tools/wrap/own-tools.ts';
import { clientMachine } from '../fixtures/clients/client-machine.ts';
import { offline } from '../fixtures/clients/offline.ts';
import { CLIENT_PROGRAMS } from '../fixtures/clients/packages.ts';

const ALL = [
  ...OWN_TOOLS.map(({ name }) => name),
  ...['export_state', 'import_state', 'list_snapshot_components'],
];

test('Claude Code connects to what install wrote, and has all tools when a conversation begins', async () => {
  const machine = await clientMachine('claude-code');
  const claude = await CLIENT_PROGRAMS['claude-code']();
  const health = await offline(machine, [...claude, 'mcp', 'list']);
  expect(health.stdout).toMatch(/^wassette: .* ✔ Connected$/m);
  const started = await offline(
    machine,
    [...claude, '-p', 'hello', '--output-format=stream-json', '--verbose'],
    {
      env: { ANTHROPIC_API_KEY: 'none' },
      until: /"subtype":"init".*\n/,
    },
  );
  const { tools } = JSON.parse(started.stdout.split('\n')[0]!) as { tools: string[] };
  const named = ALL.map((tool) => `mcp__wassette__${tool}`);
  expect(tools).toEqual(expect.arrayContaining(named));
});

test('Codex reads what install wrote, and its app server lists all tools', async () => {
  const machine = await clientMachine('codex');
  const codex = await CLIENT_PROGRAMS.codex();
  const read = await offline(machine, [...codex, 'mcp', 'get', 'wassette', '--json']);
  expect(JSON.parse(read.stdout)).toMatchObject({ enabled: true, transport: { type: 'stdio' } });
  const listed = await offline(machine, [...codex, 'app-server'], {
    input: [
      { id: 1, method: 'initialize', params: { clientInfo: { name: 'test', title: 'test', version: '0' } } },
      { method: 'initialized' },
      { id: 2, method: 'mcpServerStatus/list', params: {} },
    ],
    until: /"id":2,.*\n/,
  });
  const answer = listed.stdout.split('\n').find((line) => line.startsWith('{"id":2,'))!;
  const [server] = JSON.parse(answer).result.data as [{ name: string; tools: Record<string, unknown> }];
  expect(server.name).toBe('wassette');
  expect(Object.keys(server.tools).sort()).toEqual(ALL.toSorted());
});

test('Gemini CLI connects to what install wrote', async () => {
  const machine = await clientMachine('gemini-cli');
  const health = await offline(machine, [...(await CLIENT_PROGRAMS['gemini-cli']()), 'mcp', 'list'], {
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  });
  expect(health.stderr).toMatch(/^✓ wassette: .* - Connected$/m);
});

test('opencode connects to what install wrote', async () => {
  const machine = await clientMachine('opencode');
  const health = await offline(machine, [...(await CLIENT_PROGRAMS.opencode()), 'mcp', 'list']);
  expect(health.stdout).toMatch(/✓ wassette.*connected/);
});

test('Copilot CLI reads what install wrote, and has all tools when a conversation begins', async () => {
  const machine = await clientMachine('copilot-cli');
  const copilot = await CLIENT_PROGRAMS['copilot-cli']();
  const read = await offline(machine, [...copilot, 'mcp', 'list']);
  expect(read.stdout).toContain('wassette (local)');
  const events = await offline(machine, [...copilot, '-p', 'hello', '--output-format=json'], {
    // A model of one's own, which is not there, needs no account.
    env: {
      COPILOT_OFFLINE: 'true',
      COPILOT_PROVIDER_BASE_URL: 'http://127.0.0.1:9/v1',
      COPILOT_MODEL: 'none',
    },
    until: /"session.mcp_server_tools_loaded".*\n/,
  });
  const loaded = events.stdout
    .split('\n')
    .find((line) => line.includes('"session.mcp_server_tools_loaded"'))!;
  expect(JSON.parse(loaded).data).toEqual({ serverName: 'wassette', toolCount: ALL.length });
});
