// `--approvals` and `--approval signed`: what somebody has approved in writing an agent imports without a question, and under
// `signed` nothing else.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { approvePlan } from '../../../src/approve.ts';
import { undoImport } from '../../../src/undo.ts';
import type { ServerOptions } from '../../../tools/mcp/server-options.ts';
import { ApprovalScene } from '../../fixtures/approval-scene.ts';
import { failing } from '../../fixtures/failing.ts';
import { policyText, type TestHost } from '../../fixtures/host.ts';
import { operatorPolicy } from '../../fixtures/operator-policy.ts';
import { connect, type Person } from '../../fixtures/servers/mcp.ts';

const REQUIRED = failing('POLICY_APPROVAL_REQUIRED');

let scene: ApprovalScene;
let giver: TestHost;
let taker: TestHost;
let folder: string;
let options: Partial<ServerOptions>;
let signed: Partial<ServerOptions>;

beforeEach(async () => {
  scene = await ApprovalScene.begin();
  ({ giver, taker, folder, options, signed } = scene);
});

const planned: ApprovalScene['planned'] = (...args) => scene.planned(...args);
const write: ApprovalScene['write'] = (...args) => scene.write(...args);

/** Sets the clock. */
function clock(milliseconds: number): void {
  vi.spyOn(Date, 'now').mockReturnValue(milliseconds);
}

afterEach(() => {
  vi.restoreAllMocks();
});

const nobody: Person = {
  asked: [],
  answer: async () => {
    throw new Error('somebody was asked');
  },
};

describe('a plan that is approved in writing', () => {
  test.each([
    ['where a person is asked otherwise', () => options],
    ['where nothing else counts', () => signed],
  ])('is applied without a question, %s, and the answer says by whom it was approved', async (_, chosen) => {
    await write('team.approval.json');
    const { plan, call, again } = await planned(chosen(), nobody);
    expect(plan.structured.summary).toContain(
      'It is approved in writing by "alice@example.com": nobody is asked.',
    );
    expect(plan.text).toContain('= all of it, by "alice@example.com" (SHA256:');
    expect(call).not.toHaveProperty('accept');
    expect(taker.files()).toEqual({});
    const { structured } = await again();
    expect(structured).toMatchObject({
      status: 'applied',
      summary: 'Applied, as approved in writing by "alice@example.com": 2 added.',
    });
    expect(Object.keys(taker.files())).toContain('weather.wasm');
  });

  test('is covered by several approvals together', async () => {
    await write('clock.approval.json', { componentFilter: ['clock'] });
    await write('weather.approval.json', { componentFilter: ['weather'] });
    const { again } = await planned(signed);
    expect((await again()).structured.status).toBe('applied');
  });

  test('is covered where one component is there already', async () => {
    await write('team.approval.json');
    taker.install('clock', { policy: policyText({ environment: ['TZ'] }) });
    const { again } = await planned(signed);
    expect((await again()).structured.summary).toContain('1 unchanged, 1 added');
  });

  test('needs nothing where all of them are', async () => {
    taker.install('clock', { policy: policyText({ environment: ['TZ'] }) });
    taker.install('weather', { policy: policyText({ network: ['api.example.com'] }) });
    const window = await connect(taker, signed);
    const { structured } = await window.call('import_state', { snapshot: 'tools' });
    expect(structured.status).toBe('nothing_to_do');
  });

  test('is refused all the same where the operator forbids more than before', async () => {
    await write('team.approval.json');
    await expect(planned({ ...signed, neverWiden: true })).rejects.toEqual(failing('POLICY_WIDENED'));
  });

  test('is refused all the same where the snapshot has to be signed', async () => {
    await write('team.approval.json');
    const trust = { ...options.trust!, requireSignature: true };
    await expect(planned({ ...signed, trust })).rejects.toEqual(failing('POLICY_SIGNATURE_REQUIRED'));
  });

  test('is no more approved once it was taken back, until somebody approves it again', async () => {
    await write('team.approval.json');
    const { again } = await planned(signed);
    await again();
    await undoImport({ ...taker.locations, approval: 'all' });
    const second = await planned(signed);
    expect(second.plan.text).toContain('does not count (POLICY_APPROVAL_TAKEN_BACK)');
    await expect(second.again()).rejects.toEqual(REQUIRED);
    clock(Date.now() + 5_000);
    await write('again.approval.json');
    expect((await second.again()).structured.status).toBe('applied');
  });

  test('is approved again where somebody else took a component away', async () => {
    await write('team.approval.json');
    const first = await planned(signed);
    await first.again();
    rmSync(path.join(taker.locations.componentDir, 'clock.wasm'));
    const { again } = await planned(signed);
    expect((await again()).structured.status).toBe('applied');
  });
});

test('where nothing else counts, an agent is told so beforehand', async () => {
  const { client } = await connect(taker, signed);
  expect(client.getInstructions()).toContain('Only what is approved in writing is applied here');
  const { tools } = await client.listTools();
  const { description } = tools.find(({ name }) => name === 'import_state')!;
  expect(description).toContain('nothing else is applied here');
  expect(description).not.toContain('terminal');
});

describe('one thing more than is approved in writing', () => {
  beforeEach(async () => {
    await write('team.approval.json');
    taker.storeSecrets('weather', { TOKEN: 'x' });
  });

  const MORE = '"weather" will see the secrets stored here: "TOKEN"';

  test('is shown alone, and asked about alone', async () => {
    const person: Person = {
      asked: [],
      answer: async () => ({ action: 'accept', content: { approve: true } }),
    };
    const { plan, call, again } = await planned(options, person);
    expect(call.accept).toEqual([MORE]);
    expect(plan.text).toContain('Approved in writing:\n= 5 things, by "alice@example.com"');
    expect(plan.text).not.toContain('api.example.com');
    const { structured } = await again();
    expect(person.asked).toHaveLength(1);
    expect(person.asked[0]).toContain(MORE);
    expect(person.asked[0]).not.toContain('api.example.com');
    expect(structured.summary).toBe(
      'Applied, some of it as approved in writing by "alice@example.com": 2 added.',
    );
  });

  test('needs its sentence', async () => {
    const { window, call } = await planned();
    await expect(window.call('import_state', { ...call, accept: [] })).rejects.toEqual(
      failing('CONFLICT_APPROVAL_MISMATCH'),
    );
  });

  test('is not applied where only approvals in writing count, whatever else is done', async () => {
    const { window, plan, call, again } = await planned(signed, nobody);
    expect(plan.structured.summary).toContain('Only approvals in writing count here');
    for (const args of [call, { ...call, accept: [MORE] }])
      await expect(window.call('import_state', { ...args })).rejects.toEqual(
        failing('POLICY_APPROVAL_REQUIRED', { details: expect.objectContaining({ not_covered: [MORE] }) }),
      );
    // What is kept is no plan for the operator in a terminal.
    await expect(approvePlan(call.approve, taker.locations)).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
    await expect(again()).rejects.toEqual(REQUIRED);
    expect(taker.files()).toEqual({});
  });

  test('is applied by the approval of a terminal under another flag, and not under this one', async () => {
    const operator = await planned({ ...options, approval: { by: 'operator', planLifetime: 3_600 } });
    await approvePlan(operator.call.approve, taker.locations);
    const window = await connect(taker, signed);
    await expect(window.call('import_state', { ...operator.call })).rejects.toEqual(REQUIRED);
    expect((await operator.again()).structured.status).toBe('applied');
  });
});

describe("under the operator's policy", () => {
  test('whose approvals count is capped', async () => {
    await write('team.approval.json');
    const { again } = await planned({
      ...signed,
      policy: operatorPolicy({ approvers: '[bob@example.com]' }),
    });
    await expect(again()).rejects.toEqual(REQUIRED);
    const policy = operatorPolicy({ approvers: '[alice@example.com]' });
    expect((await (await planned({ ...signed, policy })).again()).structured.status).toBe('applied');
  });

  test('a host without another label has those of the policy, and no other one', async () => {
    await write('team.approval.json');
    const writing = { approvals: folder, labels: [] };
    const named = { ...signed, writing, policy: operatorPolicy({ labels: '[production]' }) };
    const other = { ...signed, policy: operatorPolicy({ labels: '[staging]' }) };
    await expect(planned(other)).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
    expect((await (await planned(named)).again()).structured.status).toBe('applied');
  });

  test('what is beyond it is refused, approved or not', async () => {
    await write('team.approval.json');
    const policy = operatorPolicy({ hosts: '[]' });
    await expect(planned({ ...signed, policy })).rejects.toEqual(failing('POLICY_BEYOND_CAPS'));
  });
});

test('a directory counts only where the approval names what it leads to here', async () => {
  const data = path.join(giver.locations.stateDir, '..', 'data');
  mkdirSync(data);
  const link = path.join(path.dirname(data), 'link');
  symlinkSync(data, link);
  const policy = `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: "fs://${link}"\n      access: ["read"]\n`;
  giver.install('files', { policy });
  await (await connect(giver)).call('export_state', { name: 'tools' });
  await write('team.approval.json');
  const first = await planned(signed);
  expect(first.plan.text).toContain(`"files" may read files in "${link}", which is "${data}"`);
  await expect(first.again()).rejects.toEqual(REQUIRED);
  const directories = new Map([[`fs://${link}`, data]]);
  await write('named.approval.json', { assumed: { content: null, directories } });
  expect((await first.again()).structured.status).toBe('applied');
});
