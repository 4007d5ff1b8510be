// What our tools cost the context of a model: of the list that every conversation begins with, and of the usual answers.
import { expect, test } from 'vitest';
import { describeTool, toolsFor } from '../../../tools/mcp/index.ts';
import { instructionsFor, wrapInstructionsFor } from '../../../tools/mcp/instructions.ts';
import { FILES, HTTP, type Imports, importing } from '../../fixtures/components/importing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';

const options = { locations: {}, allowDirs: [], allowRemote: [], readOnly: false, neverWiden: false };
const IDS = ['weather', 'calendar', 'github-issues', 'invoices', 'translate'];
const MOST = 2_000;

function grantsOf(id: string): { host: string; directory: string } {
  return { host: `api.${id}.example.com`, directory: `/srv/agents/${id}` };
}

/** By default each has code that can use what it is granted. */
async function installFive(host: TestHost, imports: readonly Imports[] = [HTTP, FILES]): Promise<void> {
  for (const id of IDS) {
    const { host: reached, directory } = grantsOf(id);
    host.install(id, {
      code: await importing(...imports),
      policy: `version: "1.0"
permissions:
  network:
    allow:
      - host: ${reached}
  storage:
    allow:
      - uri: fs://${directory}
        access: [read]
`,
    });
  }
}

const APPROVALS = [
  undefined,
  { by: 'operator', planLifetime: 60 } as const,
  { by: 'signed', planLifetime: 0 } as const,
];

const KINDS = ['oci', 's3', 'gs', 'azblob', 'https', 'http'];
const REMOTE = [
  [],
  ['oci://registry.example/team', 's3://bucket/prefix'],
  KINDS.map((kind) => `${kind}://${'long'.repeat(20)}/team`),
];

test('the list of our three tools is under 7,000 characters', () => {
  for (const approval of APPROVALS)
    for (const allowRemote of REMOTE)
      expect(
        JSON.stringify(toolsFor({ ...options, approval, allowRemote }).map(describeTool)).length,
      ).toBeLessThan(7_000);
});

test("our instructions are under 1,200 characters, beside Wassette's own or alone", () => {
  for (const neverWiden of [false, true])
    for (const readOnly of [false, true])
      for (const approval of APPROVALS)
        for (const text of [
          instructionsFor({ readOnly, neverWiden, approval }),
          wrapInstructionsFor({ readOnly, neverWiden, approval }),
        ])
          expect(text.length).toBeLessThan(1_200);
});

test.each([
  ['can use them', [HTTP, FILES]],
  ['cannot, which is said', []],
])(
  'five components with a host and a directory each, whose code %s, are handed over in answers of 2,000 characters',
  async (_, imports) => {
    const giver = makeHost();
    const taker = makeHost({ stateDir: giver.locations.stateDir });
    await installFive(giver, imports);
    const from = await connect(giver);
    const to = await connect(taker);
    const exported = await from.call('export_state', { name: 'desk' });
    const planned = await to.call('import_state', { snapshot: 'desk' });
    const listed = await to.call('list_snapshot_components', { snapshot: 'desk' });
    const applied = await to.call('import_state', approvalIn(planned));
    const here = await to.call('list_snapshot_components');
    for (const { text } of [exported, planned, listed, applied, here])
      expect(text.length).toBeLessThanOrEqual(MOST);
    for (const id of IDS)
      for (const granted of Object.values(grantsOf(id)))
        for (const { text } of [planned, listed, here]) expect(text).toContain(granted);
    for (const sentence of approvalIn(planned).accept) expect(planned.text).toContain(sentence);
    for (const { text } of [planned, listed, here])
      expect(text.includes('its code makes no HTTP requests')).toBe(imports.length === 0);
  },
);

test('an agent that reads only the text of a long plan finds there all that an approval has', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  await installFive(giver);
  taker.install('weather', { policy: policyText({ network: ['old.example.com'] }) });
  taker.install('leaving', { policy: policyText({}) });
  taker.install('translate');
  await (await connect(giver)).call('export_state', { name: 'desk' });
  const { call } = await connect(taker);
  const { text } = await call('import_state', { snapshot: 'desk', remove_extra: true });
  const [, start, count] = /^To approve, call import_state with (\{.*?\}) .*the (\d+) sentences/m.exec(text)!;
  const sections = text.split(/^(?=This .*:$)/m).filter((part) => /^This (changes|allows)/.test(part));
  const lines = sections.flatMap((part) => part.split('\n').filter((line) => /^[-+~*!] /.test(line)));
  const accept = lines.map((line) => line.slice(2));
  expect(accept).toHaveLength(Number(count));
  const applied = await call('import_state', { ...JSON.parse(start!), accept });
  expect(applied.structured).toMatchObject({ status: 'applied' });
  expect(taker.files()).toEqual(giver.files());
});
