// The tool `import_state` under the operator's policy: what the agent is told, and that nothing else of it is.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { operatorPolicy, operatorPolicyFile } from '../../fixtures/operator-policy.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';

const policy = operatorPolicy({ hosts: '[a.example]', environment: '[HIDDEN_NAME]' });

async function stored(network: string[]) {
  const giving = makeHost();
  giving.install('tool', { policy: policyText({ network }) });
  await (await connect(giving)).call('export_state', { name: 'tools' });
  return makeHost({ stateDir: giving.locations.stateDir });
}

test('a plan within the policy is made and applied', async () => {
  const host = await stored(['a.example']);
  const agent = await connect(host, { policy });
  const planned = await agent.call('import_state', { snapshot: 'tools' });
  expect((await agent.call('import_state', { ...approvalIn(planned) })).structured.status).toBe('applied');
});

test('a plan beyond it is refused with the rule and the line, and the agent learns nothing else of it', async () => {
  const host = await stored(['b.example']);
  const agent = await connect(host, { policy });
  const refusal = await agent.call('import_state', { snapshot: 'tools' }).catch((error) => error);
  expect(refusal).toEqual(
    failing('POLICY_BEYOND_CAPS', {
      message: '"tool" may reach "b.example": line 6 of the operator policy (hosts) does not allow it',
    }),
  );
  expect(JSON.stringify(refusal)).not.toMatch(/a\.example|HIDDEN_NAME|policy\.yaml/);
  expect(host.files()).toEqual({});
});

test('an approval that was given before the policy does not go beyond it', async () => {
  const host = await stored(['b.example']);
  const before = await connect(host);
  const planned = await before.call('import_state', { snapshot: 'tools' });
  const agent = await connect(host, { policy });
  await expect(agent.call('import_state', { ...approvalIn(planned) })).rejects.toEqual(
    failing('POLICY_BEYOND_CAPS'),
  );
  expect(host.files()).toEqual({});
});

test('a manifest beyond it is refused before any code is fetched for it', async () => {
  const host = makeHost();
  const root = path.dirname(host.locations.componentDir);
  const manifest = path.join(root, 'deployment.yaml');
  const uri = 'https://127.0.0.1:1/tool.wasm';
  writeFileSync(
    manifest,
    `version: 1\ncomponents:\n- uri: ${uri}\n  permissions:\n    network:\n      allow:\n      - host: b.example\n`,
  );
  const agent = await connect(host, { policy, allowDirs: [root] });
  await expect(agent.call('import_state', { snapshot: manifest })).rejects.toEqual(
    failing('POLICY_BEYOND_CAPS'),
  );
  const other = await connect(host, { policy: operatorPolicy({ sources: `[${root}]` }), allowDirs: [root] });
  await expect(other.call('import_state', { snapshot: manifest })).rejects.toEqual(
    failing('POLICY_BEYOND_CAPS', {
      message: expect.stringContaining(`the code of "tool" comes from "${uri}"`),
    }),
  );
});

test('the command that the user is told to type goes by the same policy', async () => {
  const giving = makeHost();
  const network = Array.from({ length: 200 }, (_, i) => `h${i}.example`);
  giving.install('tool', { policy: policyText({ network }) });
  await (await connect(giving)).call('export_state', { name: 'many' });
  const { locations } = makeHost({ stateDir: giving.locations.stateDir });
  const policyFile = operatorPolicyFile();
  const host = { ...giving, locations: { ...locations, policyFile } };
  const agent = await connect(host, { policy: operatorPolicy() });
  await expect(agent.call('import_state', { snapshot: 'many' })).rejects.toEqual(
    failing('POLICY_TOO_MANY_GRANTS', { hint: expect.stringContaining(`--policy ${policyFile}`) }),
  );
});
