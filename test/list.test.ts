import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportState, listHost, listSnapshot, Snapshot } from '../src/index.ts';
import { outlookFor } from '../src/list.ts';
import { describeRights } from '../src/plan/words/rights.ts';
import { componentBytes, coreModuleBytes } from './fixtures/components/component.ts';
import { storagePolicy } from './fixtures/components/file-probe.ts';
import { documentOf, fileWithCode } from './fixtures/document.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText } from './fixtures/host.ts';
import { permissionsOf, policyWith } from './fixtures/plan.ts';
import { leftoversOf, oldHost, restoreUntilCommitted } from './fixtures/restoring.ts';

const policy = policyText({ environment: ['TOKEN'] });

function host() {
  const made = makeHost();
  made.install('probe', { policy });
  made.install('clock');
  return { ...made, at: (name: string) => path.join(made.locations.componentDir, name) };
}

describe('listing a host', () => {
  it('shows what would run, with the state digest that an export has', async () => {
    const { locations, storeSecrets, at } = host();
    storeSecrets('probe', { TOKEN: 'hunter2' });
    writeFileSync(at('probe.metadata.json'), JSON.stringify({ tool_names: ['get-env'] }));
    const listing = await listHost(locations);
    expect(listing).toMatchObject({
      component_dir: locations.componentDir,
      notes: [],
      components: [
        { component_id: 'clock', rights: 'none', tools: [], source_uri: null },
        {
          component_id: 'probe',
          rights: { environment: ['TOKEN'] },
          tools: ['get-env'],
          secret_names: ['TOKEN'],
        },
      ],
    });
    expect(listing.state_digest).toBe((await exportState(locations)).stateDigest);
    expect(JSON.stringify(listing)).not.toContain('hunter2');
  });

  it('has another state digest for a policy that is no text than for any that looks the same', async () => {
    const { locations, at } = host();
    const digestWith = async (policy: Buffer) => {
      writeFileSync(at('probe.policy.yaml'), policy);
      return (await listHost(locations)).state_digest;
    };
    const commented = (...bytes: number[]) => Buffer.from([0x23, ...bytes, 0x0a, ...Buffer.from(policy)]);
    const digests = [
      await digestWith(commented(0xe9)),
      await digestWith(commented(0xe8)),
      await digestWith(commented(0xef, 0xbf, 0xbd)), // the character that stands for either
    ];
    expect(new Set(digests).size).toBe(3);
  });

  it('shows what an export would refuse: half code, an unreadable policy, a bad id, a policy left behind', async () => {
    const { locations, install } = host();
    install('half', { code: componentBytes('x', 300).subarray(0, 100) });
    install('module', { code: coreModuleBytes() });
    install('odd', { policy: 'version: "2.0"\n' });
    install('.hidden');
    writeFileSync(path.join(locations.componentDir, 'left\u202e.policy.yaml'), policy);
    const { components, notes } = await listHost(locations);
    expect(components.map((c) => c.component_id)).toEqual([
      '.hidden',
      'clock',
      'half',
      'module',
      'odd',
      'probe',
    ]);
    expect(components.find((c) => c.component_id === 'odd')?.rights).toBe('unreadable');
    expect(notes).toEqual([
      expect.stringContaining('left\\u{202e}'),
      expect.stringMatching(/: "half" \(it ends .*\), "module" \(it is a core module, not a component\)$/),
    ]);
  });

  it('writes nothing, not even a lock', async () => {
    const { locations, files } = host();
    const before = files();
    await listHost(locations);
    expect(files()).toEqual(before);
    expect(readdirSync(locations.componentDir)).not.toContain('.wassette-state');
    expect(existsSync(locations.stateDir)).toBe(false);
  });

  it('gives an empty list that names the directory where it is empty or missing', async () => {
    const { locations } = makeHost();
    expect((await listHost(locations)).components).toEqual([]);
    rmSync(locations.componentDir, { recursive: true });
    expect(await listHost(locations)).toMatchObject({
      component_dir: locations.componentDir,
      components: [],
      notes: [expect.stringContaining('does not exist')],
    });
    writeFileSync(locations.componentDir, 'a file');
    await expect(listHost(locations)).rejects.toThrow(failing('STORE_NOT_FOUND'));
  });
});

it('a list says that an import was interrupted, and changes nothing about it', async () => {
  const interrupted = oldHost();
  await restoreUntilCommitted(interrupted);
  const before = leftoversOf(interrupted);
  expect(await listHost(interrupted.locations)).toMatchObject({ unfinished: true, notes: [] });
  expect(leftoversOf(interrupted)).toEqual(before);
});

it('a list of a host shows what a storage grant opens there', async () => {
  const target = makeHost();
  const { componentDir } = target.locations;
  const policy = storagePolicy(['fs://data', `fs://${componentDir}/data`, 'https://x'], ['read']);
  target.install('a', { policy });
  const [listed] = (await listHost(target.locations)).components;
  expect(describeRights(listed!)).toEqual([
    `read "fs://${componentDir}/data"`,
    `read "fs://data", which is "${componentDir}/data"`,
    'read nothing through the entry "https://x"',
  ]);
});

describe('listing a snapshot', () => {
  it('shows its components, rights as Wassette would take them', async () => {
    const snapshot = await Snapshot.fromJson(
      fileWithCode([{ id: 'a', policy, tools: ['t'], secretNames: ['S'] }, { id: 'b' }]),
    );
    expect(listSnapshot(snapshot)).toMatchObject([
      {
        component_id: 'a',
        size: componentBytes('a').length,
        rights: { environment: ['TOKEN'] },
        tools: ['t'],
        secret_names: ['S'],
      },
      { component_id: 'b', rights: 'none', tools: [], secret_names: [] },
    ]);
  });
});

describe('what a list says of an import to come', () => {
  it('is a plan, what is missing, and what the target lacks', async () => {
    const { locations } = host();
    const lean = await Snapshot.fromJson(
      JSON.stringify(documentOf([{ id: 'clock' }, { id: 'new', policy, secretNames: ['S'] }])),
    );
    expect(await outlookFor(lean, locations)).toMatchObject({
      plan: {
        steps: [
          { component_id: 'clock', action: 'unchanged' },
          { component_id: 'new', action: 'add' },
        ],
      },
      missing_code: ['new'],
      lacks: { secrets: [{ component_id: 'new', names: ['S'] }], environment: ['TOKEN'] },
    });
  });

  it('says why an import would be refused', async () => {
    const { locations } = host();
    const clash = await Snapshot.fromJson(fileWithCode([{ id: 'Probe' }]));
    expect(await outlookFor(clash, locations)).toMatchObject({ refused: { code: 'CONFLICT_ID_CLASH' } });
  });
});

it('a value of markup is quoted in a list, so that it cannot hide what stands beside it', () => {
  const text = policyWith('environment: { allow: [{ key: "<!--" }] }', 'ipc: { allow: [{ uri: "unix:`" }] }');
  expect(describeRights({ rights: permissionsOf(text), without_policy: 'everything' })).toEqual([
    'environment "\\u003c\\u0021--"',
    'ipc "unix:\\u0060"',
  ]);
});
