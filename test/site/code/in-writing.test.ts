// Code that is fetched for an approval in writing, which is about a host that nobody looks at.
import { expect, it } from 'vitest';
import { draftApproval } from '../../../src/approve-in-writing.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { pushImage, startRegistry, wasmLayer } from '../../fixtures/servers/registries/component-images.ts';
import { snapshotWithout as without } from '../../fixtures/snapshot-without-code.ts';

it('what is approved in writing for an empty host is fetched, to be read, and is an error where it is nowhere', async () => {
  const { registry, uri, allowed } = await startRegistry();
  pushImage(registry, 'team/a', '1', [wasmLayer(componentBytes('a'))]);
  const host = makeHost();
  const assumed = { content: null, directories: new Map() };
  const snapshot = await without({ id: 'a', policy: policyText(), uri: `${uri}/a:1` });
  const draft = draftApproval(snapshot, { ...host.locations, assumed });
  await expect(draft).rejects.toThrow(failing('POLICY_OUTSIDE_FENCE'));
  const { plan } = await draftApproval(snapshot, { ...host.locations, ...allowed, assumed });
  expect(plan.warnings.join('\n')).toContain(`"a" from "${uri}/a:1"`);
  const nowhere = await without({ id: 'b', policy: policyText(), uri: 'ni:///sha-256;AAAA' });
  await expect(draftApproval(nowhere, { ...host.locations, assumed })).rejects.toThrow(
    failing('VERIFY_PART_MISSING'),
  );
});

it('what is approved in writing elsewhere is read where it is installed here, and nothing is asked', async () => {
  const { registry, uri } = await startRegistry();
  const host = makeHost();
  host.install('a', { policy: policyText() });
  const assumed = { content: null, directories: new Map() };
  const snapshot = await without({ id: 'a', policy: policyText(), uri: `${uri}/a:1` });
  const { allows } = await draftApproval(snapshot, { ...host.locations, assumed });
  expect(allows.length).toBeGreaterThan(0);
  expect(registry.asked).toEqual([]);
});

it('an approval in writing is drafted also where there is no component directory', async () => {
  const { registry, uri, allowed } = await startRegistry();
  pushImage(registry, 'team/a', '1', [wasmLayer(componentBytes('a'))]);
  const host = makeHost();
  const locations = { ...host.locations, componentDir: `${host.locations.componentDir}-none` };
  const assumed = { content: null, directories: new Map() };
  const snapshot = await without({ id: 'a', policy: policyText(), uri: `${uri}/a:1` });
  const { plan } = await draftApproval(snapshot, { ...locations, ...allowed, assumed });
  expect(plan.steps).toHaveLength(1);
});
