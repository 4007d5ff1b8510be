// The page that clients show beside a plan: who is told of it, and what is in it.
import { describe, expect, it } from 'vitest';
import { REVIEW_KEY, type Review } from '../../../tools/html/review.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';

const UI = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };
const ADDRESS = 'ui://wassette-state/review';

async function handedOver(extensions?: Record<string, object>) {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ network: ['api.example.com'] }) });
  await (await connect(giver)).call('export_state', { name: 'tools' });
  return connect(taker, {}, undefined, extensions);
}

const reviewIn = (wire: string): Review | undefined => JSON.parse(wire)._meta?.[REVIEW_KEY];

describe('a client that has pages', () => {
  it('finds in the list of tools which page shows a plan, and that the page can call nothing', async () => {
    const { client } = await handedOver(UI);
    const { tools } = await client.listTools();
    expect(tools.map(({ name, _meta }) => [name, _meta])).toEqual([
      ['export_state', undefined],
      ['import_state', { ui: { resourceUri: ADDRESS, visibility: ['model'] } }],
      ['list_snapshot_components', undefined],
    ]);
  });

  it('reads it as HTML that loads nothing from anywhere', async () => {
    const { client } = await handedOver(UI);
    const { contents } = await client.readResource({ uri: ADDRESS });
    expect(contents).toEqual([
      {
        uri: ADDRESS,
        mimeType: 'text/html;profile=mcp-app',
        text: expect.stringContaining("default-src 'none'; style-src 'sha256-"),
        _meta: { ui: { csp: {}, prefersBorder: true } },
      },
    ]);
    expect(JSON.stringify(contents).length).toBeLessThan(10_000);
  });

  it('is given with a plan what the page shows, and no command', async () => {
    const { call } = await handedOver(UI);
    const planned = await call('import_state', { snapshot: 'tools' });
    expect(reviewIn(planned.wire)).toMatchObject({ title: 'Import', summary: '1 to add', approving: null });
    const said = reviewIn(planned.wire)!.blocks.flatMap(({ lines }) =>
      lines.map(({ subjects, text }) => `${subjects.join(', ')} ${text}`),
    );
    expect(said).toEqual(expect.arrayContaining(approvalIn(planned).accept));
    const applied = await call('import_state', approvalIn(planned));
    expect(reviewIn(applied.wire)).toBeUndefined();
  });
});

describe('any other client', () => {
  it('is given nothing for a page', async () => {
    const { call } = await handedOver();
    expect(reviewIn((await call('import_state', { snapshot: 'tools' })).wire)).toBeUndefined();
  });

  it('finds no resource that a person could pick', async () => {
    const { client } = await handedOver();
    expect((await client.listResources()).resources).toEqual([]);
    expect((await client.listResourceTemplates()).resourceTemplates).toEqual([]);
    for (const uri of ['ui://wassette-state/', `${ADDRESS}/x`, 'file:///etc/passwd'])
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32002 });
  });
});
