// The whole story against the real Wassette, old and new: permissions granted by its own tools, handed over through
// our two MCP servers, and in force on the other side.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Agent, approvalOf, PROGRAM } from '../../../examples/agent.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';

const ENVIRONMENT = { CITY: 'Oslo', SECRET_TOKEN: 'must stay hidden' };

async function startWassette(version: WassetteVersion, host: TestHost): Promise<LiveWassette> {
  const { componentDir, secretsDir } = host.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const wassette = await LiveWassette.start({ version, componentDir, secretsDir, env: ENVIRONMENT, home });
  onTestFinished(() => wassette.stop());
  return wassette;
}

async function startAgent(name: string, host: TestHost): Promise<Agent> {
  const cwd = path.dirname(host.locations.componentDir);
  const agent = await Agent.start(name, host.locations, cwd);
  onTestFinished(() => agent.stop());
  return agent;
}

/** A hands everything to B; returns what B's import said. */
async function handOver(a: Agent, b: Agent): Promise<{ status: string }> {
  const exported = await a.exportState();
  return b.importState(approvalOf(await b.importState(exported.next_step.arguments)));
}

async function read(wassette: LiveWassette, tool: string, name: string): Promise<string> {
  return (await wassette.call(tool, { name })).text;
}

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('a handoff between two Wassettes %s', (version) => {
  test('carries tools and the permissions that Wassette itself granted, and undo brings back what was there', async () => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    const weather = await startWassette(version, giver);
    await weather.call('load-component', { path: `file://${await probeComponent({ name: 'weather' })}` });
    await weather.call('grant-environment-variable-permission', {
      component_id: 'weather',
      details: { key: 'CITY' },
    });
    await weather.call('grant-network-permission', {
      component_id: 'weather',
      details: { host: 'api.example.com' },
    });
    await weather.stop();
    copyFileSync(
      await probeComponent({ name: 'notes' }),
      path.join(taker.locations.componentDir, 'notes.wasm'),
    );
    taker.install('notes', {
      code: readFileSync(await probeComponent({ name: 'notes' })),
      policy: policyText({}),
    });

    const a = await startAgent('a', giver);
    const b = await startAgent('b', taker);
    expect((await handOver(a, b)).status).toBe('applied');

    const after = await startWassette(version, taker);
    await after.waitForTools(['weather-get-env', 'notes-get-env']);
    expect(await read(after, 'weather-get-env', 'CITY')).toBe('Oslo');
    expect(await read(after, 'weather-get-env', 'SECRET_TOKEN')).toBe('null');
    await after.stop();
    expect(taker.files()['weather.policy.yaml']).toEqual(giver.files()['weather.policy.yaml']);

    execFileSync(process.execPath, [PROGRAM, 'undo', '--yes', ...taker.flags]);
    const undone = await startWassette(version, taker);
    await undone.waitForTools(['notes-get-env']);
    expect(await undone.listTools()).not.toContain('weather-get-env');
    expect(existsSync(path.join(taker.locations.componentDir, 'weather.wasm'))).toBe(false);
  });

  test('runs the new code, not the native code that was cached for the old', async () => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    giver.install('tool', {
      code: readFileSync(await probeComponent({ name: 'fresh' })),
      policy: policyText({}),
    });
    taker.install('tool', {
      code: readFileSync(await probeComponent({ name: 'stale' })),
      policy: policyText({}),
    });
    const before = await startWassette(version, taker);
    await before.waitForTools(['stale-add']);
    await before.stop();
    expect(taker.files()).toHaveProperty(['tool.cwasm']);

    await handOver(await startAgent('a', giver), await startAgent('b', taker));

    const after = await startWassette(version, taker);
    await after.waitForTools(['fresh-add']);
    expect(await after.listTools()).not.toContain('stale-add');
    expect((await after.call('fresh-add', { a: 2, b: 3 })).text).toBe('5');
  });

  test('that was killed half way shows a Wassette only whole components, and all of them after recovery', async () => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    const code = async (name: string) => readFileSync(await probeComponent({ name }));
    giver.install('tool', { code: await code('fresh'), policy: policyText({ environment: ['CITY'] }) });
    giver.install('more', { code: await code('more'), policy: policyText({}) });
    taker.install('tool', { code: await code('stale'), policy: policyText({}) });
    await (await startAgent('a', giver)).exportState({ name: 'tools' });
    const hook = fileURLToPath(new URL('../../fixtures/system/fs-hook.mjs', import.meta.url));
    const root = path.dirname(taker.locations.componentDir);
    const log = path.join(root, 'operations');
    const importing = (env: Record<string, string>) =>
      spawnSync(process.execPath, ['--import', hook, PROGRAM, 'import', 'tools', '--yes', ...taker.flags], {
        env: { ...process.env, FS_HOOK_ROOT: taker.locations.componentDir, ...env },
      });
    const before = taker.files();
    expect(importing({ FS_HOOK_LOG: log }).status).toBe(0); // how many operations there are
    const operations = readFileSync(log, 'utf8').trim().split('\n');
    execFileSync(process.execPath, [PROGRAM, 'undo', '--yes', ...taker.flags]);
    rmSync(path.join(taker.locations.componentDir, 'tool.metadata.json')); // derived, and not there before
    expect(taker.files()).toEqual(before);

    // Just before the second component's code gets its place.
    const isPlaced = (line: string) => /"rename".*components\/tool\.wasm"/.test(line);
    const placing = operations.findIndex(isPlaced) + 1;
    expect(placing).toBeGreaterThan(1);
    expect(importing({ FS_HOOK_KILL: String(placing) }).signal).toBe('SIGKILL');
    expect(taker.files()).not.toEqual(before);
    const early = await startWassette(version, taker);
    await early.waitForStart();
    for (const tool of await early.listTools()) {
      if (tool === 'fresh-get-env') expect(await read(early, tool, 'SECRET_TOKEN')).toBe('null');
    }
    await early.stop();

    execFileSync(process.execPath, [PROGRAM, 'recover', ...taker.flags]);
    expect(Object.keys(taker.files()).filter((name) => name.endsWith('.wasm'))).toEqual([
      'more.wasm',
      'tool.wasm',
    ]);
    const after = await startWassette(version, taker);
    await after.waitForStart();
    expect(await read(after, 'fresh-get-env', 'CITY')).toBe('Oslo');
    expect(await read(after, 'fresh-get-env', 'SECRET_TOKEN')).toBe('null');
    expect(await read(after, 'more-get-env', 'CITY')).toBe('null');
  });

  test('is refused while a Wassette runs on the target, and changes nothing', async () => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    giver.install('tool', {
      code: readFileSync(await probeComponent({ name: 'fresh' })),
      policy: policyText({}),
    });
    const b = await startAgent('b', taker);
    const exported = await (await startAgent('a', giver)).exportState();
    const planned = await b.importState(exported.next_step.arguments);
    await startWassette(version, taker);
    await expect(b.importState(approvalOf(planned))).rejects.toThrowError(/STORE_BUSY/);
    expect(taker.files()).not.toHaveProperty(['tool.wasm']);
  });
});

test('a policy whose secrets are stored on the target shows them in the plan before the new code sees them', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('tool', {
    code: readFileSync(await probeComponent({ name: 'fresh' })),
    policy: policyText({}),
  });
  taker.storeSecrets('tool', { API_KEY: 'stored here' });
  mkdirSync(path.join(path.dirname(taker.locations.componentDir), 'home'), { recursive: true });
  const exported = await (await startAgent('a', giver)).exportState();
  const b = await startAgent('b', taker);
  const planned = await b.importState(exported.next_step.arguments);
  expect(approvalOf(planned).accept).toContain('"tool" will see the secrets stored here: "API_KEY"');
  await b.importState(approvalOf(planned));
  const wassette = await startWassette('0.8.0', taker);
  await wassette.waitForTools(['fresh-get-env']);
  expect(await read(wassette, 'fresh-get-env', 'API_KEY')).toBe('stored here');
  expect(await read(wassette, 'fresh-get-env', 'CITY')).toBe('null');
});

test('a component without a policy is announced as seeing every variable, and does', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('open', { code: readFileSync(await probeComponent({ name: 'open' })) });
  writeFileSync(path.join(taker.locations.componentDir, 'open.policy.yaml'), policyText({})); // left behind by an older one
  const exported = await (await startAgent('a', giver)).exportState();
  const b = await startAgent('b', taker);
  const planned = await b.importState(exported.next_step.arguments);
  expect(approvalOf(planned).accept.join('\n')).toMatch(/"open" will run WITHOUT A POLICY/);
  await b.importState(approvalOf(planned));
  expect(taker.files()).not.toHaveProperty(['open.policy.yaml']);
  const wassette = await startWassette('0.8.0', taker);
  await wassette.waitForTools(['open-get-env']);
  expect(await read(wassette, 'open-get-env', 'SECRET_TOKEN')).toBe('must stay hidden');
});
