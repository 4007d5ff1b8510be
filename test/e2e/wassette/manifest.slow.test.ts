// Manifests against the real Wassette 0.8.0, both ways: what it attaches from one, and what it makes of ours.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { openSnapshot, planImportState } from '../../../src/index.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { DEPLOYMENT_TABLE, FOLDER } from '../../fixtures/tables/deployment-table.ts';
import { type ServedManifest, serveManifest } from '../../fixtures/wassette/served-manifest.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

const ENVIRONMENT = { CITY: 'Oslo', SECRET_TOKEN: 'must stay hidden' };

function homeOf(host: TestHost): string {
  const home = path.join(path.dirname(host.locations.componentDir), 'home');
  mkdirSync(home, { recursive: true });
  return home;
}

function run(host: TestHost, ...args: string[]): string {
  return execFileSync(process.execPath, [PROGRAM, ...args, ...host.flagsFor(...args)], { encoding: 'utf8' });
}

function fileOf(host: TestHost, name: string, text?: string): string {
  const file = path.join(path.dirname(host.locations.componentDir), name);
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

async function serve(host: TestHost, manifest: string): Promise<ServedManifest> {
  const { componentDir } = host.locations;
  return serveManifest(manifest, { componentDir, env: ENVIRONMENT, home: homeOf(host) });
}

async function start(host: TestHost): Promise<LiveWassette> {
  const { componentDir, secretsDir } = host.locations;
  const options = {
    version: '0.8.0',
    componentDir,
    secretsDir,
    env: ENVIRONMENT,
    home: homeOf(host),
  } as const;
  const wassette = await LiveWassette.start(options);
  onTestFinished(() => wassette.stop());
  return wassette;
}

/** What the probes of a started Wassette read, once they are all there. */
async function readings(wassette: LiveWassette, probes: readonly string[]): Promise<string[]> {
  const tools = probes.map((probe) => `${probe}-get-env`);
  await wassette.waitForTools(tools);
  const read = async (tool: string, name: string) => (await wassette.call(tool, { name })).text;
  return Promise.all(tools.flatMap((tool) => [read(tool, 'CITY'), read(tool, 'SECRET_TOKEN')]));
}

const declared = async (probe: string, permissions: string, ...more: string[]) =>
  `  - uri: file://${await probeComponent({ name: probe })}\n${more.map((line) => `    ${line}\n`).join('')}    permissions: ${permissions}\n`;
test('what Wassette serves from a manifest is exported, as a manifest and as a snapshot, and runs elsewhere with the same rights', async () => {
  const giver = makeHost();
  const data = fileOf(giver, 'data');
  mkdirSync(data);
  const storage = `storage: { allow: [{ uri: "fs://${data}", access: [read] }] }`;
  const permissions = `{ environment: { allow: [{ key: CITY }] }, ${storage} }`;
  const components = await declared('weather', permissions, 'name: The weather');
  const manifest = fileOf(giver, 'written.yaml', `version: 1\ncomponents:\n${components}`);
  const served = await serve(giver, manifest);
  expect(await served.listTools()).toContain('weather-get-env');
  expect(await served.call('weather-get-env', { name: 'CITY' })).toBe('Oslo');
  expect(await served.call('weather-get-env', { name: 'SECRET_TOKEN' })).toBe('null');
  await served.stop();

  const exported = fileOf(giver, 'exported.yaml');
  run(giver, 'export', '-o', exported);
  run(giver, 'export', '--name', 'served');
  for (const reference of [exported, manifest, 'served']) {
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    run(taker, 'import', reference, '--yes');
    expect(await readings(await start(taker), ['weather'])).toEqual(['Oslo', 'null']);
    // The description says under which name it was exported; the rest is as Wassette wrote it.
    const policy = (host: TestHost) =>
      host
        .files()
        ['weather.policy.yaml']!.toString()
        .replace(/(?<=policy for ).*/, '');
    expect(policy(taker)).toBe(policy(giver));
  }
  const again = await serve(makeHost(), exported);
  expect(await again.listTools()).toContain('weather-get-env');
  expect(await again.call('weather-get-env', { name: 'CITY' })).toBe('Oslo');
  expect(await again.call('weather-get-env', { name: 'SECRET_TOKEN' })).toBe('null');
});

test('on a host that Wassette served from a manifest nothing is left to import from it, nor from our export of that host', async () => {
  const host = makeHost();
  const entries = (key: string, ...values: string[]) =>
    `[${values.map((value) => `{ ${key}: ${value} }`).join(', ')}]`;
  const network = `network: { allow: ${entries('host', 'b.example', 'a.example', 'b.example')} }`;
  const environment = `environment: { allow: ${entries('key', 'TIMEOUT', 'API_KEY')} }`;
  const small = (id: string, permissions: string, name = '') => {
    writeFileSync(fileOf(host, `${id}.wasm`), componentBytes(id));
    return `  - uri: file://${fileOf(host, `${id}.wasm`)}\n${name}    permissions: ${permissions}\n`;
  };
  const components = [
    small('weather', `{ ${network}, ${environment} }`, '    name: weather-service\n'),
    small('notes', '{ environment: { allow: [{ key: NO_VARIABLE= }] } }'),
  ];
  const manifest = fileOf(host, 'written.yaml', `version: 1\ncomponents:\n${components.join('')}`);
  await (await serve(host, manifest)).stop();
  const before = host.files();
  const exported = fileOf(host, 'exported.yaml');
  run(host, 'export', '-o', exported);
  expect(readFileSync(exported, 'utf8')).toContain('name: "weather-service"');
  for (const file of [manifest, exported]) {
    const { steps } = await planImportState(await openSnapshot(file, host.locations), host.locations);
    expect(steps.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
  }
  expect(host.files()).toEqual(before);
});

test('a component that may nothing, or has no policy, is served from our manifest without any variable', async () => {
  const giver = makeHost();
  for (const [id, policy] of [
    ['open', undefined],
    ['quiet', policyText({})],
  ] as const) {
    const code = readFileSync(await probeComponent({ name: id }));
    giver.install(id, policy === undefined ? { code } : { code, policy });
  }
  const exported = fileOf(giver, 'exported.yaml');
  run(giver, 'export', '-o', exported);
  const served = await serve(makeHost(), exported);
  for (const tool of ['open-get-env', 'quiet-get-env']) {
    expect(await served.listTools()).toContain(tool);
    for (const name of ['CITY', 'SECRET_TOKEN']) expect(await served.call(tool, { name })).toBe('null');
  }
  const taker = makeHost();
  run(taker, 'import', exported, '--yes');
  expect(await readings(await start(taker), ['open', 'quiet'])).toEqual(Array(4).fill('null'));
});

test('empty permissions leave the policy as it is, in Wassette and in an import of ours', async () => {
  const fresh = await probeComponent({ name: 'fresh' });
  const manifest = (host: TestHost) =>
    fileOf(host, 'kept.yaml', `version: 1\ncomponents:\n  - uri: file://${fresh}\n    permissions: {}\n`);
  const hosts = [makeHost(), makeHost()] as const;
  for (const host of hosts) {
    host.install('fresh', {
      code: readFileSync(await probeComponent({ name: 'stale' })),
      policy: policyText({ environment: ['CITY'] }),
    });
  }
  const [theirs, ours] = hosts;
  const served = await serve(theirs, manifest(theirs));
  expect(await served.call('fresh-get-env', { name: 'CITY' })).toBe('Oslo');
  expect(await served.call('fresh-get-env', { name: 'SECRET_TOKEN' })).toBe('null');
  run(ours, 'import', manifest(ours), '--yes');
  expect(await readings(await start(ours), ['fresh'])).toEqual(['Oslo', 'null']);
  expect(ours.files()['fresh.policy.yaml']).toEqual(theirs.files()['fresh.policy.yaml']);
});

describe('Wassette is of one mind with us about a manifest with', () => {
  const count = { taken: 0, refused: 0 };
  for (const { title, text, expected, strictly } of DEPLOYMENT_TABLE) {
    if (strictly) continue;
    test(title, async () => {
      const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'manifest-')));
      onTestFinished(() => rmSync(root, { recursive: true, force: true }));
      const componentDir = path.join(root, 'components');
      mkdirSync(componentDir);
      writeFileSync(path.join(root, 'tool.wasm'), componentBytes('tool'));
      const manifest = path.join(root, 'manifest.yaml');
      writeFileSync(manifest, text.replaceAll(FOLDER, root));
      const serving = serveManifest(manifest, { componentDir, home: root });
      if ('refused' in expected) {
        count.refused += 1;
        await expect(serving).rejects.toThrow('Wassette 0.8.0 does not serve');
        return;
      }
      count.taken += 1;
      await (await serving).stop();
      const attached = () => readFileSync(path.join(componentDir, 'tool.policy.yaml'), 'utf8');
      if (expected.policy === null) expect(attached).toThrow(/ENOENT/);
      else expect(attached()).toBe(expected.policy);
    });
  }

  test('enough of each kind to prove something', () => {
    expect(count.taken).toBeGreaterThanOrEqual(35);
    expect(count.refused).toBeGreaterThanOrEqual(55);
  });
});
