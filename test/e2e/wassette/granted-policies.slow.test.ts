// Policies that the real Wassette writes for odd values: an export takes each, and reads what Wassette enforces.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exportState } from '../../../src/index.ts';
import { policyTextOf, readPolicy } from '../../../src/policy/policy.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost } from '../../fixtures/host.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import { oddText } from '../../fixtures/tables/odd-text.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';

const ROUNDS = 2;
const KEYS = 200;
/** No variable is called with an equals sign; Wassette leaves some calls with very long arguments unanswered. */
const canBeAsked = (name: string) => !name.includes('=') && name.length < 100;
const sorted = (values: Iterable<string>) => [...new Set(values)].sort();

/** A host with one probe, and how a Wassette is started on it. */
const probe = { componentId: 'probe' };

async function hostWithProbe(version: WassetteVersion) {
  const host = makeHost();
  const { componentDir, secretsDir } = host.locations;
  copyFileSync(await probeComponent(), path.join(componentDir, 'probe.wasm'));
  const home = path.join(path.dirname(componentDir), 'home');
  mkdirSync(home, { recursive: true });
  const start = async (env: Record<string, string>) => {
    const wassette = await LiveWassette.start({ version, componentDir, secretsDir, home, env });
    onTestFinished(() => wassette.stop());
    await wassette.waitForTools(['get-env']);
    return wassette;
  };
  const policy = () => readFileSync(path.join(componentDir, 'probe.policy.yaml'));
  return { host, start, policy };
}

/** Those that it did not refuse. */
async function granted(
  wassette: LiveWassette,
  kind: string,
  details: readonly Record<string, unknown>[],
): Promise<Record<string, unknown>[]> {
  const taken: Record<string, unknown>[] = [];
  for (const detail of details) {
    const answer = await wassette.call(`grant-${kind}-permission`, {
      component_id: 'probe',
      details: detail,
    });
    if (!answer.isError) taken.push(detail);
  }
  return taken;
}

test.each(['0.8.0', '0.4.0'] as const)(
  'variables of any name that Wassette %s grants are exported, and are those that its component reads',
  async (version) => {
    const random = seededRandom(20_261_125);
    const { host, start, policy } = await hostWithProbe(version);
    let values = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const names = Array.from({ length: KEYS }, () => oddText(random));
      const all = [...names, 'NEVER_GRANTED'].filter(canBeAsked);
      const env = Object.fromEntries(all.map((name, at) => [name, `value ${at}`]));
      const first = await start(env);
      await first.call('reset-permission', { component_id: 'probe' });
      const keys = await granted(
        first,
        'environment-variable',
        names.map((key) => ({ key })),
      );
      await first.stop();
      const { rights } = readPolicy(policyTextOf(policy(), probe), probe);
      expect(rights.environment).toEqual(sorted(keys.map(({ key }) => key as string)));
      await exportState(host.locations);
      // Started anew, it has read the file as we did.
      const second = await start(env);
      const read: string[] = [];
      for (const name of all)
        if ((await second.call('get-env', { name })).text === env[name]) read.push(name);
      await second.stop();
      expect(sorted(read)).toEqual(rights.environment.filter(canBeAsked));
      values += keys.length;
    }
    console.log(`${values} variables granted by Wassette ${version}, exported and read alike`);
    expect(values).toBeGreaterThan(250);
  },
);

test('hosts and storage of any name that Wassette grants are exported as they were granted', async () => {
  const random = seededRandom(20_261_126);
  const { host, start, policy } = await hostWithProbe('0.8.0');
  const wassette = await start({});
  let values = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await wassette.call('reset-permission', { component_id: 'probe' });
    const some = () => Array.from({ length: KEYS }, () => oddText(random));
    const hosts = await granted(
      wassette,
      'network',
      some().map((name) => ({ host: name })),
    );
    const uris = await granted(
      wassette,
      'storage',
      some().map((name) => ({ uri: `fs://${name}`, access: ['read'] })),
    );
    const { network, storage } = readPolicy(policyTextOf(policy(), probe), probe).rights;
    expect(network.allow).toEqual(
      sorted(hosts.map((entry) => entry.host as string)).map((name) => ({ host: name })),
    );
    expect(storage.allow.map(({ uri }) => uri)).toEqual(sorted(uris.map(({ uri }) => uri as string)));
    await exportState(host.locations);
    values += hosts.length + uris.length;
  }
  console.log(`${values} hosts and directories granted by Wassette, exported as they were granted`);
  expect(values).toBeGreaterThan(500);
});
