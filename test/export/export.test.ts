import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { exportState, exportStateTo, openSnapshot, Snapshot } from '../../src/index.ts';
import { niName } from '../../src/snapshot/schema.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { DraftSnapshot } from '../fixtures/draft-structs.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText } from '../fixtures/host.ts';

const policy = policyText({ environment: ['TOKEN'], network: ['api.example.com'] });

function host() {
  const made = makeHost();
  made.install('probe', { policy });
  made.install('clock');
  return {
    ...made,
    at: (name: string) => path.join(made.locations.componentDir, name),
    file: path.join(path.dirname(made.locations.componentDir), 'state.json'),
  };
}

describe('an export', () => {
  it('says what the host would run: ids in order, digests, policies to the byte', async () => {
    const { locations } = host();
    const { document } = await exportState(locations);
    expect(document.components).toMatchObject([
      { component_id: 'clock', source_uri: niName(sha256Hex(componentBytes('clock'))) },
      {
        component_id: 'probe',
        artifact: { sha256: sha256Hex(componentBytes('probe')), size: componentBytes('probe').length },
      },
    ]);
    expect(document.components[0]).not.toHaveProperty('policy');
    expect(document.components[1]!.policy).toMatchObject({ content: policy, source_uri: 'inline' });
  });

  it('keeps a policy with CR LF, comments and odd spelling as it is', async () => {
    const { locations, install } = host();
    const odd = '# mine\r\nversion:   1.10\r\npermissions:\r\n  environment: {allow: [{key: 007}]}   # end';
    install('odd', { policy: odd });
    const { document } = await exportState({ ...locations, componentFilter: ['odd'] });
    expect(document.components[0]?.policy?.content).toBe(odd);
  });

  it('names secrets and never their values, and invents no path of this machine', async () => {
    const { locations, storeSecrets } = host();
    storeSecrets('probe', { TOKEN: 'hunter2', A: 'x' });
    const snapshot = await exportState({ ...locations, includeBinaries: true });
    expect(snapshot.document.components[1]?.secret_names).toEqual(['A', 'TOKEN']);
    const text = await snapshot.toJson();
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(path.dirname(locations.componentDir));
  });

  it('says that names of secrets are not in the snapshot where they cannot be read, and invents none', async () => {
    const { locations } = host();
    writeFileSync(path.join(locations.secretsDir, 'probe.yaml'), 'TOKEN: &a hunter2\n');
    const snapshot = await exportState(locations);
    expect(snapshot.document.components[1]).not.toHaveProperty('secret_names');
    expect(snapshot.notes).toEqual([
      '"probe": the names of its secrets are not in the snapshot, because "probe.yaml" cannot be read',
    ]);
  });

  it('carries where a policy came from without credentials, and what Wassette had cached', async () => {
    const { locations, at } = host();
    writeFileSync(
      at('probe.policy.meta.json'),
      '{"source_uri":"https://me:pw@h.example/p.yaml?sig=x","attached_at":5}',
    );
    writeFileSync(at('probe.cwasm'), 'native code');
    const { document } = await exportState(locations);
    expect(document.components[1]?.policy).toMatchObject({
      source_uri: 'https://h.example/p.yaml',
      created_at: 5,
    });
    expect(JSON.stringify(document)).not.toContain('cwasm');
  });

  it('keeps what the user says of it, sorted, as the draft requires', async () => {
    const { locations } = host();
    const { document } = await exportState({
      ...locations,
      metadata: { description: 'desk', tags: { b: '2', a: '1' } },
    });
    expect(JSON.stringify(document.metadata)).toBe(
      '{"description":"desk","wassette_version":"","source":"","tags":{"a":"1","b":"2"}}',
    );
  });

  it('takes only the components that were named, and refuses one that is not there', async () => {
    const { locations } = host();
    const { document } = await exportState({ ...locations, componentFilter: ['probe'] });
    expect(document.components.map((c) => c.component_id)).toEqual(['probe']);
    await expect(exportState({ ...locations, componentFilter: ['prob'] })).rejects.toThrow(
      failing('USAGE_UNKNOWN_COMPONENT', { hint: 'did you mean "probe"?' }),
    );
    const none = exportState({ ...locations, componentFilter: [], allowEmpty: true });
    await expect(none).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
  });

  it('of nothing is an error that names the directory, unless an empty state is meant; a missing one is never meant', async () => {
    const { locations } = makeHost();
    const nothing = failing('STORE_NOT_FOUND', { message: expect.stringContaining(locations.componentDir) });
    await expect(exportState(locations)).rejects.toThrow(nothing);
    await expect(exportStateTo({}, locations)).rejects.toThrow(nothing);
    expect((await exportState({ ...locations, allowEmpty: true })).document.components).toEqual([]);
    rmSync(locations.componentDir, { recursive: true });
    for (const allowEmpty of [false, true])
      await expect(exportState({ ...locations, allowEmpty })).rejects.toThrow(nothing);
    expect(() => lstatSync(locations.componentDir)).toThrow();
  });

  it('changes nothing of Wassette and leaves no lock', async () => {
    const { locations, files } = host();
    const before = files();
    await exportStateTo({}, locations);
    expect(files()).toEqual(before);
    expect(readdirSync(path.join(locations.componentDir, '.wassette-state'))).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const { locations, file } = host();
    await expect(
      exportStateTo({ file }, { ...locations, signal: AbortSignal.abort(new Error('stop')) }),
    ).rejects.toThrow('stop');
    expect(readdirSync(path.dirname(file))).not.toContain('state.json');
  });
});

describe('an export to the local store', () => {
  it('gives a reference that opens the same snapshot, and the same one again while nothing changes', async () => {
    const { locations } = host();
    const first = await exportStateTo({}, locations);
    expect(first).toMatchObject({ reference: first.digest, changed: true, carriesBinaries: true });
    expect((await openSnapshot(first.reference, locations)).document).toEqual(first.document);
    expect(await exportStateTo({}, locations)).toMatchObject({ reference: first.reference, changed: false });
  });

  it('can be named, and a name does not go with a file', async () => {
    const { locations, file } = host();
    const { digest } = await exportStateTo({ name: 'desk' }, locations);
    expect((await openSnapshot('desk', locations)).digest).toBe(digest);
    await expect(exportStateTo({ name: 'desk', file }, locations)).rejects.toThrow(
      failing('USAGE_BAD_ARGUMENT'),
    );
  });
});

describe('an export to a JSON file', () => {
  it('is what the library writes, with the code only when asked for', async () => {
    const { locations, file } = host();
    expect(await exportStateTo({ file }, locations)).toMatchObject({
      reference: file,
      carriesBinaries: false,
    });
    expect(await (await Snapshot.loadFromFile(file)).toJson()).toBe(readFileSync(file, 'utf8'));
    expect(await exportStateTo({ file }, { ...locations, includeBinaries: true })).toMatchObject({
      changed: true,
    });
    const loaded = await Snapshot.loadFromFile(file);
    expect(await loaded.validate()).toBe(componentBytes('probe').length + componentBytes('clock').length);
    expect(await loaded.toJson()).toBe(readFileSync(file, 'utf8'));
  });

  it('is read by the structs of the earlier draft (F-5.5)', async () => {
    const { locations, at } = host();
    writeFileSync(at('clock.metadata.json'), 'not JSON');
    const text = await (await exportState({ ...locations, includeBinaries: true, metadata: {} })).toJson();
    const draft = DraftSnapshot.parse(JSON.parse(text));
    expect(
      draft.components.map((c) =>
        Buffer.from(c.binary_data!, 'base64').equals(componentBytes(c.component_id)),
      ),
    ).toEqual([true, true]);
  });

  it('may not lie in the component, secrets or state directory', async () => {
    const { locations } = host();
    mkdirSync(path.join(locations.componentDir, 'sub'));
    for (const dir of [
      locations.componentDir,
      locations.secretsDir,
      locations.stateDir,
      path.join(locations.componentDir, 'sub'),
    ])
      await expect(exportStateTo({ file: path.join(dir, 'x.json') }, locations)).rejects.toThrow(
        failing('POLICY_OUTSIDE_FENCE'),
      );
    expect(readdirSync(locations.secretsDir)).toEqual([]);
  });

  it('is refused where the reference is no destination', async () => {
    const { locations } = host();
    for (const file of ['state.txt', 'sha256:abababab', 'oci://h/A'])
      await expect(exportStateTo({ file }, locations)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    for (const file of ['ftp://h/a.json', '/tmp/state.txt'])
      await expect(exportStateTo({ file }, locations)).rejects.toThrow(failing('USAGE_UNSUPPORTED_URI'));
  });
});
