// `wassette-state doctor` beside real Wassettes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { serveWassette } from '../../fixtures/wassette/served-wassette.ts';
import { LiveWassette, type WassetteVersion, wassetteBinary } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

async function doctor(host: TestHost, version: WassetteVersion, ...flags: string[]) {
  const wassette = await wassetteBinary(version);
  const args = [PROGRAM, 'doctor', '--json', '--wassette', wassette, ...host.flags, ...flags];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, found: JSON.parse(stdout) };
}

async function installed(): Promise<TestHost> {
  const host = makeHost();
  host.install('probe', { code: readFileSync(await probeComponent()), policy: policyText({}) });
  return host;
}

describe('doctor', () => {
  it.each([
    ['0.8.0', []],
    ['0.4.0', ['GHSA-vqjp-4c8c-hfgg']],
  ] as const)('finds Wassette %s and what is published about its sandbox', async (version, advisories) => {
    const { status, found } = await doctor(await installed(), version);
    expect(status).toBe(0);
    expect(found).toMatchObject({ works: true, components: 1, problems: [], wassette: { version } });
    expect(found.advisories.map(({ id }: { id: string }) => id)).toEqual(advisories);
  });

  it('names a running Wassette that nobody can tell, and no longer when that one has ended', async () => {
    const host = await installed();
    const { componentDir, secretsDir } = host.locations;
    const home = path.join(path.dirname(componentDir), 'home');
    const running = await LiveWassette.start({ version: '0.8.0', componentDir, secretsDir, home });
    onTestFinished(() => running.stop());
    const busy = await doctor(host, '0.8.0');
    expect(busy).toMatchObject({
      status: 1,
      found: { works: false, running: [{ pid: running.pid }], problems: [{ code: 'STORE_BUSY' }] },
    });
    await running.stop();
    expect(await doctor(host, '0.8.0')).toMatchObject({ status: 0, found: { running: [] } });
  });

  it('shows a window that is told what changes, what its agent may not do, and the holes of its Wassette', async () => {
    const host = await installed();
    const window = await WrappedAgent.start('0.4.0', host, { flags: ['--never-widen'] });
    await window.tools();
    expect(await doctor(host, '0.8.0')).toMatchObject({
      status: 0,
      found: {
        works: true,
        windows: [{ pid: window.pid, wassette_version: '0.4.0', read_only: false, never_widen: true }],
        advisories: [{ id: 'GHSA-vqjp-4c8c-hfgg' }],
        problems: [],
      },
    });
  });

  it('asks the Wassette at an address whether it serves these components', async () => {
    const host = await installed();
    const other = await installed();
    other.install('more', { code: readFileSync(await probeComponent({ name: 'more' })) });
    const urlOf = async ({ locations: { componentDir, secretsDir } }: TestHost) => {
      const home = path.join(path.dirname(componentDir), 'home');
      const { url } = await serveWassette({ version: '0.8.0', componentDir, secretsDir, home });
      return `${url}/mcp`;
    };
    const served = await doctor(host, '0.8.0', '--wassette-url', await urlOf(host));
    expect(served).toMatchObject({ status: 0, found: { works: true, problems: [] } });
    const elsewhere = await doctor(other, '0.8.0', '--wassette-url', await urlOf(host));
    expect(elsewhere).toMatchObject({ status: 1, found: { problems: [{ code: 'STORE_OTHER_HOST' }] } });
    const nobody = await doctor(other, '0.8.0', '--wassette-url', 'http://127.0.0.1:9/mcp');
    expect(nobody).toMatchObject({ status: 1, found: { problems: [{ code: 'STORE_UNREACHABLE' }] } });
  });
});
