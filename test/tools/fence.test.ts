// The model chooses references; the operator fences them.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultAllowDirs } from '../../tools/server-options.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { type Connection, connect } from '../fixtures/mcp.ts';

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

const failing = (code: string) => expect.objectContaining({ code });

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
    ['in a remote place', () => 's3://bucket/x.json', 'USAGE_UNSUPPORTED_URI'],
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
    expect(structured.notes).toContainEqual(expect.stringContaining('named by a file of this machine'));
    const listed = await a.call('list_snapshot_components', { snapshot: file });
    expect(listed.structured).toMatchObject({ component_count: 1, created_at: null });
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
      expect.stringContaining('stays as it is'),
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

test('by default the working directory is allowed, unless that is everything the user has', () => {
  expect(defaultAllowDirs(allowed, outside)).toEqual([allowed]);
  expect(defaultAllowDirs('/', outside)).toEqual([]);
  expect(defaultAllowDirs(allowed, allowed)).toEqual([]);
});
