// The examples do what they say, as scripts that people copy.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

function run(script: string, args: string[], host: TestHost, env: Record<string, string> = {}): string {
  const { componentDir, secretsDir, stateDir } = host.locations;
  return execFileSync('bash', [path.join(EXAMPLES, script), ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      WASSETTE_STATE: `${process.execPath} ${PROGRAM}`,
      WASSETTE_COMPONENT_DIR: componentDir,
      WASSETTE_SECRETS_DIR: secretsDir,
      XDG_STATE_HOME: stateDir,
      ...env,
    },
  });
}

function scratch(host: TestHost, name: string): string {
  const dir = path.join(path.dirname(host.locations.componentDir), name);
  mkdirSync(dir);
  return dir;
}

test('handoff.ts hands over, compares state digests, lets a real Wassette serve the tools, and undoes it', () => {
  const output = execFileSync('npx', ['tsx', path.join(EXAMPLES, 'handoff.ts'), '--wassette'], {
    encoding: 'utf8',
  });
  expect(output).toContain('Both hosts now have the same state');
  expect(output).toContain('WEATHER_CITY: Oslo');
  expect(output).toContain('OTHER_SECRET: null');
  expect(output).toContain('B has 0 components');
});

test('backup-and-restore.sh brings back what was lost and removes what came later', () => {
  const host = makeHost();
  host.install('kept', { policy: policyText({ network: ['api.example.com'] }) });
  const before = host.files();
  const backup = path.join(scratch(host, 'backups'), 'state.json');
  run('backup-and-restore.sh', ['backup', backup], host);
  host.install('kept', { code: 'something else' });
  host.install('later');
  run('backup-and-restore.sh', ['restore', backup], host);
  expect(host.files()).toEqual(before);
});

test('promote.sh gives production exactly what development has', () => {
  const dev = makeHost();
  const staging = makeHost();
  const prod = makeHost();
  dev.install('tool', { code: 'new', policy: policyText({ environment: ['REGION'] }) });
  prod.install('tool', { code: 'old', policy: policyText({}) });
  const dirs = [dev, staging, prod].map((host) => host.locations.componentDir);
  expect(run('promote.sh', dirs, dev)).toContain('production runs what was tested');
  expect(prod.files()).toEqual(dev.files());
  expect(staging.files()).toEqual(dev.files());
});

test('promote.sh with an overlay gives production its own directories, and less than development has', () => {
  const dev = makeHost();
  const staging = makeHost();
  const prod = makeHost();
  const storage = (uri: string) => `  storage:\n    allow:\n    - uri: ${uri}\n      access: [read]\n`;
  const policy = policyText({ network: ['api.example.com', 'api.dev.example'] });
  dev.install('tool', { policy: policy + storage('fs:///home/me/data') });
  const overlay = path.join(scratch(prod, 'work'), 'prod.yaml');
  const written =
    'version: 1\nmap_dirs: { /home/me/data: /srv/data }\nwithout: { tool: [api.dev.example] }\n';
  writeFileSync(overlay, written);
  const dirs = [dev, staging, prod].map((host) => host.locations.componentDir);
  expect(run('promote.sh', [...dirs, overlay], dev)).toContain('production runs what was tested');
  expect(run('promote.sh', [...dirs, overlay], dev)).toContain('production runs what was tested');
  expect(staging.files()).toEqual(dev.files());
  const expected = policyText({ network: ['api.example.com'] }) + storage('fs:///srv/data');
  expect(prod.files()['tool.policy.yaml']!.toString()).toBe(expected);
  // Whatever fits nothing stops the promotion: production stays as it was.
  const before = prod.files();
  writeFileSync(overlay, written.replace('/home/me/data', '/home/you'));
  expect(() => run('promote.sh', [...dirs, overlay], dev)).toThrowError(/USAGE_BAD_ARGUMENT/);
  expect(prod.files()).toEqual(before);
});

test('team-git.sh commits once, makes no noise when nothing changed, and a colleague joins', () => {
  const giver = makeHost();
  const taker = makeHost();
  giver.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const repository = scratch(giver, 'repository');
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' });
  git('init', '--quiet');
  git('config', 'user.name', 'Team');
  git('config', 'user.email', 'team@example.com');
  run('team-git.sh', ['share', repository], giver);
  run('team-git.sh', ['share', repository], giver);
  expect(git('log', '--oneline').trim().split('\n')).toHaveLength(1);
  expect(() => run('team-git.sh', ['join', repository], taker)).toThrowError(/POLICY_APPROVAL_REQUIRED/);
  run('team-git.sh', ['join', repository], taker, { YES: '1' });
  expect(taker.files()).toEqual(giver.files());
});

test('pin-in-ci.sh restores the pinned state and fails on any other', () => {
  const giver = makeHost();
  const job = makeHost();
  giver.install('tool', { policy: policyText({}) });
  const file = path.join(scratch(giver, 'out'), 'tools.json');
  const exported = execFileSync(
    process.execPath,
    [PROGRAM, 'export', '-o', file, '--include-binaries', '--json', ...giver.flags],
    {
      encoding: 'utf8',
    },
  );
  const { state_digest } = JSON.parse(exported) as { state_digest: string };
  expect(() => run('pin-in-ci.sh', [file, `sha256:${'0'.repeat(64)}`], job)).toThrowError(/expected state/);
  expect(job.files()).toEqual({});
  run('pin-in-ci.sh', [file, state_digest], job);
  expect(job.files()).toEqual(giver.files());
});
