// The model chooses references; the operator fences them.

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { chosenAllowDirs, defaultAllowDirs } from '../../../tools/mcp/server-options.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { type Connection, connect } from '../../fixtures/servers/mcp.ts';

let host: TestHost;
let allowed: string;
let outside: string;
let a: Connection;

beforeEach(async () => {
  host = makeHost();
  host.install('tool', { policy: policyText({}) });
  const root = path.dirname(host.locations.componentDir);
  allowed = path.join(root, 'allowed');
  outside = path.join(root, 'outside');
  for (const dir of [allowed, outside]) mkdirSync(dir);
  a = await connect(host, { allowDirs: [allowed, root.concat('/components')] });
});

test('a file below an allowed directory can be written and read', async () => {
  const file = path.join(allowed, 'state.json');
  const { structured } = await a.call('export_state', { destination: file, include_binaries: true });
  expect(structured.snapshot).toBe(file);
  expect((await a.call('list_snapshot_components', { snapshot: file })).structured.component_count).toBe(1);
  expect(
    (await a.call('export_state', { destination: `file://${file}`, include_binaries: true })).structured
      .changed,
  ).toBe(false);
});

describe('a destination is refused, and nothing is written,', () => {
  test.each<[string, () => string, string]>([
    ['outside', () => path.join(outside, 'x.json'), 'POLICY_OUTSIDE_FENCE'],
    ['outside by ..', () => `${allowed}/../outside/x.json`, 'POLICY_OUTSIDE_FENCE'],
    [
      'outside by a linked folder',
      () => {
        symlinkSync(outside, path.join(allowed, 'link'));
        return path.join(allowed, 'link', 'x.json');
      },
      'POLICY_OUTSIDE_FENCE',
    ],
    [
      'outside by a linked file',
      () => {
        writeFileSync(path.join(outside, 'x.json'), '{}');
        symlinkSync(path.join(outside, 'x.json'), path.join(allowed, 'x.json'));
        return path.join(allowed, 'x.json');
      },
      'STORE_UNSAFE_FILE',
    ],
    ['with a host in its URL', () => `file://server${allowed}/x.json`, 'USAGE_UNSUPPORTED_URI'],
    ['with a NUL', () => `${allowed}/x\0.json`, 'USAGE_BAD_ARGUMENT'],
    ['of another kind', () => path.join(allowed, 'x.txt'), 'USAGE_UNSUPPORTED_URI'],
    ['on another machine', () => 's3://bucket/x', 'POLICY_OUTSIDE_FENCE'],
    [
      'inside the component directory, though it is allowed',
      () => path.join(host.locations.componentDir, 'x.json'),
      'POLICY_OUTSIDE_FENCE',
    ],
    [
      "on a component's metadata",
      () => path.join(host.locations.componentDir, 'tool.metadata.json'),
      'POLICY_OUTSIDE_FENCE',
    ],
  ])('%s', async (_title, destination, code) => {
    const before = host.files();
    await expect(a.call('export_state', { destination: destination() })).rejects.toEqual(failing(code));
    expect(host.files()).toEqual(before);
    for (const name of readdirSync(outside))
      expect(readFileSync(path.join(outside, name), 'utf8')).toBe('{}');
  });

  test('on top of a file that is not a snapshot, which is not quoted either', async () => {
    const file = path.join(allowed, 'package.json');
    writeFileSync(file, '{ "name": "secret-project" }');
    const failure = a.call('export_state', { destination: file });
    await expect(failure).rejects.toEqual(failing('STORE_EXISTS'));
    await failure.catch((error) => expect(JSON.stringify(error)).not.toContain('secret-project'));
    expect(readFileSync(file, 'utf8')).toBe('{ "name": "secret-project" }');
  });
});

test('reading is fenced too, and a file that is not a snapshot is never quoted', async () => {
  const secret = path.join(outside, 'secret.json');
  writeFileSync(secret, '{ "password": "hunter2" }');
  for (const tool of ['import_state', 'list_snapshot_components']) {
    await expect(a.call(tool, { snapshot: secret })).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  }
  const inside = path.join(allowed, 'secret.json');
  writeFileSync(inside, '{ "password": "hunter2" }');
  const failure = a.call('list_snapshot_components', { snapshot: inside });
  await failure.catch((error) => expect(JSON.stringify(error)).not.toContain('hunter2'));
  await expect(failure).rejects.toEqual(failing('FORMAT_UNSUPPORTED_VERSION'));
});

test('a place on another machine is reached only where the operator allows one that it is below', async () => {
  const b = await connect(host, { allowRemote: ['oci://127.0.0.1:1/team', 's3://bucket'] });
  for (const [snapshot, code] of [
    ['oci://127.0.0.1:1/teams/tools', 'POLICY_OUTSIDE_FENCE'],
    ['oci://127.0.0.1:2/team/tools', 'POLICY_OUTSIDE_FENCE'],
    ['oci://127.0.0.1:1/team/../tools', 'USAGE_BAD_ARGUMENT'],
    ['gs://bucket/tools', 'POLICY_OUTSIDE_FENCE'],
    ['https://127.0.0.1:1/team/tools.json?token=hunter2', 'POLICY_OUTSIDE_FENCE'],
    ['oci://127.0.0.1:1/team/tools', 'STORE_UNREACHABLE'],
  ] as const) {
    for (const tool of ['import_state', 'list_snapshot_components']) {
      const failure = b.call(tool, { snapshot });
      await expect(failure).rejects.toEqual(failing(code));
      await failure.catch((error) => expect(JSON.stringify(error)).not.toContain('hunter2'));
    }
  }
});

describe('a manifest', () => {
  const write = (file: string, code: string) =>
    writeFileSync(
      file,
      `version: 1\ncomponents:\n  - uri: file://${code}\n    permissions: { environment: { allow: [{ key: A }] } }\n`,
    );

  test('is written and read within the fence, and may name code of this host and of allowed directories', async () => {
    const file = path.join(allowed, 'deployment.yaml');
    const { structured } = await a.call('export_state', { destination: file });
    expect(structured).toMatchObject({ snapshot: file, carries_binaries: false });
    expect(structured.notes).toContainEqual(expect.stringContaining('refers to a file on this machine'));
    const listed = await a.call('list_snapshot_components', { snapshot: file });
    expect(listed.structured).toMatchObject({ component_count: 1, created_at: undefined });
    expect((await a.call('import_state', { snapshot: file })).structured.status).toBe('planned');
    writeFileSync(
      path.join(allowed, 'other.wasm'),
      readFileSync(path.join(host.locations.componentDir, 'tool.wasm')),
    );
    write(file, path.join(allowed, 'other.wasm'));
    const planned = await a.call('import_state', { snapshot: file });
    expect(planned.structured.steps).toEqual([
      expect.objectContaining({ component_id: 'other', action: 'add' }),
    ]);
  });

  test('says in the warnings of a plan what Wassette would not do', async () => {
    const file = path.join(allowed, 'deployment.yaml');
    const code = path.join(host.locations.componentDir, 'tool.wasm');
    writeFileSync(
      file,
      `version: 1\ncomponents:\n  - uri: file://${code}\n    permissions: { resources: { memory_bytes: 1 } }\n`,
    );
    const { structured } = await a.call('import_state', { snapshot: file });
    expect(structured.warnings).toEqual([
      expect.stringContaining('does not apply the limits'),
      expect.stringContaining('keeps the policy that its host has'),
    ]);
  });

  test.each([
    ['outside', () => path.join(outside, 'secret.wasm')],
    ['outside by ..', () => `${allowed}/../outside/secret.wasm`],
    [
      'outside by a link',
      () => {
        symlinkSync(path.join(outside, 'secret.wasm'), path.join(allowed, 'link.wasm'));
        return path.join(allowed, 'link.wasm');
      },
    ],
    ['that is not there', () => path.join(outside, 'none.wasm')],
  ])('may not name code %s', async (_title, code) => {
    writeFileSync(path.join(outside, 'secret.wasm'), 'secret');
    const file = path.join(allowed, 'deployment.yaml');
    write(file, code());
    for (const tool of ['import_state', 'list_snapshot_components'])
      await expect(a.call(tool, { snapshot: file })).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  });

  test('outside is neither read nor written', async () => {
    const file = path.join(outside, 'deployment.yaml');
    await expect(a.call('export_state', { destination: file })).rejects.toEqual(
      failing('POLICY_OUTSIDE_FENCE'),
    );
    write(file, path.join(host.locations.componentDir, 'tool.wasm'));
    await expect(a.call('import_state', { snapshot: file })).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  });
});

describe('by default', () => {
  test('the working directory is allowed', () => {
    expect(defaultAllowDirs(allowed, [outside])).toEqual([allowed]);
    expect(defaultAllowDirs(allowed, [`${allowed}-too`])).toEqual([allowed]);
    expect(defaultAllowDirs(path.join(allowed, '..', 'allowed'), [outside])).toEqual([allowed]);
  });

  test.each<[string, () => [string, string[]]]>([
    ['the root', () => ['/', [outside]]],
    ['the root, which is the home', () => ['/', ['/']]],
    ['the home directory', () => [allowed, [allowed]]],
    ['a parent of the home directory', () => [allowed, [path.join(allowed, 'users', 'me')]]],
    ['the parent of a second home', () => [allowed, [outside, path.join(allowed, 'me')]]],
    [
      'the home by a link',
      () => {
        symlinkSync(allowed, path.join(outside, 'home'));
        return [allowed, [path.join(outside, 'home')]];
      },
    ],
    [
      'a link to a parent of the home',
      () => {
        symlinkSync(allowed, path.join(outside, 'all'));
        return [path.join(outside, 'all'), [path.join(allowed, 'me')]];
      },
    ],
  ])('nothing is allowed where the working directory is %s', (_title, args) => {
    expect(defaultAllowDirs(...args())).toEqual([]);
  });
});

describe('the operator allows', () => {
  test('a directory that is there, by its real path', () => {
    symlinkSync(allowed, path.join(outside, 'link'));
    expect(chosenAllowDirs([path.join(outside, 'link')])).toEqual([allowed]);
  });

  test.each([
    ['that does not exist', () => path.join(allowed, 'missing')],
    ['whose link leads nowhere', () => path.join(allowed, 'dangling')],
    ['that is a file', () => path.join(allowed, 'file')],
    ['below a file', () => path.join(allowed, 'file', 'x')],
    ['that is empty', () => ''],
  ])('no directory %s', (_title, directory) => {
    writeFileSync(path.join(allowed, 'file'), '');
    symlinkSync(path.join(allowed, 'missing'), path.join(allowed, 'dangling'));
    expect(() => chosenAllowDirs([directory()])).toThrow(failing('USAGE_BAD_ARGUMENT'));
  });
});

describe('below an allowed directory', () => {
  test('a link to a folder that is inside, too, is followed', async () => {
    mkdirSync(path.join(allowed, 'v2'));
    symlinkSync('v2', path.join(allowed, 'current'));
    const file = path.join(allowed, 'current', 'state.json');
    const { structured } = await a.call('export_state', { destination: file, include_binaries: true });
    expect(structured.snapshot).toBe(path.join(allowed, 'v2', 'state.json'));
    expect((await a.call('list_snapshot_components', { snapshot: file })).structured.component_count).toBe(1);
  });

  test('a folder that is missing is said to be missing', async () => {
    const file = path.join(allowed, 'missing', 'state.json');
    for (const args of [{ destination: file }, { destination: file.replace('json', 'yaml') }])
      await expect(a.call('export_state', args)).rejects.toEqual(failing('STORE_NOT_FOUND'));
    await expect(a.call('import_state', { snapshot: file })).rejects.toEqual(failing('STORE_NOT_FOUND'));
  });

  test('a file with a second name outside is replaced under its own name only', async () => {
    const inside = path.join(allowed, 'state.json');
    await a.call('export_state', { destination: inside });
    const before = readFileSync(inside, 'utf8');
    linkSync(inside, path.join(outside, 'twin.json'));
    host.install('more', {});
    await a.call('export_state', { destination: inside });
    expect(readFileSync(inside, 'utf8')).not.toBe(before);
    expect(readFileSync(path.join(outside, 'twin.json'), 'utf8')).toBe(before);
  });

  test.each<[string, (file: string) => void]>([
    ['a pipe', (file) => execFileSync('mkfifo', [file])],
    ['a socket', listenAt],
    ['a folder', (file) => mkdirSync(file)],
    ['a link to a device', (file) => symlinkSync('/dev/zero', file)],
    ['a link to nothing', (file) => symlinkSync(path.join(outside, 'none.json'), file)],
  ])(
    '%s in the place of a file is neither read nor replaced, and nothing waits for it',
    async (_title, make) => {
      for (const ending of ['json', 'yaml']) {
        const file = path.join(allowed, `x.${ending}`);
        make(file);
        const refused = failing('STORE_UNSAFE_FILE');
        await expect(a.call('export_state', { destination: file })).rejects.toEqual(refused);
        await expect(a.call('import_state', { snapshot: file })).rejects.toEqual(refused);
        await expect(a.call('list_snapshot_components', { snapshot: file })).rejects.toEqual(refused);
      }
      expect(readdirSync(outside)).toEqual([]);
    },
  );
});

/** A socket as a file, for as long as the test runs. */
function listenAt(file: string): void {
  const server = createServer().listen(file);
  onTestFinished(() => void server.close());
}
