// Signatures as an agent meets them: who signed is told with a snapshot and with a plan, and where the operator requires an
// accepted signer, nothing else is planned.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { exportStateTo } from '../../../src/index.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';
import { testKey } from '../../fixtures/signing.ts';

let giver: TestHost;
let taker: TestHost;
let file: string;
const [alice, bob] = [testKey('ed25519'), testKey('p256')];

beforeEach(() => {
  giver = makeHost();
  taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText() });
  file = path.join(path.dirname(giver.locations.componentDir), 'signers');
  writeFileSync(file, `alice namespaces="wassette-state" ${alice.publicKey.sshLine}\n`);
});

const exported = (...keys: (typeof alice)[]) =>
  exportStateTo({ name: 'tools' }, { ...giver.locations, signers: keys.map((key) => ({ key })) });
const taking = (more = {}) => connect(taker, { trust: { allowedSigners: file, ...more } });
const words = `"alice" (${alice.publicKey.fingerprint}), accepted here`;

test('the list of a snapshot tells who signed it', async () => {
  await exported(alice);
  const b = await taking();
  const { structured } = await b.call('list_snapshot_components', { snapshot: 'tools' });
  expect(structured.verification).toContain(`intact; signed by ${words}; `);
  await exported(alice, bob);
  const both = await b.call('list_snapshot_components', { snapshot: 'tools' });
  expect(both.structured.verification).toContain(
    `${bob.publicKey.fingerprint}, whom nobody has accepted here`,
  );
});

test('the list of a snapshot tells that nobody signed it', async () => {
  await exported();
  const { structured } = await (await taking()).call('list_snapshot_components', { snapshot: 'tools' });
  expect(structured.verification).toContain('; not signed; ');
});

test('a snapshot can be listed where the list of signers cannot be read, and that is said', async () => {
  await exported(alice);
  writeFileSync(file, 'alice\n');
  const { structured } = await (await taking()).call('list_snapshot_components', { snapshot: 'tools' });
  expect(structured.verification).toContain('signed by somebody; by whom cannot be told: ');
});

test('plan and result tell who signed, and that they are remembered', async () => {
  await exported(alice);
  const b = await taking();
  const plan = await b.call('import_state', { snapshot: 'tools' });
  expect(plan.structured.verification).toBe(`signed by ${words}`);
  expect(plan.text).toContain(`by ${words}`);
  expect(plan.text).toContain('will be remembered as the signer of "tools"');
  const applied = await b.call('import_state', approvalIn(plan));
  expect(applied.text).toContain('will be remembered as the signer of "tools"');
  expect(applied.structured.verification).toBe(`signed by ${words}`);
});

test('another signer is a sentence that the approving call has to hold', async () => {
  await exported(alice);
  const b = await taking();
  await b.call('import_state', approvalIn(await b.call('import_state', { snapshot: 'tools' })));
  giver.install('weather', { code: 'other', policy: policyText() });
  await exported();
  const plan = await b.call('import_state', { snapshot: 'tools' });
  const { accept, ...approval } = approvalIn(plan);
  const signer = accept.find((sentence) => sentence.includes('until now signed by'));
  expect(signer).toMatch(/^the snapshot "tools", until now signed by "SHA256:[^"]+", is signed by NOBODY$/);
  const without = accept.filter((sentence) => sentence !== signer);
  await expect(b.call('import_state', { ...approval, accept: without })).rejects.toEqual(
    failing('CONFLICT_APPROVAL_MISMATCH'),
  );
  expect((await b.call('import_state', { ...approval, accept })).structured.status).toBe('applied');
});

test('under --never-widen another signer is refused', async () => {
  await exported(alice);
  const b = await taking();
  await b.call('import_state', approvalIn(await b.call('import_state', { snapshot: 'tools' })));
  giver.install('weather', { policy: policyText({ environment: ['CITY'] }) });
  taker.install('weather', { policy: policyText({ environment: ['CITY', 'HOME'] }) });
  await exported();
  const fenced = await connect(taker, { neverWiden: true, trust: { allowedSigners: file } });
  const refused = fenced.call('import_state', { snapshot: 'tools' });
  await expect(refused).rejects.toEqual(failing('POLICY_WIDENED'));
});

test('where an accepted signer is required, nothing else is planned, and the agent is told who can change that', async () => {
  const b = await taking({ requireSignature: true });
  await exported();
  await expect(b.call('import_state', { snapshot: 'tools' })).rejects.toEqual(
    failing('POLICY_SIGNATURE_REQUIRED'),
  );
  await exported(bob);
  await expect(b.call('import_state', { snapshot: 'tools' })).rejects.toEqual(
    failing('POLICY_SIGNER_NOT_ACCEPTED', { hint: expect.stringContaining('only the operator') }),
  );
  const { structured } = await b.call('list_snapshot_components', { snapshot: 'tools' });
  expect(JSON.stringify(structured.notes)).toContain('POLICY_SIGNER_NOT_ACCEPTED');
  await exported(alice);
  expect((await b.call('import_state', { snapshot: 'tools' })).structured.status).toBe('planned');
});

test('a manifest is refused where an accepted signer is required', async () => {
  const folder = path.dirname(file);
  writeFileSync(path.join(folder, 'm.yaml'), 'components:\n  - uri: oci://registry.example/a:1\n');
  for (const neverWiden of [false, true]) {
    const b = await connect(taker, { neverWiden, allowDirs: [folder], trust: { requireSignature: true } });
    const refused = b.call('import_state', { snapshot: path.join(folder, 'm.yaml') });
    await expect(refused).rejects.toEqual(failing('POLICY_SIGNATURE_REQUIRED'));
  }
});
