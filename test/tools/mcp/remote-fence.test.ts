// What an agent may name on other machines, tried with every way to write something else so that it looks allowed.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeHost } from '../../fixtures/host.ts';
import { connect } from '../../fixtures/servers/mcp.ts';
import { webServer } from '../../fixtures/servers/web-server.ts';

const ALLOWED = [
  'oci://registry.example/team',
  'https://files.example/team',
  's3://bucket/team',
  'gs://bucket/team',
  'azblob://account/container/team',
];

const OUTSIDE = [
  'oci://registry.example.evil.example/team/x',
  'oci://registry.example:444/team/x',
  'oci://registry.example:80/team/x',
  'oci://xn--rgistry-b4a.example/team/x',
  'oci://registry.example/teams/x',
  'oci://registry.example/team-x',
  'oci://registry.example/other/team/x',
  'oci://registry.example/x:team',
  'oci://team/registry.example/team',
  'oci://127.0.0.1/team/x',
  'oci://0x7f.1/team/x',
  'oci://0177.0.0.1/team/x',
  'oci://2130706433/team/x',
  'oci://[::1]/team/x',
  'oci://[::ffff:7f00:1]:5000/team/x',
  'https://files.example.evil.example/team/x.json',
  'https://files.example@evil.example/team/x.json',
  'https://user:hunter2@evil.example/team/x.json?token=hunter2',
  'https://files.example:hunter2@evil.example/team/x.json',
  'https://evil.example/https://files.example/team/x.json',
  'https://files.example\\@evil.example/team/x.json',
  'https://evil.example\\@files.example/team/x.json',
  'https://files.example:8443/team/x.json',
  'https://files.example./team/x.json',
  'https://filеs.example/team/x.json', // with a Cyrillic letter
  'https://files.example/team/../other/x.json?token=hunter2',
  'https://files.example/team/%2e%2e/other/x.json',
  'https://files.example/team/.%2E/other/x.json',
  'https://files.example/team/..%2fother/x.json',
  'https://files.example/team/%252e%252e/other/x.json',
  'https://files.example/team//x.json',
  'https://files.example/TEAM/x.json',
  'https://files.example/teams/x.json',
  'https://files.example/team.json',
  'https://[::ffff:10.0.0.1]/team/x.json',
  'https://0xa.0.0.1/team/x.json',
  'https://012.0.0.1/team/x.json',
  'https://167772161/team/x.json',
  's3://bucket.evil/team',
  's3://bucket/teams',
  's3://bucket2/team',
  's3://bucket',
  'gs://bucket/other/team',
  'azblob://account2/container/team',
  'azblob://account/container2/team',
  'azblob://account/container',
];

/** Such that no reference is like it: that is said, and nothing else. */
const UNREADABLE = [
  'oci://registry.example./team/x',
  'oci://user:hunter2@registry.example/team/x',
  'oci://registry.example@evil.example/team/x',
  'oci://registry.example#hunter2/team/x',
  'oci://registry.example?token=hunter2/team/x',
  'oci://registry.example/team/../other',
  'oci://registry.example/team/%2e%2e/other',
  'oci://registry.example/team%2fother',
  'oci://registry.example/Team/x',
  'oci://registry.example//team/x',
  'oci://régistry.example/team/x',
  'oci://ｒegistry.example/team/x',
  'oci://registry.example\\.evil.example/team/x',
  'oci:///registry.example/team/x',
  'https://files.example/team/x.json#hunter2',
  'https://files.example:99999/team/x.json?token=hunter2',
  's3://user:hunter2@bucket/team',
  's3://bucket@evil/team',
  's3://bucket/team/../other?token=hunter2',
  's3://bucket/team//x',
  's3://bucket/./team',
  's3://BUCKET/team',
  'azblob://account/container/team?sig=hunter2',
  'gs://bucket/team/%2e%2e',
];

/** The code of each call's error, and all that was said and recorded. */
async function refusals(references: readonly string[]) {
  const heard: unknown[] = [];
  const spy = vi.spyOn(console, 'error').mockImplementation((...words) => void heard.push(words));
  onTestFinished(() => spy.mockRestore());
  const host = makeHost();
  host.install('tool', {});
  const agent = await connect(host, { allowRemote: ALLOWED });
  const codes: Record<string, string[]> = {};
  for (const reference of references) {
    const calls = [
      ['list_snapshot_components', { snapshot: reference }],
      ['import_state', { snapshot: reference }],
      ['import_state', { snapshot: reference, approve: `sha256:${'a'.repeat(64)}`, accept: [] }],
      ['export_state', { destination: reference }],
    ] as const;
    const found = new Set<string>();
    for (const [tool, args] of calls) {
      const refused = await agent.call(tool, args).catch((error: unknown) => error);
      heard.push(refused);
      found.add((refused as { code?: string }).code ?? 'none');
    }
    codes[reference] = [...found];
  }
  const { audit } = host.state;
  const log = readdirSync(audit)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => readFileSync(path.join(audit, name), 'utf8'));
  return { codes, said: JSON.stringify(heard) + log.join('') };
}

const allWith = (references: readonly string[], code: string) =>
  Object.fromEntries(references.map((reference) => [reference, [code]]));

it.each([
  ['what is in no prefix', OUTSIDE, 'POLICY_OUTSIDE_FENCE'],
  ['what is like no reference', UNREADABLE, 'USAGE_BAD_ARGUMENT'],
])('an agent is refused %s, and no secret in it is repeated or recorded', async (_what, references, code) => {
  const { codes, said } = await refusals(references);
  expect(codes).toEqual(allWith(references, code));
  expect(said).toContain('"result":"refused"');
  expect(said).not.toContain('hunter2');
});

it('nobody is asked anything for what is outside, however its address is written', async () => {
  const server = await webServer((_asked, response) => response.end());
  const { port } = server.url;
  const names = ['127.0.0.1', '127.1', '0x7f000001', '017700000001', '2130706433', 'localhost', '[::1]'];
  const references = names.flatMap((name) => [
    `http://${name}:${port}/team/x.json`,
    `oci://${name}:${port}/team/x`,
  ]);
  expect((await refusals(references)).codes).toEqual(allWith(references, 'POLICY_OUTSIDE_FENCE'));
  expect(server.asked).toEqual([]);
});
