// Several windows on one directory, each with a real Wassette inside, and a terminal beside them.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const env = { CITY: 'Oslo', SECRET_TOKEN: 'must stay hidden' };

async function probe(name: string): Promise<Buffer> {
  return readFileSync(await probeComponent({ name }));
}

/** What a person runs beside the windows. */
async function inTerminal(host: TestHost, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args, ...host.flags], {
    cwd: path.dirname(host.locations.componentDir),
  });
  return stdout;
}

/** A snapshot of one component, in a file that any window on `host` may read. */
async function snapshotFor(host: TestHost, id: string, policy = policyText({ environment: ['CITY'] })) {
  const giver = makeHost();
  giver.install(id, { code: await probe(id), policy });
  const file = path.join(path.dirname(host.locations.componentDir), `${id}.json`);
  await inTerminal(giver, 'export', '--include-binaries', '-o', file);
  return file;
}

async function windowsOn(host: TestHost, versions: readonly WassetteVersion[]): Promise<WrappedAgent[]> {
  const windows: WrappedAgent[] = [];
  const flags = ['--allow-dir', path.dirname(host.locations.componentDir)];
  for (const version of versions) windows.push(await WrappedAgent.start(version, host, { env, flags }));
  return windows;
}

describe.each([
  ['two', ['0.8.0', '0.8.0']],
  ['five, of two versions,', ['0.8.0', '0.4.0', '0.8.0', '0.4.0', '0.8.0']],
] as const)('%s windows on one directory', (_, versions) => {
  test('all have what one imports, with that permission; and all have lost it when a terminal takes it back', async () => {
    const host = makeHost();
    const file = await snapshotFor(host, 'weather');
    const windows = await windowsOn(host, versions);
    for (const window of windows) expect(await window.tools()).not.toContain('weather-get-env');
    const imported = await windows[0]!.importState({ snapshot: file });
    expect(imported.text).toContain('Applied');
    for (const window of windows) {
      expect(await window.tools()).toContain('weather-get-env');
      expect(window.listChanges).toBeGreaterThan(0);
      expect((await window.call('weather-get-env', { name: 'CITY' })).text).toContain('Oslo');
      expect((await window.call('weather-get-env', { name: 'SECRET_TOKEN' })).text).not.toContain('hidden');
    }
    await inTerminal(host, 'undo', '--yes');
    for (const window of windows) {
      expect(await window.tools()).not.toContain('weather-get-env');
      expect((await window.call('weather-get-env', { name: 'CITY' })).text).not.toContain('Oslo');
    }
    expect(readdirSync(host.locations.componentDir).filter((name) => name.startsWith('weather'))).toEqual([]);
  });
});
