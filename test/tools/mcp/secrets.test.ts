// Secrets by the tools: sealed for whom the operator named, opened with what the operator gave, and never in an answer.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';

const { mine } = KEYS;

function twoHosts() {
  const giver = makeHost();
  giver.install('weather', { policy: policyText() });
  giver.storeSecrets('weather', { TOKEN: 'hunter2' });
  return { giver, taker: makeHost({ stateDir: giver.locations.stateDir }) };
}

test('an agent hands secrets over that it never sees, where the operators of both sides allow it', async () => {
  const { giver, taker } = twoHosts();
  const from = await connect(giver, { recipients: [mine.recipient] });
  const to = await connect(taker, { decryptionKey: mine.identity });
  const exported = await from.call('export_state', { include_secrets: true });
  const asked = { snapshot: exported.structured.snapshot, include_secrets: true };
  const planned = await to.call('import_state', asked);
  expect(planned.text).toContain('will get secrets that are not stored here yet');
  expect(planned.structured.next_step).toMatchObject({ arguments: { include_secrets: true } });
  const applied = await to.call('import_state', approvalIn(planned));
  expect(readFileSync(path.join(taker.locations.secretsDir, 'weather.yaml'), 'utf8')).toBe(
    'TOKEN: hunter2\n',
  );
  for (const { wire } of [exported, planned, applied]) {
    expect(wire).not.toContain('hunter2');
    expect(wire).not.toContain('AGE-SECRET-KEY');
  }
});

test('a plan without the secrets of the snapshot says that it carries them, sealed, and what would bring them', async () => {
  const { giver, taker } = twoHosts();
  const from = await connect(giver, { recipients: [mine.recipient] });
  const to = await connect(taker, { decryptionKey: mine.identity });
  const { structured } = await from.call('export_state', { include_secrets: true });
  const { snapshot } = structured;
  const bare = await to.call('import_state', { snapshot });
  const how =
    'the snapshot carries it, sealed, for an import that includes secrets and has a key that opens them';
  expect(bare.text).toContain(`secrets of "weather": "TOKEN"; ${how}`);
  expect(bare.structured.lacks).toMatchObject({ secrets: [`weather: TOKEN; ${how}`] });
  const whole = await to.call('import_state', { snapshot, include_secrets: true });
  expect(whole.wire).not.toContain('the snapshot carries');
});

test('an agent gets no secrets where the operator named nobody to seal them for', async () => {
  const { giver, taker } = twoHosts();
  const from = await connect(giver, { decryptionKey: mine.identity });
  await expect(from.call('export_state', { include_secrets: true })).rejects.toEqual(
    failing('POLICY_OUTSIDE_FENCE'),
  );
  const allowed = await connect(giver, { recipients: [mine.recipient] });
  const { structured } = await allowed.call('export_state', { include_secrets: true });
  const to = await connect(taker, { recipients: [mine.recipient] });
  const asked = { snapshot: structured.snapshot, include_secrets: true };
  await expect(to.call('import_state', asked)).rejects.toEqual(failing('POLICY_OUTSIDE_FENCE'));
});

test('no argument of a tool takes a key', async () => {
  const { giver } = twoHosts();
  const from = await connect(giver, { recipients: [mine.recipient] });
  for (const name of ['recipient', 'encryption_key', 'passphrase'])
    await expect(from.call('export_state', { include_secrets: true, [name]: 'x' })).rejects.toEqual(
      failing('USAGE_BAD_ARGUMENT'),
    );
});
