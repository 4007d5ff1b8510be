// `--approval operator` with the real Wassette: nothing is live before a person has approved it at a terminal, and at once
// after that.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { exportStateTo } from '../../../src/export.ts';
import { OWN_TOOLS } from '../../../tools/wrap/own-tools.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { quietTransport } from '../../fixtures/servers/quiet-transport.ts';
import { atTerminal } from '../../fixtures/system/at-terminal.ts';
import { serveWassette } from '../../fixtures/wassette/served-wassette.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { type CallAnswer, WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const VERSIONS: WassetteVersion[] = ['0.8.0', '0.4.0'];
const OPERATOR = ['--approval', 'operator'];
const env = { CITY: 'Oslo' };

/** An empty host, and the state `tools` in the store that it shares with another one. */
async function taker() {
  const giver = makeHost();
  const code = readFileSync(await probeComponent({ name: 'weather' }));
  giver.install('weather', { code, policy: policyText({ environment: ['CITY'] }) });
  await exportStateTo({ name: 'tools' }, giver.locations);
  return makeHost({ stateDir: giver.locations.stateDir });
}

/** Types the command that the agent was told, and yes. */
function approve({ structured }: Pick<CallAnswer, 'structured'>): void {
  const command = (structured.approve_command as string).replace(/^wassette-state/, '"$0" "$1"');
  const shell = ['/bin/sh', '-c', command, process.execPath, PROGRAM];
  const { seen, code } = atTerminal(shell, [['Approve exactly this plan, once?', 'y\n']]);
  expect({ seen, code }).toMatchObject({
    seen: expect.stringContaining('may read the environment variable "CITY"'),
    code: 0,
  });
}

const callIn = ({ structured }: Pick<CallAnswer, 'structured'>) =>
  (structured.next_step as { arguments: Record<string, unknown> }).arguments;

test.each(VERSIONS)('an import waits for the operator in the wrap of Wassette %s', async (version) => {
  const host = await taker();
  const agent = await WrappedAgent.start(version, host, { env, flags: OPERATOR });
  const planned = await agent.call('import_state', { snapshot: 'tools' });
  const refused = await agent.call('import_state', callIn(planned));
  expect(JSON.parse(refused.text)).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
  expect(host.files()).toEqual({});
  approve(planned);
  expect((await agent.call('import_state', callIn(planned))).structured).toMatchObject({ status: 'applied' });
  expect((await agent.call('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
  expect((await agent.call('import_state', callIn(planned))).structured).toMatchObject({
    already_applied: true,
  });
});

test.each(VERSIONS)(
  'where imports wait, no tool of Wassette %s that can allow more is offered',
  async (version) => {
    const host = await taker();
    const agent = await WrappedAgent.start(version, host, { env, flags: OPERATOR });
    const barred = OWN_TOOLS.filter(({ widens }) => widens).map(({ name }) => name);
    for (const name of await agent.tools()) expect(barred).not.toContain(name);
    for (const name of barred) {
      const { text } = await agent.call(name, { id: 'weather', component_id: 'weather' });
      expect(JSON.parse(text)).toMatchObject({ code: 'POLICY_OUTSIDE_FENCE' });
    }
  },
);

test('an import that waits in one of two windows is applied in both, and each window binds its own agent', async () => {
  const host = await taker();
  const waits = await WrappedAgent.start('0.8.0', host, { env, flags: OPERATOR });
  const asks = await WrappedAgent.start('0.8.0', host, { env });
  const planned = await waits.call('import_state', { snapshot: 'tools' });
  const other = await asks.call('import_state', { snapshot: 'tools' });
  expect(other.structured.warnings).toEqual([expect.stringContaining('--approval operator')]);
  expect(JSON.parse((await waits.call('import_state', callIn(other))).text)).toEqual(
    failing('POLICY_APPROVAL_REQUIRED'),
  );
  approve(planned);
  expect((await waits.call('import_state', callIn(planned))).structured).toMatchObject({ status: 'applied' });
  for (const window of [waits, asks])
    expect((await window.call('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
});

test('an import waits for the operator with a Wassette over HTTP', async () => {
  const host = await taker();
  const { componentDir, secretsDir } = host.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const { url } = await serveWassette({ version: '0.8.0', componentDir, secretsDir, env, home });
  const client = new Client({ name: 'test', version: '1.0.0' });
  const args = [PROGRAM, 'serve', ...host.flags, '--wassette-url', url, ...OPERATOR];
  await client.connect(quietTransport({ command: process.execPath, args }));
  onTestFinished(() => client.close());
  const call = async (request: Record<string, unknown>) => {
    const { structuredContent, content } = await client.callTool({
      name: 'import_state',
      arguments: request,
    });
    const [{ text }] = content as [{ text: string }];
    return { structured: structuredContent as Record<string, unknown>, text };
  };
  const planned = await call({ snapshot: 'tools' });
  expect(JSON.parse((await call(callIn(planned))).text)).toEqual(failing('POLICY_APPROVAL_REQUIRED'));
  approve(planned);
  expect((await call(callIn(planned))).structured).toMatchObject({
    status: 'applied',
    tools_available: expect.arrayContaining(['weather-get-env']),
  });
});
