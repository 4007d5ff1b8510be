// An operator who is root approves for an agent that runs as another user, and what root writes that user can read.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { approvePlan, waitingPlans } from '../src/approve.ts';
import { exportStateTo } from '../src/export.ts';
import { makeHost, policyText } from './fixtures/host.ts';
import { asAnotherUser } from './fixtures/system/another-user.ts';
import { isRoot } from './fixtures/system/root.ts';

describe.runIf(isRoot)('an operator who is root', () => {
  it('approves for an agent that is another user: it can apply that, and not before', async () => {
    const host = makeHost();
    host.install('weather', { policy: policyText({}) });
    await exportStateTo({ name: 'tools' }, host.locations);
    const locations = { ...host.locations, componentDir: path.join(host.locations.componentDir, '../other') };
    const roots = new Set(Object.values(host.locations).map((each) => path.dirname(each)));
    const handOver = () => execFileSync('chown', ['-R', '65534:65534', ...roots]);
    handOver();
    const agent = (work: string) =>
      asAnotherUser(`
        import { proposeImport, recallImport } from '@/src/import.ts';
        import { openSnapshot } from '@/src/open.ts';
        import { operatorOf } from '@/src/site/approval/operator-approver.ts';
        import { openSite } from '@/src/site/site.ts';
        const locations = ${JSON.stringify(locations)};
        const site = await openSite(locations);
        const snapshot = await openSnapshot('tools', locations);
        ${work}
      `);
    const digest = agent(`
      const proposal = await proposeImport(snapshot, site, locations);
      console.log((await proposal.keepForOperator([], 3600)).digest);
    `).trim();
    const apply = () =>
      agent(`
        const proposal = await recallImport('${digest}', snapshot, site, locations);
        const settled = await proposal.settle(operatorOf(site.host.state, () => undefined))
          .catch(({ code }) => ({ became: code }));
        console.log(settled.became);
      `).trim();
    expect(apply()).toBe('POLICY_APPROVAL_REQUIRED');
    const { stateDir } = locations;
    expect((await waitingPlans({ stateDir })).map(({ plan }) => plan.digest)).toEqual([digest]);
    await approvePlan(digest, { stateDir });
    expect(apply()).toBe('applied');
  });
});
