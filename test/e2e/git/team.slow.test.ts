// A team's tools in git, with the real git and the real Wassette: two people grant something on branches of their own, git joins
// them, and one review brings both to a host.
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';
import { Repository } from '../../fixtures/system/repository.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

const FILE = 'team.wassette.json';
const ENVIRONMENT = { CITY: 'Oslo', COUNTRY: 'Norway', SECRET_TOKEN: 'must stay hidden' };

let repository: Repository;

async function startWassette(host: TestHost): Promise<LiveWassette> {
  const { componentDir, secretsDir } = host.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const wassette = await LiveWassette.start({
    version: '0.8.0',
    componentDir,
    secretsDir,
    env: ENVIRONMENT,
    home,
  });
  onTestFinished(() => wassette.stop());
  return wassette;
}

/** What a person has their own Wassette do, on a host that is as the repository says. */
async function onAHost(change: (wassette: LiveWassette) => Promise<unknown>): Promise<void> {
  const host = makeHost();
  if (existsSync(repository.at(FILE)))
    expect(repository.program('import', FILE, '--yes', ...host.flags).code).toBe(0);
  const wassette = await startWassette(host);
  await change(wassette);
  await wassette.stop();
  expect(repository.program('export', '-o', FILE, '--include-binaries', ...host.flags)).toMatchObject({
    code: 0,
  });
}

const granted = (wassette: LiveWassette, key: string) =>
  wassette.call('grant-environment-variable-permission', { component_id: 'weather', details: { key } });
/** With a policy: without one a component is not less than one that somebody restricts. */
const install = () =>
  onAHost(async (wassette) => {
    await wassette.call('load-component', { path: `file://${await probeComponent({ name: 'weather' })}` });
    await granted(wassette, 'LANG');
  });
const grant = (key: string) => () => onAHost((wassette) => granted(wassette, key));
const replace = () =>
  onAHost(async (wassette) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
    const newer = path.join(folder, 'weather.wasm');
    copyFileSync(await probeComponent({ name: 'storm' }), newer);
    await wassette.call('load-component', { path: `file://${newer}` });
  });

beforeEach(() => {
  repository = new Repository();
  repository.program('git', 'install');
});

describe('two people who change the tools of a team', () => {
  test('and grant different things are joined by git, and one review brings both to a host', async () => {
    await repository.twoBranches(install, grant('CITY'), grant('COUNTRY'));
    expect(repository.git('merge', 'theirs')).toMatchObject({ code: 0 });

    const host = makeHost();
    const planned = repository.program('import', FILE, '--dry-run', '--json', ...host.flags);
    const plan = JSON.parse(planned.stdout);
    const said = JSON.stringify(plan);
    for (const key of ['CITY', 'COUNTRY']) expect(said).toContain(key);
    const approving = ['import', FILE, '--approve', plan.plan_digest, ...host.flags];
    expect(repository.program(...approving)).toMatchObject({ code: 0 });

    const wassette = await startWassette(host);
    await wassette.waitForTools(['weather-get-env']);
    const read = async (name: string) => (await wassette.call('weather-get-env', { name })).text;
    expect(await read('CITY')).toBe('Oslo');
    expect(await read('COUNTRY')).toBe('Norway');
    expect(await read('SECRET_TOKEN')).toBe('null');
  });

  test('of whom one brings new code, and the other grants something to the code before, have to decide', async () => {
    await repository.twoBranches(install, grant('CITY'), replace);
    const merged = repository.git('merge', 'theirs');
    expect(merged.code).toBe(1);
    expect(merged.stderr).toContain('conflict: "weather" has new code by theirs');
    expect(merged.stderr).toContain('may read the environment variable "CITY"');
    const host = makeHost();
    expect(repository.program('import', FILE, '--yes', ...host.flags).code).toBe(3);
    expect(host.files()).toEqual({});
  });
});
