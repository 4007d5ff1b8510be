// What the audit log says of code that is fetched.
import { describe, expect, it } from 'vitest';
import { auditLog, planImportState } from '../../../src/index.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';
import { refused } from '../../fixtures/refused-import.ts';
import {
  pushImage,
  startRegistry as start,
  wasmLayer,
} from '../../fixtures/servers/registries/component-images.ts';
import { snapshotWithout as without } from '../../fixtures/snapshot-without-code.ts';

const codeOf = (id: string) => componentBytes(id);

describe('the audit log', () => {
  it('has a line for each source that was asked, without what must not be shown, before that of the plan', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const host = makeHost();
    const snapshot = await without(
      { id: 'a', uri: `${uri}/a:1` },
      { id: 'b', uri: 'https://10.0.0.1/b.wasm?signature=hunter2' },
    );
    await refused(host, snapshot, 'POLICY_OUTSIDE_FENCE', { ...allowed });
    const lines = await fetchesOn(host);
    expect(lines).toContainEqual({
      result: 'done',
      reference: `${uri}/a:1`,
      snapshot: snapshot.content.digest,
      components: [{ id: 'a' }],
    });
    expect(lines).toContainEqual({
      result: 'failed',
      code: 'POLICY_OUTSIDE_FENCE',
      reference: 'https://10.0.0.1/b.wasm',
      snapshot: snapshot.content.digest,
      components: [{ id: 'b' }],
    });
    expect(lines).toHaveLength(2);
    await planImportState(snapshot, { ...host.locations, ...allowed, componentFilter: ['a'] });
    const events = (await auditLog(host.locations)).map(({ record }) => record!.event);
    expect(events).toEqual(['fetch', 'fetch', 'plan']);
  });

  it('has none where nothing was asked', async () => {
    const { uri } = await start();
    const host = makeHost();
    const snapshot = await without({ id: 'a', uri: `${uri}/a:1` });
    await refused(host, snapshot, 'POLICY_OUTSIDE_FENCE', { fetchFrom: [], fetchElsewhere: false });
    expect(await fetchesOn(host)).toEqual([]);
  });
});

async function fetchesOn(host: TestHost) {
  const records = (await auditLog(host.locations)).map(({ record }) => record!);
  return records
    .filter(({ event }) => event === 'fetch')
    .map(({ result, code, reference, snapshot, components }) => ({
      result,
      ...(code === undefined ? {} : { code }),
      reference,
      snapshot,
      components,
    }));
}
