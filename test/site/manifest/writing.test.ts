import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { exportStateTo, importState, openSnapshot } from '../../../src/index.ts';
import { readDeploymentFile } from '../../../src/places/deployment-file.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';

const shaOf = (payload: string) => sha256Hex(componentBytes(payload));

function workshop() {
  const host = makeHost();
  const root = path.dirname(host.locations.componentDir);
  const file = path.join(root, 'deployment.yaml');
  return {
    ...host,
    root,
    file,
    text: () => readFileSync(file, 'utf8'),
    write: (options: object = {}) => exportStateTo({ file }, { ...host.locations, ...options }),
  };
}

describe('an export to a .yaml file', () => {
  it('writes a manifest that names the code in the component directory, and its digest', async () => {
    const { install, write, text, file, locations } = workshop();
    install('probe', { policy: policyText({ environment: ['CITY'], network: ['api.example.com'] }) });
    const { reference, changed, carriesBinaries, notes } = await write();
    expect({ reference, changed, carriesBinaries }).toEqual({
      reference: file,
      changed: true,
      carriesBinaries: false,
    });
    expect(text()).toBe(`version: 1
components:
  - uri: "file://${locations.componentDir}/probe.wasm"
    name: "probe"
    digest: sha256:${shaOf('probe')}
    permissions:
      network:
        allow:
          - host: "api.example.com"
      environment:
        allow:
          - key: "CITY"
`);
    expect(notes).toEqual([
      '"probe": refers to a file on this machine: the manifest works only where that file is',
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('says what its reader gets, which an import brings', async () => {
    const { install, write, file, locations } = workshop();
    install('probe', { policy: policyText({ environment: ['CITY'] }) });
    install('quiet', { policy: policyText() });
    const written = await write();
    const opened = await openSnapshot(file, locations);
    expect(opened.digest).toBe(written.digest);
    expect(opened.document).toEqual(written.document);
    const target = makeHost();
    await importState(await openSnapshot(file, target.locations), { ...target.locations, approval: 'all' });
    expect((await exportStateTo({}, target.locations)).document.state_digest).toBe(
      written.document.state_digest,
    );
  });

  it('leaves a manifest that says the same alone, with its comments, and replaces another', async () => {
    const { install, write, text, file } = workshop();
    install('probe', { policy: policyText({ environment: ['CITY'] }) });
    await write();
    writeFileSync(file, `# ours\n${text().replaceAll('"', "'")}`);
    const mine = text();
    expect((await write()).changed).toBe(false);
    expect(text()).toBe(mine);
    install('probe', { policy: policyText({ environment: ['TOWN'] }) });
    expect((await write()).changed).toBe(true);
    expect(text()).toContain('"TOWN"');
  });

  it.each([
    ['another YAML file', 'services: { web: { password: hunter2 } }\n'],
    ['a broken manifest', 'version: 1\ncomponents: [\n'],
    ['a manifest of another version', 'version: 2\ncomponents: [{ uri: file:///a.wasm, permissions: {} }]\n'],
    ['an empty file', ''],
  ])('never replaces %s, and does not quote it', async (_what, there) => {
    const { install, write, text, file } = workshop();
    install('probe');
    writeFileSync(file, there);
    const failure = await write().catch((error) => error);
    expect(failure).toEqual(failing('STORE_EXISTS'));
    expect(JSON.stringify(failure)).not.toContain('hunter2');
    expect(text()).toBe(there);
  });

  it('is refused with what a manifest has no place for, without components, and where rights are decided', async () => {
    const { install, write, file, locations } = workshop();
    await expect(write()).rejects.toThrow(failing('STORE_NOT_FOUND'));
    await expect(write({ allowEmpty: true })).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    install('probe');
    for (const asked of [
      { includeBinaries: true },
      { metadata: { description: 'x' } },
      { metadata: { tags: { a: 'b' } } },
    ])
      await expect(write(asked)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    await expect(exportStateTo({ file, name: 'x' }, locations)).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
    const inside = path.join(locations.componentDir, 'x.yaml');
    await expect(exportStateTo({ file: inside }, locations)).rejects.toThrow(failing('POLICY_OUTSIDE_FENCE'));
    expect(existsSync(file)).toBe(false);
  });
});

describe('what a manifest cannot say', () => {
  it('is told, for each component', async () => {
    const { install, storeSecrets, write, text } = workshop();
    install('rich', {
      policy: `version: "1.0"
$schema: x
mine: 1
permissions:
  network: { allow: [{ host: a.b }, { cidr: 10.0.0.0/8 }], deny: [{ host: c.d }] }
  storage: { allow: [{ uri: "fs:///data", access: [read] }, { uri: "s3://x", access: [read] }] }
  runtime: { docker: { security: { privileged: true } } }
  resources: { limits: { memory: 512Mi, cpu: 500m } }
  ipc: { allow: [{ uri: x, typo: 1 }] }
`,
    });
    storeSecrets('rich', { TOKEN: 'hunter2' });
    const { notes } = await write();
    expect(notes.map((note) => note.replace(/^"rich": /, ''))).toEqual([
      'refers to a file on this machine: the manifest works only where that file is',
      'needs the secrets "TOKEN": store them where it runs',
      'left out: deny entries (Wassette does not enforce them)',
      'left out: cidr entries (they reach nothing, but allow DNS look-ups)',
      'left out: storage that is not fs://',
      'left out: ipc entries (Wassette does not enforce them)',
      'left out: runtime settings (Wassette does not enforce them)',
      'left out: cpu and io limits (Wassette does not enforce them)',
      'the memory limit is in the manifest, but Wassette 0.8 does not apply it: the component will run without one',
      'left out: keys of its policy that Wassette ignores ("mine", "typo")',
    ]);
    expect(text()).toContain('memory_bytes: 536870912');
    expect(text()).not.toMatch(/cidr|c\.d|s3:|hunter2/);
  });

  it.each([
    ['that nothing is allowed', policyText(), 'is allowed nothing'],
    ['that there is no policy', undefined, 'has no policy here'],
  ])('%s becomes a grant of nothing: empty permissions could mean more', async (_what, policy, note) => {
    const { install, write, text, file, locations } = workshop();
    install('probe', policy === undefined ? {} : { policy });
    expect((await write()).notes[1]).toContain(note);
    expect(text()).toContain('- key: "NO_VARIABLE="');
    expect(text()).not.toContain('permissions: {}');
    const { document } = await openSnapshot(file, locations);
    expect(document.components[0]?.policy?.content).toContain('- key: NO_VARIABLE=\n');
  });

  it.each([
    ['a name', 'Auto-generated policy for weather-service', 'weather-service'],
    ['no name', 'Auto-generated policy for component', null],
    ['an empty name', "'Auto-generated policy for '", ''],
    ['what its permission tools write', "'Auto-generated policy for component: probe'", 'probe'],
  ])(
    'the policy that Wassette made for %s is the same after a round trip, in its order',
    async (_what, description, name) => {
      const { install, write, file, locations } = workshop();
      const allow = 'allow:\n    - host: b.example\n    - host: a.example\n    deny: null';
      const policy = `version: '1.0'\ndescription: ${description}\npermissions:\n  storage:\n    allow:\n    - uri: fs://z\n      access:\n      - write\n      - read\n    - uri: fs://a\n      access:\n      - read\n    deny: null\n  network:\n    ${allow}\n  environment:\n    allow:\n    - key: B\n    - key: A\n  runtime: null\n  resources: null\n  ipc: null\n`;
      install('probe', { policy });
      expect((await write()).notes.filter((note) => note.includes('description'))).toEqual([]);
      const { document } = await openSnapshot(file, locations);
      const written = policy.replace(
        "'Auto-generated policy for component: probe'",
        'Auto-generated policy for probe',
      );
      expect(document.components[0]?.policy?.content).toBe(written);
      expect((await readDeploymentFile(file)).components[0]!.name).toBe(name);
    },
  );

  it('a description that somebody gave the policy is said to be left out', async () => {
    const { install, write, text } = workshop();
    install('probe', { policy: `description: By hand\n${policyText({ environment: ['A'] })}` });
    expect((await write()).notes).toContain('"probe": left out: the description of its policy');
    expect(text()).toContain('name: "probe"');
  });
});

describe('the uri in a manifest', () => {
  it('is where the code came from, if Wassette gives it the same id there', async () => {
    const { install, write, text } = workshop();
    for (const id of ['owner_tool', 'web', 'renamed'])
      install(id, { policy: policyText({ environment: ['A'] }) });
    const sources = {
      owner_tool: 'oci://registry.example/owner/tool:1',
      web: 'https://example.com/web.wasm',
      renamed: 'https://example.com/other.wasm',
    };
    const { notes } = await write({ sources });
    expect(text()).toContain(
      `  - uri: "oci://registry.example/owner/tool:1"\n    name: "owner_tool"\n    permissions:`,
    );
    expect(text()).toContain(
      `  - uri: "https://example.com/web.wasm"\n    name: "web"\n    digest: sha256:${shaOf('web')}\n`,
    );
    expect(text()).toContain('/components/renamed.wasm"');
    expect(notes).toContain(
      '"renamed": its source is not used: Wassette would install it from there under another id',
    );
    expect(notes).toContain(
      '"owner_tool", "web": refers to the URI it came from; Wassette 0.8 does not verify what it fetches',
    );
  });

  it('is the file it came from, as long as that holds the same code', async () => {
    const { install, write, text, root, locations } = workshop();
    mkdirSync(path.join(root, 'built'));
    const built = path.join(root, 'built', 'probe.wasm');
    writeFileSync(built, componentBytes('probe'));
    install('probe', { policy: policyText({ environment: ['A'] }) });
    await write({ sources: { probe: `file://${built}` } });
    expect(text()).toContain(`uri: "file://${built}"`);
    writeFileSync(built, componentBytes('newer'));
    await write();
    expect(text()).toContain(`uri: "file://${locations.componentDir}/probe.wasm"`);
    rmSync(built);
    expect((await write()).changed).toBe(false);
  });
});
