import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { exportStateTo, importState, listHost, openSnapshot, planImportState } from '../../../src/index.ts';
import { componentBytes, coreModuleBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { attached } from '../../fixtures/tables/deployment-table.ts';

const A = '{ environment: { allow: [{ key: A }] } }';
const POLICY = attached({ environment: '\n    allow:\n    - key: A\n' });

/** A host with a folder beside it that holds `tool.wasm`, and a way to write a manifest there. */
function workshop(host: TestHost = makeHost()) {
  const folder = path.join(path.dirname(host.locations.componentDir), 'files');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'tool.wasm'), componentBytes('tool'));
  const at = (name: string) => path.join(folder, name);
  return {
    host,
    at,
    /** Of components, each with its uri, its permissions and further lines. */
    manifest(...components: [uri: string, permissions: string, ...more: string[]][]) {
      const entries = components.map(([uri, permissions, ...more]) =>
        [`  - uri: ${uri}`, ...more, `permissions: ${permissions}`].join('\n    '),
      );
      const file = at('deployment.yaml');
      writeFileSync(file, `version: 1\ncomponents:\n${entries.join('\n')}\n`);
      return file;
    },
    open: (file: string) => openSnapshot(file, host.locations),
  };
}

const sayings = async (opening: ReturnType<typeof openSnapshot>, { locations }: TestHost) =>
  (await planImportState(await opening, locations)).sentences.map((sentence) => sentence.text);

describe('a manifest that is imported', () => {
  it('installs what its file uris name, under the policy that Wassette would attach', async () => {
    const { host, at, manifest, open } = workshop();
    const snapshot = await open(manifest([`file://${at('tool.wasm')}`, A]));
    expect(snapshot.document.components[0]).toMatchObject({
      component_id: 'tool',
      source_uri: `file://${at('tool.wasm')}`,
      artifact: { sha256: sha256Hex(componentBytes('tool')) },
    });
    expect(await snapshot.validate()).toBe(componentBytes('tool').length);
    await importState(snapshot, { ...host.locations, approval: 'all' });
    expect(host.files()).toEqual({
      'tool.wasm': componentBytes('tool'),
      'tool.policy.yaml': Buffer.from(POLICY),
    });
  });

  it('is refused with the line of the manifest where what it may not bring stands', async () => {
    const { host, at, manifest, open } = workshop();
    const folder = path.dirname(host.locations.componentDir);
    const file = manifest([
      `file://${at('tool.wasm')}`,
      `{ network: { allow: [{ host: a.example }, { host: 'user@b.example' }] } }`,
    ]);
    await expect(planImportState(await open(file), host.locations)).rejects.toMatchObject({
      code: 'POLICY_FORBIDDEN_GRANT',
      message: expect.stringMatching(/^component "tool": manifest line 4: .*"b.example"/),
      details: { line: 4 },
    });
    writeFileSync(
      file,
      [
        'version: 1',
        'components:',
        `  - uri: file://${at('tool.wasm')}`,
        '    permissions:',
        '      storage:',
        '        allow:',
        '          - uri: fs:///tmp/data',
        '            access: [read]',
        `          - uri: fs://${folder}`,
        '            access: [read]',
        '',
      ].join('\n'),
    );
    await expect(planImportState(await open(file), host.locations)).rejects.toMatchObject({
      code: 'POLICY_FORBIDDEN_GRANT',
      message: expect.stringMatching(/^component "tool": manifest line 9: /),
    });
  });

  it('is refused with the line of the directory, though a host before it is the same text', async () => {
    const { host, at, manifest, open } = workshop();
    const uri = `fs://${path.dirname(host.locations.componentDir)}`;
    const permissions = [
      '',
      '      network:',
      '        allow:',
      `          - host: ${uri}`,
      '      storage:',
      '        allow:',
      `          - uri: ${uri}`,
      '            access: [read]',
    ];
    const file = manifest([`file://${at('tool.wasm')}`, permissions.join('\n')]);
    const lines = readFileSync(file, 'utf8').split('\n');
    const line = lines.findIndex((each) => each.includes('- uri: fs://')) + 1;
    await expect(planImportState(await open(file), host.locations)).rejects.toMatchObject({
      code: 'POLICY_FORBIDDEN_GRANT',
      message: expect.stringMatching(
        new RegExp(`^component "tool": manifest line ${line}: the storage grant`),
      ),
    });
  });

  it('teaches where the code came from, which a snapshot of somebody else does not', async () => {
    const { host, at, manifest, open } = workshop();
    const uri = `file://${at('tool.wasm')}`;
    const snapshot = await open(manifest([uri, A]));
    await importState(snapshot, { ...host.locations, approval: 'all' });
    const sourceOn = async ({ locations }: TestHost) => (await listHost(locations)).components[0]!.source_uri;
    expect(await sourceOn(host)).toBe(uri);
    const file = at('said.json');
    await snapshot.saveToFile(file);
    const other = makeHost();
    await importState(await openSnapshot(file, other.locations), { ...other.locations, approval: 'all' });
    expect(await sourceOn(other)).toBeNull();
  });

  it('teaches nothing of other code that stays here under the same id', async () => {
    const { host, at, manifest, open } = workshop();
    host.install('tool', { code: 'another' });
    const snapshot = await open(manifest([`file://${at('tool.wasm')}`, A]));
    await importState(snapshot, { ...host.locations, approval: 'all', skipExisting: true });
    expect((await listHost(host.locations)).components[0]!.source_uri).toBeNull();
  });

  it('has the same digest whenever it is opened, so that what was reviewed is what is approved', async () => {
    const { host, at, manifest, open } = workshop();
    const file = manifest([`file://${at('tool.wasm')}`, A]);
    const { digest, nonce, sentences } = await planImportState(await open(file), host.locations);
    const approval = { approve: digest, accept: sentences.map((s) => s.text), nonce };
    writeFileSync(at('tool.wasm'), componentBytes('another'));
    await expect(importState(await open(file), { ...host.locations, approval })).rejects.toThrow(
      failing('CONFLICT_STALE_PLAN'),
    );
    writeFileSync(at('tool.wasm'), componentBytes('tool'));
    await importState(await open(file), { ...host.locations, approval });
  });

  it('takes no bytes that changed since they were reviewed', async () => {
    const { host, at, manifest, open } = workshop();
    const snapshot = await open(manifest([`file://${at('tool.wasm')}`, A]));
    writeFileSync(at('tool.wasm'), componentBytes('tooL'));
    await expect(importState(snapshot, { ...host.locations, approval: 'all' })).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
    expect(host.files()).toEqual({});
  });

  it('can be opened as a snapshot and saved as one, with what it leaves to the host', async () => {
    const { at, manifest, open } = workshop();
    const snapshot = await open(manifest([`file://${at('tool.wasm')}`, '{}']));
    await snapshot.saveToFile(at('tool.json'));
    const saved = await open(at('tool.json'));
    expect(saved.digest).toBe(snapshot.digest);
    expect(saved.document.components[0]?.keep_policy).toBe(true);
  });

  it('leaves the policy of the host as it is where its permissions are empty, and says what that means', async () => {
    const { host, at, manifest, open } = workshop();
    const file = manifest([`file://${at('tool.wasm')}`, '{}']);
    expect((await open(file)).notes).toEqual([expect.stringContaining('"tool": an import keeps the policy')]);
    expect(await sayings(open(file), host)).toContainEqual(
      expect.stringContaining('"tool" will run WITHOUT A POLICY'),
    );
    host.install('tool', { code: 'older', policy: policyText({ environment: ['B'] }) });
    expect(await sayings(open(file), host)).toEqual([
      expect.stringContaining('new code under its permissions'),
    ]);
    await importState(await open(file), { ...host.locations, approval: 'all' });
    expect(host.files()).toEqual({
      'tool.wasm': componentBytes('tool'),
      'tool.policy.yaml': Buffer.from(policyText({ environment: ['B'] })),
    });
  });

  it('follows links and gives the id of the name it was called by, as Wassette does', async () => {
    const { at, manifest, open } = workshop();
    symlinkSync('tool.wasm', at('linked.wasm'));
    const { document } = await open(manifest([`file://${at('linked.wasm')}`, A]));
    expect(document.components[0]?.component_id).toBe('linked');
  });
});

describe('a host in a manifest', () => {
  const allowing = (host: string) => `{ network: { allow: [{ host: ${JSON.stringify(host)} }] } }`;

  it('is what Wassette reaches by it', async () => {
    const { host, at, manifest, open } = workshop();
    const said = await sayings(
      open(manifest([`file://${at('tool.wasm')}`, allowing('https://A.example/')])),
      host,
    );
    expect(said.slice(1)).toEqual([
      '"tool" may reach "a.example" over https',
      '"tool" may look up any name in the DNS, which is a way out for data',
    ]);
  });

  it('is refused where it is not written as that, with the line of the manifest', async () => {
    const { host, at, manifest, open } = workshop();
    const snapshot = await open(manifest([`file://${at('tool.wasm')}`, allowing('2130706433')]));
    await expect(planImportState(snapshot, host.locations)).rejects.toThrow(
      'component "tool": manifest line 4: with the network host "2130706433" it would reach "127.0.0.1"',
    );
  });
});

describe('a digest in a manifest', () => {
  const right = `digest: sha256:${sha256Hex(componentBytes('tool'))}`;
  const wrong = `digest: sha256:${'0'.repeat(64)}`;

  it('is compared with the bytes of the file', async () => {
    const { at, manifest, open } = workshop();
    await open(manifest([`file://${at('tool.wasm')}`, A, right]));
    await expect(open(manifest([`file://${at('tool.wasm')}`, A, wrong]))).rejects.toThrow(
      failing('VERIFY_DIGEST_MISMATCH'),
    );
  });

  it('finds the bytes in the local store, when the file is gone and for a web address', async () => {
    const { host, at, manifest, open } = workshop();
    const giver = makeHost({ stateDir: host.locations.stateDir });
    giver.install('tool');
    await exportStateTo({}, giver.locations);
    rmSync(at('tool.wasm'));
    for (const uri of [`file://${at('tool.wasm')}`, 'https://user:hunter2@example.com/tool.wasm?token=x']) {
      const snapshot = await open(manifest([uri, A, right]));
      expect(snapshot.document.components[0]?.artifact.sha256).toBe(sha256Hex(componentBytes('tool')));
      expect(JSON.stringify([snapshot.document, snapshot.notes])).not.toMatch(/hunter2|token/);
      await snapshot.validate();
    }
  });

  it('finds nothing that is no component', async () => {
    const { host, manifest, open } = workshop();
    const giver = makeHost({ stateDir: host.locations.stateDir });
    giver.install('tool');
    const { digest } = await exportStateTo({}, giver.locations); // a blob of the store, too
    await expect(open(manifest(['https://example.com/x.wasm', A, `digest: ${digest}`]))).rejects.toThrow(
      failing('FORMAT_NOT_A_COMPONENT'),
    );
  });

  it('of an image is not taken for that of the code', async () => {
    const { host, manifest, open } = workshop();
    const giver = makeHost({ stateDir: host.locations.stateDir });
    giver.install('owner_tool', { code: 'tool' });
    const uri = 'oci://registry.example/owner/tool:1';
    await exportStateTo({}, { ...giver.locations, sources: { owner_tool: uri } });
    await expect(open(manifest([uri, A, right]))).rejects.toThrow(failing('USAGE_NOT_AVAILABLE'));
    const snapshot = await open(manifest([uri, '{}']));
    expect(snapshot.document.components[0]).toMatchObject({ component_id: 'owner_tool', source_uri: uri });
    expect(snapshot.notes.join('\n')).toMatch(/nothing was fetched[\s\S]*the image may include a policy/);

    const pinned = `oci://registry.example/owner/tool@sha256:${'a'.repeat(64)}`;
    await exportStateTo({}, { ...giver.locations, sources: { owner_tool: pinned } });
    await open(manifest([pinned, A, `digest: sha256:${'a'.repeat(64)}`]));
    await expect(open(manifest([pinned, A, `digest: sha256:${'b'.repeat(64)}`]))).rejects.toThrow(
      failing('USAGE_NOT_AVAILABLE'),
    );
  });
});

describe('a manifest is refused', () => {
  it('that would have to be fetched, with the names of the components and what to do', async () => {
    const { at, manifest, open } = workshop();
    const file = manifest(
      [`file://${at('tool.wasm')}`, A],
      ['https://user:hunter2@example.com/web.wasm?token=x', A],
      ['oci://registry.example/owner/image:1', A],
    );
    await expect(open(file)).rejects.toThrow(
      failing('USAGE_NOT_AVAILABLE', {
        message: expect.stringMatching(/"web" \(https:\/\/example.com\/web.wasm\), component "owner_image"/),
        hint: expect.stringContaining('file://'),
        details: { component_ids: ['web', 'owner_image'] },
      }),
    );
  });

  it.each([
    ['a core module', coreModuleBytes(), 'FORMAT_NOT_A_COMPONENT'],
    ['half a component', componentBytes('tool').subarray(0, -1), 'FORMAT_NOT_A_COMPONENT'],
    ['nothing', Buffer.alloc(0), 'FORMAT_NOT_A_COMPONENT'],
    ['no file', null, 'STORE_NOT_FOUND'],
  ])('that names %s as code', async (_what, bytes, expected) => {
    const { at, manifest, open } = workshop();
    rmSync(at('tool.wasm'));
    if (bytes !== null) writeFileSync(at('tool.wasm'), bytes);
    await expect(open(manifest([`file://${at('tool.wasm')}`, A]))).rejects.toThrow(failing(expected));
  });

  it('that names a folder as code, or is one', async () => {
    const { at, manifest, open } = workshop();
    mkdirSync(at('folder.wasm'));
    await expect(open(manifest([`file://${at('folder.wasm')}`, A]))).rejects.toThrow(
      failing('STORE_UNSAFE_FILE'),
    );
    mkdirSync(at('folder.yaml'));
    await expect(open(at('folder.yaml'))).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });

  it('whose ids differ only in case, or share one secrets file', async () => {
    const { at, manifest, open } = workshop();
    for (const name of ['Tool', 'a_b', 'a__b']) writeFileSync(at(`${name}.wasm`), componentBytes(name));
    for (const [a, b] of [
      ['tool', 'Tool'],
      ['a_b', 'a__b'],
    ]) {
      const file = manifest([`file://${at(`${a}.wasm`)}`, A], [`file://${at(`${b}.wasm`)}`, A]);
      await expect(open(file)).rejects.toThrow(failing('FORMAT_INVALID_ID'));
    }
  });
});
