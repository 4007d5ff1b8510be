// An agent imports a snapshot without code: it is fetched where the operator allows that, and nowhere else.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';
import { pushImage, startRegistry, wasmLayer } from '../../fixtures/servers/registries/component-images.ts';
import { textWithout } from '../../fixtures/snapshot-without-code.ts';

async function scene() {
  const { registry } = await startRegistry();
  pushImage(registry, 'team/tool', '1', [wasmLayer(componentBytes('tool'))]);
  const uri = `oci://${registry.address}/team/tool:1`;
  const host = makeHost();
  const folder = path.dirname(host.locations.componentDir);
  const snapshot = path.join(folder, 'tools.json');
  writeFileSync(
    snapshot,
    textWithout({ id: 'tool', policy: policyText({ network: ['api.example.com'] }), uri }),
  );
  return { registry, uri, host, snapshot, allowDirs: [folder] };
}

test('from a place that the operator allows: the list says from where, the plan that it was fetched', async () => {
  const { registry, uri, host, snapshot, allowDirs } = await scene();
  const agent = await connect(host, { allowDirs, allowRemote: [`oci://${registry.address}/team`] });
  const listed = await agent.call('list_snapshot_components', { snapshot });
  expect(listed.wire).toContain(
    'an import would fetch code that is neither in the snapshot nor on this host',
  );
  expect(listed.wire).toContain(uri);
  expect(registry.asked).toEqual([]);
  const planned = await agent.call('import_state', { snapshot });
  expect(planned.text).toContain('was fetched from where the snapshot says it is');
  const asked = registry.asked.length;
  const imported = await agent.call('import_state', { ...approvalIn(planned), snapshot });
  expect(imported.structured.status).toBe('applied');
  expect(host.files()['tool.wasm']).toEqual(componentBytes('tool'));
  expect(registry.asked).toHaveLength(asked);
});

test('from no other place: the error names what only the operator can allow', async () => {
  const { registry, host, snapshot, allowDirs } = await scene();
  for (const allowRemote of [[], ['oci://registry.example/team']]) {
    const agent = await connect(host, { allowDirs, allowRemote });
    const refused = await agent.call('import_state', { snapshot }).catch((error) => error);
    expect(refused).toEqual(failing('POLICY_OUTSIDE_FENCE'));
    expect(refused.hint).toContain('--allow-remote');
  }
  expect(registry.asked).toEqual([]);
});

test('nothing where no import may allow more', async () => {
  const { registry, host, snapshot, allowDirs } = await scene();
  const allowRemote = [`oci://${registry.address}`];
  const agent = await connect(host, { allowDirs, allowRemote, neverWiden: true });
  await expect(agent.call('import_state', { snapshot })).rejects.toEqual(failing('POLICY_WIDENED'));
  expect(registry.asked).toEqual([]);
});
