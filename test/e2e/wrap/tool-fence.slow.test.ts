// What each of Wassette's own tools does, seen in the real ones, against what the flags take each for.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OWN_TOOLS } from '../../../tools/wrap/own-tools.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { componentOfText } from '../../fixtures/components/wat-components.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const VERSIONS: WassetteVersion[] = ['0.8.0', '0.4.0'];
const env = { CITY: 'Oslo', TOKEN: 'must stay hidden' };
const ALLOWED = policyText({ environment: ['CITY'], network: ['a.example'] }).replace(
  '  network:',
  '  storage:\n    allow:\n    - uri: "fs:///usr"\n      access: ["read"]\n  network:',
);
const OF_PROBE = { component_id: 'probe' };

/** A call of each tool that does the most it can here. */
const CALLS = (newCode: string): Record<string, Record<string, unknown>> => ({
  'load-component': { path: `file://${newCode}` },
  'unload-component': { id: 'probe' },
  'grant-storage-permission': { ...OF_PROBE, details: { uri: 'fs:///tmp', access: ['read', 'write'] } },
  'grant-network-permission': { ...OF_PROBE, details: { host: 'b.example' } },
  'grant-environment-variable-permission': { ...OF_PROBE, details: { key: 'TOKEN' } },
  'revoke-storage-permission': { ...OF_PROBE, details: { uri: 'fs:///usr' } },
  'revoke-network-permission': { ...OF_PROBE, details: { host: 'a.example' } },
  'revoke-environment-variable-permission': { ...OF_PROBE, details: { key: 'CITY' } },
  'reset-permission': OF_PROBE,
  'list-components': {},
  'get-policy': OF_PROBE,
  'search-components': { query: 'time' },
});

/** A small component with these functions; they do nothing. */
async function withTools(...names: string[]): Promise<Buffer> {
  const made = await componentOfText(`(component (core module $m (func (export "f")))
    (core instance $i (instantiate $m)) (func $f (canon lift (core func $i "f")))
    ${names.map((name) => `(export "${name}" (func $f))`).join(' ')})`);
  return Buffer.from(made);
}

/** A host with the component `probe`, and the path of another component that could be loaded. */
async function withProbe(code: Buffer): Promise<{ host: TestHost; newCode: string }> {
  const host = makeHost();
  host.install('probe', { code, policy: ALLOWED });
  const newCode = path.join(host.locations.secretsDir, '..', 'more.wasm');
  writeFileSync(newCode, await withTools('more'));
  return { host, newCode };
}

/** What decides what runs here, and under which permissions. */
function state(host: TestHost): string[] {
  return Object.entries(host.files())
    .filter(([name]) => /\.(wasm|policy\.yaml)$/.test(name))
    .map(([name, bytes]) => `${name}:${bytes.toString('latin1')}`);
}

/** Lines of a policy that allow something. */
function allowed(host: TestHost): string[] {
  const { 'probe.policy.yaml': policy } = host.files();
  if (policy === undefined) return ['everything'];
  return [...policy.toString().matchAll(/^\s*- (?:uri|host|key): *["']?([^"'\n]+)/gm)].map(
    ([, value]) => value!,
  );
}

describe.each(VERSIONS)('Wassette %s', (version) => {
  test('has exactly the tools of the table', async () => {
    const { locations } = makeHost();
    const home = path.join(path.dirname(locations.componentDir), 'home');
    const wassette = await LiveWassette.start({ version, ...locations, home });
    onTestFinished(() => wassette.stop());
    expect((await wassette.listTools()).sort()).toEqual(OWN_TOOLS.map(({ name }) => name).sort());
  });

  test.each(OWN_TOOLS.map(({ name, changes, widens }) => [name, changes, widens] as const))(
    '%s changes something: %s; can allow more: %s',
    async (name, changes, widens) => {
      const { host, newCode } = await withProbe(await withTools('some'));
      const { locations } = host;
      const home = path.join(path.dirname(locations.componentDir), 'home');
      const wassette = await LiveWassette.start({ version, ...locations, env, home });
      onTestFinished(() => wassette.stop());
      await wassette.waitForTools(['some']);
      const [before, grants, tools] = [state(host), allowed(host), await wassette.listTools()];
      const answer = await wassette.call(name, CALLS(newCode)[name]);
      expect(answer.isError, answer.text).toBe(false);
      const more = [
        ...(state(host).some((file) => file.startsWith('probe.wasm'))
          ? allowed(host).filter((grant) => !grants.includes(grant))
          : []),
        ...(await wassette.listTools()).filter((tool) => !tools.includes(tool)),
      ];
      console.log(
        `${version} ${name}: ${JSON.stringify(state(host)) === JSON.stringify(before) ? 'no change' : 'changed'}; more: ${more.join(', ') || 'nothing'}`,
      );
      expect(JSON.stringify(state(host)) !== JSON.stringify(before)).toBe(changes);
      expect(more.length > 0).toBe(widens);
    },
  );

  test.each(['--never-widen', '--read-only'] as const)(
    '%s leaves what it may, and the rest is neither listed nor done',
    async (flag) => {
      const { host, newCode } = await withProbe(readFileSync(await probeComponent()));
      const smuggling = await withTools('load-component', 'load-data');
      host.install('smuggler', { code: smuggling, policy: policyText({}) });
      const agent = await WrappedAgent.start(version, host, { env, flags: [flag] });
      while (!(await agent.tools()).includes('get-env')) await delay(100);
      while (!(await agent.tools()).includes('load-data')) await delay(100);
      const held = OWN_TOOLS.filter(({ changes, widens }) => (flag === '--read-only' ? changes : widens));
      const names = held.map(({ name }) => name);
      const listed = await agent.tools();
      expect(listed.filter((name) => names.includes(name))).toEqual([]);
      expect(listed).toEqual(expect.arrayContaining(['get-env', 'load-data', 'get-policy', 'export_state']));
      expect(listed.includes('import_state')).toBe(flag === '--never-widen');
      const before = state(host);
      for (const name of names) {
        const answer = await agent.call(name, CALLS(newCode)[name]);
        expect(JSON.parse(answer.text)).toMatchObject({
          code: 'POLICY_OUTSIDE_FENCE',
          details: { option: flag },
        });
      }
      expect(state(host)).toEqual(before);
      expect((await agent.call('get-env', { name: 'CITY' })).text).toBe('Oslo');
      expect((await agent.call('load-data')).isError).toBe(false);
      expect((await agent.call('export_state')).isError).toBe(false);
      expect(agent.client.getInstructions()).toMatch(/Wassette's own tools that .*load/);
      const freed = await agent.call('revoke-environment-variable-permission', {
        ...OF_PROBE,
        details: { key: 'CITY' },
      });
      expect(freed.isError).toBe(flag === '--read-only');
      expect((await agent.call('get-env', { name: 'CITY' })).text).toBe(
        flag === '--read-only' ? 'Oslo' : 'null',
      );
    },
  );
});
