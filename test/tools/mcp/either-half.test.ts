// Some clients show their model only the text of a result, and some only its structure: either is enough to go on with.
import { beforeEach, expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';

let giver: TestHost;
let taker: TestHost;

beforeEach(() => {
  giver = makeHost();
  taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ environment: ['CITY'] }) });
});

test('the structure of an import says where it goes, how it is taken back, and that Wassette has to be started', async () => {
  await (await connect(giver)).call('export_state', { name: 'desk' });
  const { call } = await connect(taker);
  const planned = await call('import_state', { snapshot: 'desk' });
  expect(planned.structured.into).toBe(taker.locations.componentDir);
  expect(planned.text).toContain(`into ${taker.locations.componentDir}\n`);
  const applied = await call('import_state', approvalIn(planned));
  const again = await call('import_state', approvalIn(planned));
  for (const { structured, text } of [applied, again]) {
    expect(structured).toMatchObject({
      undo_available: true,
      undo_command: expect.stringMatching(/^wassette-state undo /),
      start_wassette: expect.stringContaining('start it, or restart it'),
    });
    expect(text).toContain(structured.undo_command);
    expect(text).toContain(structured.start_wassette);
  }
});

test('the text of a list says which snapshot it is, and whether it is intact and signed', async () => {
  const { call } = await connect(giver);
  const { structured } = await call('export_state', { name: 'desk', description: 'weather <desk>' });
  const listed = await call('list_snapshot_components', { snapshot: 'desk' });
  const [, second] = listed.text.split('\n');
  expect(second).toBe(
    `${structured.snapshot_digest}, made ${listed.structured.created_at}, "weather \\u003cdesk\\u003e". Verification: ${listed.structured.verification}.`,
  );
  expect(second).toContain('document and digests are intact; not signed');
});

test('both say of the local store every name that a snapshot has, or how many more there are', async () => {
  for (let n = 0; n < 52; n++)
    await exportStateTo({ name: `n${String(n).padStart(2, '0')}` }, giver.locations);
  const { call } = await connect(giver);
  const { structured, text } = await call('list_snapshot_components', { of: 'store' });
  const [{ names, names_more }] = structured.snapshots as [{ names: string[]; names_more: number }];
  expect([names.length, names_more]).toEqual([50, 2]);
  for (const name of names) expect(name).toMatch(/^n\d\d$/);
  for (const name of names) expect(text).toContain(`${name}, `);
  expect(text).toContain(', and 2 more names, sha256:');
});
