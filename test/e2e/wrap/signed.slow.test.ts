// `--approval signed` with the real Wassette: a reviewer signs, the agent of production imports that by itself, and nothing that
// is typed into a terminal lets it do more.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { exportStateTo } from '../../../src/export.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { atTerminal } from '../../fixtures/system/at-terminal.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { type CallAnswer, WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';
import { approvalsFolder } from '../../fixtures/written-approvals.ts';

const VERSIONS: WassetteVersion[] = ['0.8.0', '0.4.0'];
const env = { CITY: 'Oslo' };
const REQUIRED = failing('POLICY_APPROVAL_REQUIRED');

let production: TestHost;
let flags: string[];
/** The reviewer's command, as it is typed into a shell. */
let reviewing: string[];

beforeEach(async () => {
  const giver = makeHost();
  const code = readFileSync(await probeComponent({ name: 'weather' }));
  giver.install('weather', { code, policy: policyText({ environment: ['CITY'] }) });
  await exportStateTo({ name: 'tools' }, giver.locations);
  production = makeHost({ stateDir: giver.locations.stateDir });
  const { folder, allowedSigners, keyFile } = approvalsFolder();
  flags = ['--approval', 'signed', '--approvals', folder, '--label', 'production'];
  flags.push('--allowed-signers', allowedSigners);
  const output = path.join(folder, 'team.approval.json');
  reviewing = ['approve', 'tools', '--key', keyFile, '--for', 'production', '--until', '1h', '-o', output];
  reviewing.push('--empty', ...giver.flags);
});

const typed = (args: readonly string[], answers: [string, string][]) =>
  atTerminal([process.execPath, PROGRAM, ...args], answers);
const callIn = ({ structured }: Pick<CallAnswer, 'structured'>) =>
  (structured.next_step as { arguments: Record<string, unknown> }).arguments;

test.each(VERSIONS)(
  'what a reviewer has signed is imported into Wassette %s without a question',
  async (version) => {
    const agent = await WrappedAgent.start(version, production, { env, flags });
    const early = await agent.call('import_state', { snapshot: 'tools' });
    expect(JSON.parse((await agent.call('import_state', callIn(early))).text)).toEqual(REQUIRED);
    expect(production.files()).toEqual({});
    const { seen, code } = typed(reviewing, [['Sign this approval?', 'y\n']]);
    expect({ seen, code }).toMatchObject({ seen: expect.stringContaining('"CITY"'), code: 0 });
    const planned = await agent.call('import_state', { snapshot: 'tools' });
    expect(planned.structured.summary).toContain('approved in writing by "alice@example.com"');
    expect((await agent.call('import_state', callIn(planned))).structured).toMatchObject({
      status: 'applied',
      summary: 'Applied, as approved in writing by "alice@example.com": 1 added.',
    });
    expect((await agent.call('weather-get-env', { name: 'CITY' })).text).toBe('Oslo');
  },
);

test('one thing more than was signed is not imported', async () => {
  typed(reviewing, [['Sign this approval?', 'y\n']]);
  production.storeSecrets('weather', { TOKEN: 'x' });
  const agent = await WrappedAgent.start('0.8.0', production, { env, flags });
  const planned = await agent.call('import_state', { snapshot: 'tools' });
  const refused = JSON.parse((await agent.call('import_state', callIn(planned))).text);
  expect(refused).toEqual(REQUIRED);
  expect(refused.details.not_covered).toEqual(['"weather" will see the secrets stored here: "TOKEN"']);
  expect(production.files()).toEqual({});
});

test('an agent that types approve into a pseudo-terminal gets through under operator, and not under signed', async () => {
  const signed = await WrappedAgent.start('0.8.0', production, { env, flags });
  const planned = await signed.call('import_state', { snapshot: 'tools' });
  const digest = callIn(planned).approve as string;
  expect(typed(['approve', digest, ...production.flags.slice(-2)], []).code).not.toBe(0);

  const operator = await WrappedAgent.start('0.8.0', production, { env, flags: ['--approval', 'operator'] });
  const waiting = callIn(await operator.call('import_state', { snapshot: 'tools' }));
  const state = ['--state-dir', production.locations.stateDir];
  const approved = typed(['approve', waiting.approve as string, ...state], [['Approve exactly', 'y\n']]);
  expect(approved).toMatchObject({ code: 0 });
  expect(JSON.parse((await signed.call('import_state', waiting)).text)).toEqual(REQUIRED);
  expect(production.files()).toEqual({});
  expect((await operator.call('import_state', waiting)).structured).toMatchObject({ status: 'applied' });
});
