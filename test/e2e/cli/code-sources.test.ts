// The program as it is built imports a snapshot without code: it is fetched from where the snapshot says it is.
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { pushImage, startRegistry, wasmLayer } from '../../fixtures/servers/registries/component-images.ts';
import { textWithout } from '../../fixtures/snapshot-without-code.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function started(args: readonly string[]) {
  let done = (_run: { code: number; output: string }) => {};
  const ended = new Promise<{ code: number; output: string }>((resolve) => {
    done = resolve;
  });
  const child = execFile(process.execPath, [PROGRAM, ...args], (_error, stdout, stderr) =>
    done({ code: child.exitCode ?? -1, output: stdout + stderr }),
  );
  child.stdin!.end();
  return { child, ended };
}

const run = (...args: readonly string[]) => started(args).ended;

/** A registry with these components, and a file of a snapshot that names them there. */
async function scene(...ids: string[]) {
  const { registry, uri } = await startRegistry();
  for (const id of ids) pushImage(registry, `team/${id}`, '1', [wasmLayer(componentBytes(id))]);
  const host = makeHost();
  const file = path.join(path.dirname(host.locations.componentDir), 'tools.json');
  writeFileSync(file, textWithout(...ids.map((id) => ({ id, policy: policyText(), uri: `${uri}/${id}:1` }))));
  return { registry, uri, host, file };
}

function storedAs(host: TestHost, id: string): string {
  return path.join(host.locations.stateDir, 'snapshots', 'blobs', 'sha256', sha256Hex(componentBytes(id)));
}

test('a registry on this machine is asked for it only where --allow-remote names that', async () => {
  const { registry, uri, host, file } = await scene('tool');
  const refused = await run('import', file, '--yes', ...host.flags);
  expect(refused.output).toContain('or allow it with --allow-remote');
  expect(host.files()).toEqual({});
  expect(registry.asked).toEqual([]);

  const imported = await run('import', file, '--yes', '--allow-remote', uri, ...host.flags);
  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('Imported: 1 component') });
  expect(imported.output.replace(/\s+/g, ' ')).toContain(`"tool" from "${uri}/tool:1"`);
  expect(host.files()['tool.wasm']).toEqual(componentBytes('tool'));
  const log = await run('log', ...host.flagsFor('log'));
  expect(log.output.replace(/\s+/g, ' ')).toContain(`fetch done from "${uri}/tool:1"`);
});

test('an import that was killed while it fetched code goes on: only what it had not yet is asked for', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const { registry, uri, host, file } = await scene(...ids);
  const last = sha256Hex(componentBytes('d'));
  const blobs = () => registry.asked.filter(({ path: asked }) => asked.includes('/blobs/'));
  registry.habits = { intercept: ({ path: asked }) => asked.endsWith(last) };
  const importing = ['import', file, '--yes', '--allow-remote', uri, ...host.flags];
  const { child, ended } = started(importing);
  const others = ids.slice(0, 3).map((id) => storedAs(host, id));
  while (!others.every((blob) => existsSync(blob)) && child.exitCode === null) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  expect(host.files()).toEqual({});
  expect(existsSync(storedAs(host, 'd'))).toBe(false);

  registry.habits = {};
  registry.asked.length = 0;
  const imported = await run(...importing);
  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('Imported: 4 components') });
  expect(blobs().map(({ path: asked }) => asked)).toEqual([expect.stringContaining(last)]);
  expect(ids.map((id) => host.files()[`${id}.wasm`])).toEqual(ids.map(componentBytes));
});
