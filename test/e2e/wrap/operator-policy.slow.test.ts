// The operator's policy around a real Wassette: what is within it is imported and runs, what is beyond changes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { operatorPolicyFile, type Rules } from '../../fixtures/operator-policy.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const env = { CITY: 'Oslo', TOKEN: 'must stay hidden' };
const RULES: Rules = {
  component_ids: '[probe]',
  sources: '[store]',
  environment: '[CITY]',
  directories: '[]',
  hosts: '[]',
  no_policy: 'refuse',
  wassette_tools: 'refuse',
};

/** A host with nothing, and snapshots of the probe in its store: `within`, and `beyond` by each rule. */
async function hostWithSnapshots(): Promise<TestHost> {
  const code = readFileSync(await probeComponent());
  const target = makeHost();
  const store = async (name: string, id: string, policy: string | undefined) => {
    const giver = makeHost({ stateDir: target.locations.stateDir });
    giver.install(id, { code, ...(policy === undefined ? {} : { policy }) });
    await exportStateTo({ name }, giver.locations);
  };
  await store('within', 'probe', policyText({ environment: ['CITY'] }));
  await store('token', 'probe', policyText({ environment: ['CITY', 'TOKEN'] }));
  await store('host', 'probe', policyText({ environment: ['CITY'], network: ['a.example'] }));
  await store('none', 'probe', undefined);
  await store('other', 'other', policyText({ environment: ['CITY'] }));
  return target;
}

/** All that Wassette has on disk. */
const state = (host: TestHost) =>
  JSON.stringify(Object.entries(host.files()).map(([name, bytes]) => [name, bytes.toString('base64')]));

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('Wassette %s under an operator’s policy', (version) => {
  test('runs what is within, with that permission and no other', async () => {
    const host = await hostWithSnapshots();
    const flags = ['--policy', operatorPolicyFile(RULES)];
    const agent = await WrappedAgent.start(version, host, { env, flags });
    const imported = await agent.importState({ snapshot: 'within' });
    expect(imported.structured).toMatchObject({ status: 'applied' });
    expect((await agent.call('get-env', { name: 'CITY' })).text).toBe('Oslo');
    expect((await agent.call('get-env', { name: 'TOKEN' })).text).toBe('null');
  });

  test('gets nothing of what is beyond, by an import or by its own tools', async () => {
    const host = await hostWithSnapshots();
    const flags = ['--policy', operatorPolicyFile(RULES)];
    const agent = await WrappedAgent.start(version, host, { env, flags });
    await agent.importState({ snapshot: 'within' });
    const before = state(host);
    for (const [snapshot, rule] of [
      ['token', 'environment'],
      ['host', 'hosts'],
      ['none', 'no_policy'],
      ['other', 'component_ids'],
    ]) {
      const refusal = await agent.call('import_state', { snapshot });
      expect(refusal.isError).toBe(true);
      const { details, ...error } = JSON.parse(refusal.text);
      expect(error).toEqual(failing('POLICY_BEYOND_CAPS'));
      expect(details.refused.join('\n')).toContain(`(${rule})`);
    }
    const file = path.join(path.dirname(host.locations.componentDir), 'copy.wasm');
    writeFileSync(file, readFileSync(await probeComponent()));
    for (const [name, args] of [
      ['load-component', { path: `file://${file}` }],
      ['grant-environment-variable-permission', { component_id: 'probe', details: { key: 'TOKEN' } }],
      ['reset-permission', { component_id: 'probe' }],
    ] as const) {
      const held = JSON.parse((await agent.call(name, args)).text);
      expect(held).toEqual(failing('POLICY_OUTSIDE_FENCE'));
      expect(held.message).toContain('line 12 of the operator policy (wassette_tools) refuses such tools');
      expect(await agent.tools()).not.toContain(name);
    }
    expect(state(host)).toBe(before);
    expect((await agent.call('get-env', { name: 'TOKEN' })).text).toBe('null');
  });
});
