// What an import with an overlay lets a component reach, as the real Wassette reads the policies that come of it.
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportState, importState } from '../../../src/index.ts';
import { FileProbe } from '../../fixtures/components/file-probe.ts';
import { makeHost } from '../../fixtures/host.ts';

const MARKER = 'which';

/** Ways to write that two directories may be read; the third is left out. */
const LAYOUTS: Record<string, (uris: readonly string[]) => string> = {
  'as Wassette writes it': (uris) =>
    `version: '1.0'\npermissions:\n  storage:\n    allow:\n${uris.map((uri) => `    - uri: ${uri}\n      access:\n      - read\n`).join('')}    deny: null\n  network: null\n`,
  'by hand, with comments and a wide indent': (uris) =>
    `# mine\nversion: "1.0"\npermissions:\n      storage:\n            allow:  # these\n${uris.map((uri) => `            # ${uri}\n                  -   access: [ read ]\n                      uri: "${uri}"  # one\n\n`).join('')}`,
  'with CR LF and single quotes': (uris) =>
    `version: "1.0"\r\npermissions:\r\n  storage:\r\n    allow:\r\n${uris.map((uri) => `      - uri: '${uri}'\r\n        access: [read]\r\n`).join('')}`,
  'with entries in braces, and no line end': (uris) =>
    `permissions:\n  storage:\n    allow:\n${uris.map((uri) => `    - {uri: "${uri}", access: [read]}`).join('\n')}\n  ipc: {}\nversion: "1.0"`,
};

describe.each(['0.8.0', '0.4.0'] as const)('an overlay, in Wassette %s', (version) => {
  let home: string;
  let probe: FileProbe;
  const at = (...names: string[]) => path.join(home, ...names);

  beforeAll(async () => {
    home = await realpath(await mkdtemp(path.join(tmpdir(), 'overlay-')));
    for (const directory of ['dev/in', 'dev/out', 'dev/tests', 'prod/in', 'prod/out', 'prod/tests']) {
      await mkdir(at(directory), { recursive: true });
      await writeFile(at(directory, MARKER), directory);
    }
    probe = await FileProbe.start(version, home);
  });
  afterAll(async () => {
    await probe?.stop();
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  it.each(Object.keys(LAYOUTS))(
    'gives the directories of this host, in a policy written %s',
    async (layout) => {
      const [dev, prod] = [makeHost(), makeHost()];
      const uris = ['in', 'out', 'tests'].map((name) => `fs://${at('dev', name)}`);
      const policy = LAYOUTS[layout]!(uris);
      await copyFile(
        path.join(probe.componentDir, 'file-probe.wasm'),
        path.join(dev.locations.componentDir, 'file-probe.wasm'),
      );
      await writeFile(path.join(dev.locations.componentDir, 'file-probe.policy.yaml'), policy);
      await probe.under(policy);
      expect((await probe.readFiles(MARKER))!.map(({ found }) => found).sort()).toEqual([
        'dev/in',
        'dev/out',
        'dev/tests',
      ]);

      await importState(await exportState(dev.locations), {
        ...prod.locations,
        mapDirs: [{ from: at('dev'), to: at('prod') }],
        without: [{ component_id: 'file-probe', entry: uris[2]! }],
        approval: 'all',
      });
      const written = path.join(prod.locations.componentDir, 'file-probe.policy.yaml');
      await probe.under(await readFile(written, 'utf8'));
      // The component knows each by its own path, so the arguments of its tools change, too: the plan says so.
      expect((await probe.readFiles(MARKER))!.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
        ['in', 'out'].map((name) => ({ path: at('prod', name), found: `prod/${name}` })),
      );
    },
  );
});
