// Files that were written once by version 1 and by the earlier draft, and must be read for ever. They are never
// written again: when one of these tests fails, the reader is wrong, not the file.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { importState, Snapshot } from '../src/index.ts';
import { componentBytes } from './fixtures/components/component.ts';
import { DraftSnapshot } from './fixtures/draft-structs.ts';
import { makeHost } from './fixtures/host.ts';

const fileOf = (name: string) => path.join(import.meta.dirname, 'compat', 'v1', name);

describe('a snapshot of version 1 (F-11)', () => {
  const file = fileOf('snapshot.json');

  it('has the digests it had when it was written', async () => {
    const snapshot = await Snapshot.loadFromFile(file);
    expect(snapshot.digest).toBe('sha256:ebee68d3b4aa7795af6070cd14cb3cd1190eefa1f021e3113517b7e3b1487c6e');
    expect(snapshot.stateDigest).toBe(
      'sha256:8c5068d16af904aaa388c7c23e0d7b13b6e42c1d0ea5feff8873bc53ba835b0f',
    );
    expect(snapshot.notes).toEqual([]);
    expect(await snapshot.validate()).toBe(80);
  });

  it('is written the same today, to the byte', async () => {
    expect(await (await Snapshot.loadFromFile(file)).toJson()).toBe(readFileSync(file, 'utf8'));
  });

  it('installs what it installed then', async () => {
    const host = makeHost();
    await importState(await Snapshot.loadFromFile(file), { ...host.locations, approval: 'all' });
    const files = host.files();
    expect(Object.keys(files)).toEqual([
      'My.Clock_2.policy.yaml',
      'My.Clock_2.wasm',
      'bare.wasm',
      'probe.policy.meta.json',
      'probe.policy.yaml',
      'probe.wasm',
    ]);
    expect(files['probe.wasm']).toEqual(componentBytes('compat probe'));
    expect(files['My.Clock_2.policy.yaml']?.toString()).toBe('version: 1.0\r\npermissions: {}\r\n');
  });

  it('is read by the structs of the earlier draft (F-5.5)', () => {
    const draft = DraftSnapshot.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(draft.metadata).toMatchObject({ description: 'weather desk', tags: { environment: 'dev' } });
  });
});

describe('a file of the earlier draft (F-5.5)', () => {
  const file = fileOf('draft.json');

  it('has the digests that were computed when it was first read', async () => {
    const snapshot = await Snapshot.loadFromFile(file);
    expect(snapshot.stateDigest).toBe(
      'sha256:b9e2750c15ce31487ebb6b0e6ed13c524bada984384c2297b921c35e62c8071e',
    );
    expect(snapshot.digest).toBe('sha256:69a172d2c796fde484f606132514d9f9fe622dd13fec5b2c3a72586aa87d5809');
    expect(snapshot.notes).toEqual([expect.stringContaining('earlier draft')]);
  });

  it('is imported with the code inside', async () => {
    const host = makeHost();
    await importState(await Snapshot.loadFromFile(file), { ...host.locations, approval: 'all' });
    expect(Object.keys(host.files())).toEqual(['alpha.policy.yaml', 'alpha.wasm', 'zeta.wasm']);
    expect(host.files()['zeta.wasm']).toEqual(componentBytes('compat zeta'));
  });

  it('is one that the draft itself would read', () => {
    expect(() => DraftSnapshot.parse(JSON.parse(readFileSync(file, 'utf8')))).not.toThrow();
  });
});
