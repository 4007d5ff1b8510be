// One person, two clients on one default directory: what one imports both have in the same conversation, and what the
// terminal takes back both lose.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { exportStateTo } from '../../src/export.ts';
import { pythonSession, type SessionClient } from '../fixtures/clients/calling.ts';
import { clientMachine } from '../fixtures/clients/client-machine.ts';
import { javaScriptProbe } from '../fixtures/components/probe.ts';
import { makeHost, policyText } from '../fixtures/host.ts';

/** Waits until it was told of a change since `before`, and its list says so. */
async function hears(window: SessionClient, before: number, tool: string, isThere: boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(window.changes()).toBeGreaterThan(before);
      expect((await window.tools()).includes(tool)).toBe(isThere);
    },
    { timeout: 30_000, interval: 100 },
  );
}

test('what window A imports window B has too, in the same conversation, until the terminal undoes it', async () => {
  const machine = await clientMachine('claude-code');
  const giver = makeHost({ stateDir: path.join(machine.home, '.local/state/wassette-state') });
  giver.install('weather', {
    code: readFileSync(await javaScriptProbe({ name: 'weather' })),
    policy: policyText({}),
  });
  await exportStateTo({ name: 'tools' }, giver.locations);
  const a = await pythonSession('mcp 1', machine);
  const b = await pythonSession('fastmcp', machine);
  for (const window of [a, b]) expect(await window.tools()).not.toContain('weather-add');

  let [ofA, ofB] = [a.changes(), b.changes()];
  const planned = await a.call('import_state', { snapshot: 'tools' });
  const { arguments: approval } = planned.structured.next_step as { arguments: Record<string, unknown> };
  const applied = await a.call('import_state', approval);
  expect(applied).toMatchObject({ isError: false, structured: { status: 'applied' } });
  await hears(a, ofA, 'weather-add', true);
  await hears(b, ofB, 'weather-add', true);
  for (const window of [a, b])
    expect(await window.call('weather-add', { a: 2, b: 3 })).toMatchObject({ structured: { result: 5 } });

  [ofA, ofB] = [a.changes(), b.changes()];
  const undone = machine.sh('wassette-state undo --yes');
  expect(undone).toMatchObject({ code: 0 });
  await hears(a, ofA, 'weather-add', false);
  await hears(b, ofB, 'weather-add', false);
});
