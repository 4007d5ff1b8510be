// The promise of src/policy/policy.ts, kept against the real thing: what we take, Wassette takes alike.
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { type Permissions, policyTextOf, readPolicy } from '../../../src/policy/policy.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { DIRECTORY, MARKERS, POLICY_TABLE, type PolicyCase } from '../../fixtures/tables/policy-table.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

const ID = 'probe';
const OWNER = { componentId: ID };
const ALL = [...MARKERS].sort() as readonly string[];

function bytesHere({ bytes }: PolicyCase, directory: string): Uint8Array {
  const buffer = Buffer.from(bytes);
  return buffer.includes(DIRECTORY)
    ? Buffer.from(buffer.toString().replaceAll(DIRECTORY, directory))
    : buffer;
}

/** What we make of it; null when we refuse it. */
function ourReading(bytes: Uint8Array): Permissions | null {
  try {
    return readPolicy(policyTextOf(bytes, OWNER), OWNER).rights;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

describe.each(['0.8.0', '0.4.0'] as const)('the policy table against Wassette %s', (version) => {
  let home: string;
  let componentDir: string;
  let grantedDir: string;
  let wassette: LiveWassette;
  const count = { taken: 0, enforced: 0, refused: 0, dropped: 0 };

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'policy-table-')));
    componentDir = join(home, 'components');
    grantedDir = join(home, 'granted');
    await mkdir(componentDir);
    await mkdir(grantedDir);
    await copyFile(await probeComponent(), join(componentDir, `${ID}.wasm`));
    const env = Object.fromEntries(MARKERS.map((name) => [name, `value of ${name}`]));
    wassette = await LiveWassette.start({ version, componentDir, env, home });
    await wassette.waitForTools(['get-env']);
  });

  afterAll(async () => {
    await wassette?.stop();
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  /** The markers that the component reads under this policy; null when it cannot run. */
  async function readUnder(bytes: Uint8Array): Promise<string[] | null> {
    const reset = await wassette.call('reset-permission', { component_id: ID });
    expect(reset.isError, reset.text).toBe(false);
    await writeFile(join(componentDir, `${ID}.policy.yaml`), bytes);
    const loaded = await wassette.call('load-component', { path: `file://${componentDir}/${ID}.wasm` });
    expect(loaded.isError, loaded.text).toBe(false);
    const answers = await Promise.all(MARKERS.map((name) => wassette.call('get-env', { name })));
    if (answers.some((answer) => answer.isError)) return null;
    return MARKERS.filter((name, index) => answers[index]!.text === `value of ${name}`).sort();
  }

  it('shows a component everything when there is no policy it can read', async () => {
    expect(await readUnder(Buffer.from('no policy'))).toEqual(ALL);
  });

  for (const row of POLICY_TABLE) {
    it(`agrees on ${row.title}`, async () => {
      const bytes = bytesHere(row, grantedDir);
      const ours = ourReading(bytes);
      const theirs = await readUnder(bytes);
      if (ours === null) {
        count.refused += 1;
        if (theirs?.length === ALL.length) count.dropped += 1;
        return;
      }
      count.taken += 1;
      const { storage, network, resources } = ours;
      if (storage.allow.length + network.allow.length > 0 || resources.memoryBytes !== null)
        count.enforced += 1;
      expect(theirs).toEqual(ours.environment.filter((name) => ALL.includes(name)));
      expect(theirs, 'Wassette dropped the policy').not.toContain('NEVER_GRANTED');
    });
  }

  it('had enough rows of each kind to prove something', () => {
    expect(count.taken).toBeGreaterThanOrEqual(60);
    expect(count.enforced, 'taken, with storage, network or memory').toBeGreaterThanOrEqual(15);
    expect(count.refused).toBeGreaterThanOrEqual(200);
    expect(count.dropped, 'refused, and dropped by Wassette').toBeGreaterThanOrEqual(100);
  });
});
