// `--map-dir`, `--without` and `--overlay`: what production gets is reviewed, approved and explained as it gets it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';
import { operatorPolicyText } from '../../fixtures/operator-policy.ts';
import { approvalsFolder } from '../../fixtures/written-approvals.ts';

const POLICY = `version: "1.0"
permissions:
  storage:
    allow:
    - uri: fs:///home/me/data   # the inbox
      access: [read]
  network:
    allow:
    - host: api.example
    - host: api.dev.example
`;
const HERE = ['--map-dir', '/home/me=/srv/tool', '--without', 'tool:api.dev.example'];

let dev: TestHost;
let prod: TestHost;
let snapshot: string;
let folder: string;

beforeEach(async () => {
  dev = makeHost();
  prod = makeHost();
  folder = path.join(path.dirname(prod.locations.stateDir), 'work');
  mkdirSync(folder);
  snapshot = path.join(folder, 'tools.json');
  dev.install('tool', { policy: POLICY });
  await ok('export', '-o', snapshot, '--include-binaries', ...dev.flags);
});

async function ok(...args: string[]) {
  const run = await command(...args);
  expect(run, run.stderr).toMatchObject({ code: 0 });
  return { ...run, said: `${run.stdout}${run.stderr}`.replace(/\s+/g, ' ') };
}

async function failed(...args: string[]) {
  const { stdout, code } = await command(...args, '--json');
  expect(code).toBeGreaterThan(1);
  return JSON.parse(stdout).error;
}

const written = () => readFileSync(path.join(prod.locations.componentDir, 'tool.policy.yaml'), 'utf8');
const MAPPED = POLICY.replace('/home/me', '/srv/tool').replace('    - host: api.dev.example\n', '');

describe('import', () => {
  it('shows the directories of this host, what is left out, and what callers have to know', async () => {
    const { said } = await ok('import', snapshot, ...HERE, '--dry-run', ...prod.flags);
    expect(said).toContain('"tool" may read files in "/srv/tool/data"');
    expect(said).toContain('"tool" may reach "api.example"');
    expect(said).not.toContain('may reach "api.dev.example"');
    expect(said).toContain('paths in the arguments of its tools have to begin with "/srv/tool/data", too');
    expect(said).toContain('left out is "api.dev.example"');
  });

  it('applies exactly the plan that was shown', async () => {
    const { stdout } = await ok('import', snapshot, ...HERE, '--dry-run', '--json', ...prod.flags);
    const digest = JSON.parse(stdout).plan_digest;
    expect(await failed('import', snapshot, '--approve', digest, ...prod.flags)).toEqual(
      failing('CONFLICT_STALE_PLAN'),
    );
    await ok('import', snapshot, ...HERE, '--approve', digest, ...prod.flags);
    expect(written()).toBe(MAPPED);
    // Asked once more, it was applied already; but not as another import.
    await ok('import', snapshot, ...HERE, '--approve', digest, ...prod.flags);
    for (const other of [[], ['--map-dir', '/home/me=/srv/other']])
      expect(await failed('import', snapshot, ...other, '--approve', digest, ...prod.flags)).toEqual(
        failing('CONFLICT_STALE_PLAN'),
      );
  });

  it('takes the same from a file, and says in JSON what it was', async () => {
    const file = path.join(folder, 'prod.yaml');
    writeFileSync(
      file,
      'version: 1\nmap_dirs: { /home/me: /srv/tool }\nwithout: { tool: [api.dev.example] }\n',
    );
    const { stdout } = await ok('import', snapshot, '--overlay', file, '--yes', '--json', ...prod.flags);
    expect(JSON.parse(stdout).options.overlay).toEqual({
      map_dirs: [{ from: '/home/me', to: '/srv/tool' }],
      without: [{ component_id: 'tool', entry: 'api.dev.example' }],
    });
    expect(written()).toBe(MAPPED);
    const again = await ok('import', snapshot, '--overlay', file, '--dry-run', ...prod.flags);
    expect(again.said).toContain('what the snapshot and the overlay say is already here');
  });

  it.each([
    [['--map-dir', '/home/me'], 'USAGE_BAD_ARGUMENT'],
    [['--map-dir', '=/srv'], 'USAGE_BAD_ARGUMENT'],
    [['--without', 'tool'], 'USAGE_BAD_ARGUMENT'],
    [['--without', ':api.example'], 'USAGE_BAD_ARGUMENT'],
    [['--map-dir', '/nowhere=/srv'], 'USAGE_BAD_ARGUMENT'],
    [['--without', 'other:api.example'], 'USAGE_UNKNOWN_COMPONENT'],
  ])('refuses %j', async (options, code) => {
    expect(await failed('import', snapshot, ...options, '--yes', ...prod.flags)).toEqual(failing(code));
    expect(prod.files()).toEqual({});
  });
});

describe('an approval in writing', () => {
  it('of an import with an overlay covers that one, and no other', async () => {
    const { folder: approvals, keyFile, allowedSigners } = approvalsFolder();
    const signing = [
      '--key',
      keyFile,
      '--for',
      'production',
      '--until',
      '30d',
      '-o',
      path.join(approvals, 'a.json'),
    ];
    const counting = ['--approvals', approvals, '--label', 'production', '--allowed-signers', allowedSigners];
    const { said } = await ok('approve', snapshot, ...signing, '--empty', '--yes', ...HERE);
    expect(said).toContain('"tool" may read files in "/srv/tool/data"');
    for (const other of [[], ['--map-dir', '/home/me=/srv/other'], HERE.slice(0, 2)])
      expect(await failed('import', snapshot, ...counting, ...other, ...prod.flags)).toEqual(
        failing('POLICY_APPROVAL_REQUIRED'),
      );
    await ok('import', snapshot, ...counting, ...HERE, ...prod.flags);
    expect(written()).toBe(MAPPED);
  });
});

describe('policy explain', () => {
  it('judges what this host would get', async () => {
    const file = path.join(folder, 'policy.yaml');
    const directories = '[{ path: /srv/tool, access: [read] }]';
    writeFileSync(file, operatorPolicyText({ hosts: '[api.example]', directories }), { mode: 0o600 });
    const explain = (...more: string[]) =>
      command('policy', 'explain', snapshot, '--policy', file, ...more, ...prod.flags);
    expect((await explain()).code).toBe(1);
    expect((await explain(...HERE)).code).toBe(0);
    expect(await failed('import', snapshot, '--policy', file, '--yes', ...prod.flags)).toEqual(
      failing('POLICY_BEYOND_CAPS'),
    );
    await ok('import', snapshot, '--policy', file, '--yes', ...HERE, ...prod.flags);
  });
});

test('the commands and the overlay of docs/overlays.md do what stands there', async () => {
  const page = readFileSync(new URL('../../../docs/overlays.md', import.meta.url), 'utf8');
  const host = makeHost();
  host.install('weather', { policy: POLICY });
  await ok('export', '-o', snapshot, '--include-binaries', ...host.flags);
  const overlay = path.join(folder, 'prod.yaml');
  writeFileSync(overlay, /```yaml\n([\s\S]*?)```/.exec(page)![1]!);
  const lines = [...page.matchAll(/^wassette-state (import .*)$/gm)].map(([, line]) => line!);
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const here = makeHost();
    const words = line
      .split(' ')
      .map((word) => ({ 'tools.json': snapshot, 'prod.yaml': overlay })[word] ?? word);
    await ok(...words, '--yes', ...here.flags);
    expect(here.files()['weather.policy.yaml']!.toString()).toBe(
      MAPPED.replace('/srv/tool/data', '/srv/data'),
    );
  }
});
