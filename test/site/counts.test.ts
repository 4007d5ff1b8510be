// How often a verb does what is to be done once: each document canonicalised, each policy read. Printed, and held.
import path from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { canonicalBytes } from '../../src/codec/canonical-json.ts';
import { exportStateTo } from '../../src/export.ts';
import { importState, planImportState } from '../../src/import.ts';
import { listReference } from '../../src/list.ts';
import { openSnapshot } from '../../src/open.ts';
import { readPolicyText } from '../../src/policy/text.ts';
import { makeHost, policyText } from '../fixtures/host.ts';

vi.mock('../../src/codec/canonical-json.ts', { spy: true });
vi.mock('../../src/policy/text.ts', { spy: true });

const policy = policyText({ environment: ['CITY'] });

interface Counts {
  /** Of documents, as they are digested. */
  documents: number;
  /** Of what a document says, whenever it was made: what finds it in a store. */
  contents: number;
  /** Readings of the policy as YAML. */
  policy: number;
}

const table: Record<string, Counts> = {};

async function count<T>(verb: string, work: () => Promise<T>): Promise<T> {
  vi.mocked(canonicalBytes).mockClear();
  vi.mocked(readPolicyText).mockClear();
  const result = await work();
  const trees = vi.mocked(canonicalBytes).mock.calls.map(([value]) => value as object);
  const ofDocuments = trees.filter((tree) => 'state_digest' in tree);
  const whole = ofDocuments.filter((tree) => 'created_at' in tree);
  table[verb] = {
    documents: whole.length,
    contents: ofDocuments.length - whole.length,
    policy: vi.mocked(readPolicyText).mock.calls.filter(([text]) => text === policy).length,
  };
  return result;
}

let host: ReturnType<typeof makeHost>;
let folder: string;

beforeEach(() => {
  host = makeHost();
  folder = path.dirname(host.locations.componentDir);
  host.install('tool', { policy });
});

afterAll(() => console.table(table));

it('an export to the store canonicalises one document, also where nothing is new', async () => {
  await count('export to the store', () => exportStateTo({}, host.locations));
  const again = await count('the same again', () => exportStateTo({}, host.locations));
  expect(again.changed).toBe(false);
  expect(table['export to the store']).toEqual({ documents: 1, contents: 1, policy: 1 });
  expect(table['the same again']).toEqual({ documents: 1, contents: 1, policy: 1 });
});

it('an export under a name that has another state canonicalises one document, also where nothing is new', async () => {
  const again = () => exportStateTo({ name: 'tools' }, host.locations);
  await again();
  host.install('other');
  await count('the next under a name', again);
  expect((await count('the next again', again)).changed).toBe(false);
  expect(table['the next under a name']).toEqual({ documents: 1, contents: 1, policy: 1 });
  expect(table['the next again']).toEqual({ documents: 1, contents: 1, policy: 1 });
});

it('an export to a file canonicalises one document, also where nothing is new', async () => {
  const file = path.join(folder, 'state.json');
  await count('export to a file', () => exportStateTo({ file }, host.locations));
  const again = await count('the same to the file', () => exportStateTo({ file }, host.locations));
  expect(again.changed).toBe(false);
  expect(table['export to a file']).toEqual({ documents: 1, contents: 0, policy: 1 });
  expect(table['the same to the file']).toEqual({ documents: 1, contents: 0, policy: 1 });
});

it('an export to a manifest reads each policy for its rights, and once more as it is written', async () => {
  const file = path.join(folder, 'state.yaml');
  await count('export to a manifest', () => exportStateTo({ file }, host.locations));
  expect(table['export to a manifest']).toEqual({ documents: 1, contents: 0, policy: 2 });
});

it('what opens a snapshot once reads its policies once', async () => {
  const target = makeHost({ stateDir: host.locations.stateDir });
  const { reference } = await exportStateTo({}, host.locations);
  await count('list a snapshot', () => listReference(reference, target.locations));
  expect(table['list a snapshot']).toEqual({ documents: 1, contents: 0, policy: 1 });
  await count('plan an import', async () =>
    planImportState(await openSnapshot(reference, target.locations), target.locations),
  );
  expect(table['plan an import']).toEqual({ documents: 1, contents: 0, policy: 1 });
  await count('apply an import', async () =>
    importState(await openSnapshot(reference, target.locations), { ...target.locations, approval: 'all' }),
  );
  expect(table['apply an import']).toEqual({ documents: 1, contents: 0, policy: 1 });
});
