// The program as it is built imports a snapshot without code: it is fetched from where the snapshot says it is.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf } from '../../fixtures/document.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { pushImage, wasmLayer } from '../../fixtures/servers/component-images.ts';
import { MemoryRegistry } from '../../fixtures/servers/memory-registry.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function run(...args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
    child.stdin!.end();
  });
}

test('a registry on this machine is asked for it only where --allow-remote names that', async () => {
  const registry = await MemoryRegistry.start();
  pushImage(registry, 'team/tool', '1', [wasmLayer(componentBytes('tool'))]);
  const uri = `oci://${registry.address}/team`;
  const host = makeHost();
  const document = documentOf([{ id: 'tool', policy: policyText() }]);
  const components = document.components.map((each) => ({ ...each, source_uri: `${uri}/tool:1` }));
  const file = path.join(path.dirname(host.locations.componentDir), 'tools.json');
  writeFileSync(file, JSON.stringify({ ...document, components }));

  const refused = await run('import', file, '--yes', ...host.flags);
  expect(refused.output).toContain('or allow it with --allow-remote');
  expect(host.files()).toEqual({});
  expect(registry.asked).toEqual([]);

  const imported = await run('import', file, '--yes', '--allow-remote', uri, ...host.flags);
  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('Imported: 1 component') });
  expect(imported.output.replace(/\s+/g, ' ')).toContain(`"tool" from "${uri}/tool:1"`);
  expect(host.files()['tool.wasm']).toEqual(componentBytes('tool'));
});
