// An agent takes over from a snapshot on a web server, where the operator allows that.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { approvePlan, waitingPlans } from '../../../src/approve.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { fileWithCode } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { fileServer } from '../../fixtures/servers/file-server.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';
import { webServer } from '../../fixtures/servers/web-server.ts';

const SNAPSHOT = Buffer.from(
  fileWithCode([
    { id: 'tool', code: componentBytes('tool'), policy: policyText({ network: ['api.example.com'] }) },
  ]),
);

test('a snapshot below an allowed address is listed and imported; the secret in its query is only where the agent is to repeat its own words', async () => {
  const host = makeHost();
  const { url, asked } = await fileServer({ bytes: () => SNAPSHOT });
  const agent = await connect(host, { allowRemote: [`${url.origin}/team`] });
  const snapshot = `${url.origin}/team/tools.json?signature=hunter2`;
  const listed = await agent.call('list_snapshot_components', { snapshot });
  expect(listed.structured.component_count).toBe(1);
  const planned = await agent.call('import_state', { snapshot });
  const imported = await agent.call('import_state', { ...approvalIn(planned), snapshot });
  expect(imported.structured.status).toBe('applied');
  const { next_step: _its, ...plan } = planned.structured;
  for (const answer of [listed.wire, JSON.stringify(plan), imported.wire])
    expect(answer).not.toContain('hunter2');
  expect(new Set(asked.map(({ path }) => path))).toEqual(new Set(['/team/tools.json?signature=hunter2']));
});

test('what an allowed address redirects to is no way to this machine', async () => {
  const secret = await webServer((_asked, response) => response.end('secret'));
  const { url } = await webServer((_asked, response) =>
    response.writeHead(302, { location: `${secret.url.href}x.json` }).end(),
  );
  const agent = await connect(makeHost(), { allowRemote: [`${url.origin}/team`] });
  const snapshot = `${url.origin}/team/tools.json`;
  for (const tool of ['list_snapshot_components', 'import_state']) {
    await expect(agent.call(tool, { snapshot })).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
  }
  expect(secret.asked).toEqual([]);
});

test('nothing is exported to a web server', async () => {
  const host = makeHost();
  host.install('tool', {});
  const agent = await connect(host, { allowRemote: ['https://files.example'] });
  const destination = 'https://files.example/tools.json?signature=hunter2';
  const refused = agent.call('export_state', { destination });
  await expect(refused).rejects.toEqual(failing('USAGE_NOT_AVAILABLE'));
  await refused.catch((error) => expect(JSON.stringify(error)).not.toContain('hunter2'));
});

test('a presigned address waits for the operator without its query, and another one of the same file is as good', async () => {
  const host = makeHost();
  const { url, asked } = await fileServer({ bytes: () => SNAPSHOT });
  const approval = { by: 'operator', planLifetime: 7 * 86_400 } as const;
  const agent = await connect(host, { allowRemote: [`${url.origin}/team`], approval });
  const at = (signature: string) =>
    `${url.origin}/team/tools.json?X-Amz-Signature=${signature}&X-Amz-Expires=60`;
  const planned = await agent.call('import_state', { snapshot: at('hunter2') });
  const { approve } = approvalIn(planned) as { approve: string };
  const required = agent.call('import_state', { snapshot: at('hunter2'), approve });
  await expect(required).rejects.toEqual(failing('POLICY_APPROVAL_REQUIRED'));
  await required.catch((error) => expect(JSON.stringify(error)).not.toContain('hunter'));
  const [waiting] = await waitingPlans(host.locations);
  expect(JSON.stringify(waiting)).not.toContain('hunter');
  assertNoneIn(host.locations.stateDir);
  await approvePlan(approve, host.locations);
  const imported = await agent.call('import_state', { snapshot: at('hunter3'), approve });
  expect(imported.structured.status).toBe('applied');
  expect(imported.wire).not.toContain('hunter');
  const again = await agent.call('import_state', { snapshot: at('hunter4'), approve });
  expect(again.wire).not.toContain('hunter');
  expect(asked.some(({ path: to }) => to.includes('hunter3'))).toBe(true);
  assertNoneIn(host.locations.stateDir);
});

/** Of what is kept. */
function assertNoneIn(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(readFileSync(file).includes('hunter')).toBe(false);
}
