// Clients that call tools hand a component over to each other, from what install wrote: one exports, the next plans,
// imports and uses it, each around a Wassette of its own. MCP Inspector, mcporter, fastmcp and the Python SDK, both lines.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type CallingClient, inspector, mcporter, pythonSession } from '../fixtures/clients/calling.ts';
import { type ClientMachine, clientMachine } from '../fixtures/clients/client-machine.ts';
import { javaScriptProbe } from '../fixtures/components/probe.ts';

const CLIENTS: Record<string, (machine: ClientMachine) => Promise<CallingClient>> = {
  'MCP Inspector': inspector,
  'Python SDK 1': (machine) => pythonSession('mcp 1', machine),
  'Python SDK 2': (machine) => pythonSession('mcp 2', machine),
  fastmcp: (machine) => pythonSession('fastmcp', machine),
  mcporter,
};

const names = Object.keys(CLIENTS);
const handoffs = names.map((giver, i) => [giver, names[(i + 1) % names.length]!] as const);

test.each(handoffs)('an agent of %s hands a component over to one of %s, which calls it', async (a, b) => {
  const shared = mkdtempSync(path.join(tmpdir(), 'wassette-state-shared-'));
  onTestFinished(() => rmSync(shared, { recursive: true, force: true }));
  const [there, here] = [
    await clientMachine('claude-code', '--allow-dir', shared),
    await clientMachine('claude-code', '--allow-dir', shared),
  ];
  there.install('weather', readFileSync(await javaScriptProbe({ name: 'weather' })));
  const [giver, taker] = [await CLIENTS[a]!(there), await CLIENTS[b]!(here)];
  expect(await giver.tools()).toEqual(expect.arrayContaining(['export_state', 'load-component']));

  const destination = path.join(shared, 'tools.json');
  const exported = await giver.call('export_state', { destination, include_binaries: true });
  expect(exported).toMatchObject({ isError: false, structured: { component_count: 1 } });
  const listed = await taker.call('list_snapshot_components', { snapshot: destination });
  expect(listed).toMatchObject({ isError: false, structured: { component_count: 1 } });
  const planned = await taker.call('import_state', { snapshot: destination });
  const { arguments: approval } = planned.structured.next_step as { arguments: Record<string, unknown> };
  const applied = await taker.call('import_state', approval);
  expect(applied).toMatchObject({ isError: false, structured: { status: 'applied' } });

  expect(await taker.tools()).toEqual(expect.arrayContaining(['import_state', 'weather-add']));
  const sum = await taker.call('weather-add', { a: 2, b: 3 });
  expect(sum).toMatchObject({ isError: false, structured: { result: 5 } });
});
