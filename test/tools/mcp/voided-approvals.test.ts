// Approvals in writing that do not count: each is named with its reason, and nothing is applied by it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ServerOptions } from '../../../tools/mcp/server-options.ts';
import { ApprovalScene, FOR_AN_EMPTY_HOST } from '../../fixtures/approval-scene.ts';
import { failing } from '../../fixtures/failing.ts';
import { policyText, type TestHost } from '../../fixtures/host.ts';
import { connect } from '../../fixtures/servers/mcp.ts';
import { testKey } from '../../fixtures/signing.ts';
import { approve } from '../../fixtures/written-approvals.ts';

const REQUIRED = failing('POLICY_APPROVAL_REQUIRED');

let scene: ApprovalScene;
let giver: TestHost;
let taker: TestHost;
let signed: Partial<ServerOptions>;

beforeEach(async () => {
  scene = await ApprovalScene.begin();
  ({ giver, taker, signed } = scene);
});

const planned: ApprovalScene['planned'] = (...args) => scene.planned(...args);
const write: ApprovalScene['write'] = (...args) => scene.write(...args);

/** Sets the clock. */
function clock(milliseconds: number): void {
  vi.spyOn(Date, 'now').mockReturnValue(milliseconds);
}

const inFolder = (name: string) => scene.inFolder(name);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an approval that does not count is named with its reason, and nothing is applied', () => {
  async function expectRefused(code: string) {
    const { plan, again } = await planned(signed);
    expect(plan.structured.warnings).toEqual([expect.stringContaining(`does not count (${code})`)]);
    await expect(again()).rejects.toEqual(REQUIRED);
    expect(taker.files()).toEqual({});
  }

  test('for another label', async () => {
    await write('team.approval.json', { labels: ['staging'] });
    await expectRefused('POLICY_APPROVAL_OTHER_HOST');
  });

  test('of somebody who is not accepted', async () => {
    await write('team.approval.json', { key: testKey('p256') });
    await expectRefused('POLICY_APPROVER_NOT_ACCEPTED');
  });

  test('that was changed', async () => {
    await write('team.approval.json');
    const text = readFileSync(inFolder('team.approval.json'), 'utf8');
    writeFileSync(inFolder('team.approval.json'), text.replace('"sig":"', '"sig":"AAAA'));
    await expectRefused('VERIFY_BAD_SIGNATURE');
  });

  test('that is no file, or no bundle, beside one that counts', async () => {
    await write('team.approval.json');
    mkdirSync(inFolder('folder.json'));
    symlinkSync(inFolder('team.approval.json'), inFolder('link.json'));
    spawnSync('mkfifo', [inFolder('pipe.json')]);
    writeFileSync(inFolder('half.json'), '{"mediaType":');
    writeFileSync(inFolder('large.json'), Buffer.alloc(5 * 1024 * 1024));
    writeFileSync(inFolder('README.md'), 'who approves here');
    const { plan, again } = await planned(signed);
    const codes = (plan.structured.warnings as string[]).map((text) => /\((\w+)\)/.exec(text)?.[1]);
    expect(codes.sort()).toEqual([
      'FORMAT_INVALID_SIGNATURE',
      'FORMAT_LIMIT_EXCEEDED',
      'STORE_UNSAFE_FILE',
      'STORE_UNSAFE_FILE',
      'STORE_UNSAFE_FILE',
    ]);
    expect((await again()).structured.status).toBe('applied');
  });

  test('that is over, also when the clock is set back afterwards', async () => {
    await write('team.approval.json');
    const now = Date.now();
    clock(now + 2 * 3_600_000);
    await expectRefused('POLICY_APPROVAL_EXPIRED');
    clock(now);
    await expectRefused('POLICY_APPROVAL_EXPIRED');
  });

  test('from before it was made', async () => {
    const now = Date.now();
    clock(now + 120_000);
    await write('team.approval.json');
    clock(now);
    await expectRefused('POLICY_APPROVAL_NOT_YET');
  });

  test('that ends between the plan and the call', async () => {
    const now = Date.now();
    await write('team.approval.json', { until: Math.floor(now / 1_000) + 600 });
    const { again } = await planned(signed);
    clock(now + 700_000);
    await expect(again()).rejects.toEqual(REQUIRED);
  });

  test('of another snapshot, which is passed over in a folder', async () => {
    giver.install('clock', { code: 'other', policy: policyText({ environment: ['TZ'] }) });
    await (await connect(giver)).call('export_state', { name: 'others' });
    await approve(inFolder('others.approval.json'), 'others', { ...giver.locations, ...FOR_AN_EMPTY_HOST });
    const { plan, again } = await planned(signed);
    expect(plan.structured.warnings).toEqual([]);
    await expect(again()).rejects.toEqual(REQUIRED);
    const writing = { approvals: inFolder('others.approval.json'), labels: ['production'] };
    const byName = await planned({ ...signed, writing });
    expect(byName.plan.structured.warnings).toEqual([expect.stringContaining('(VERIFY_OTHER_SUBJECT)')]);
  });
});
