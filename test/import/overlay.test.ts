// Imports with something other than the snapshot has: directories of this host, and less than its policies allow.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  exportState,
  importState,
  type OverlayOptions,
  planImportState,
  undoImport,
} from '../../src/index.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, type TestHost } from '../fixtures/host.ts';
import { refused, snapshotOf } from '../fixtures/refused-import.ts';

const storage = (...entries: [uri: string, access: string][]) =>
  entries.map(([uri, access]) => `    - uri: ${uri}\n      access: [${access}]\n`).join('');
const policy = (entries: string, rest = '') =>
  `version: "1.0"  # by hand\npermissions:\n  storage:\n    allow:  # at home\n${entries}${rest}`;
const REST = `  network:
    allow:
    - host: api.example
    - host: api.dev.example   # for tests
  environment:
    allow:
    - key: DEBUG
`;
const HOME = policy(storage(['fs:///home/me/data/in', 'read'], ['"fs:///home/me/out"', 'read, write']), REST);
const FROM_HOME = { mapDirs: [{ from: '/home/me', to: '/srv/tool' }] };

const text = (host: TestHost, id = 'tool') => host.files()[`${id}.policy.yaml`]!.toString();
const imports = async (policies: string | string[], options: OverlayOptions, host = makeHost()) => {
  const made = [policies]
    .flat()
    .map((each, index) => ({ id: index === 0 ? 'tool' : `tool${index}`, policy: each }));
  const result = await importState(await snapshotOf(...made), {
    ...host.locations,
    ...options,
    approval: 'all',
  });
  return { host, ...result };
};
const refusing = async (policies: string, options: OverlayOptions, code = 'USAGE_BAD_ARGUMENT') =>
  refused(makeHost(), await snapshotOf({ id: 'tool', policy: policies }), code, options);

describe('a directory that is another one here (F-21.2)', () => {
  it('is written into the policy in place of the one in the snapshot, and all else stays as it is', async () => {
    const { host } = await imports(HOME, FROM_HOME);
    expect(text(host)).toBe(HOME.replaceAll('/home/me', '/srv/tool'));
  });

  it('is what the plan says is allowed, with the arguments of tools that change with it', async () => {
    const plan = await planImportState(await snapshotOf({ id: 'tool', policy: HOME }), {
      ...makeHost().locations,
      ...FROM_HOME,
    });
    const said = plan.sentences.map((sentence) => sentence.text).join('\n');
    expect(said).toContain('"tool" may write files in "/srv/tool/out"');
    expect(said).not.toContain('/home/me');
    expect(plan.warnings).toContain(
      '"tool": its directory "/home/me/data/in" is "/srv/tool/data/in" here, and Wassette gives it to the component under that path: paths in the arguments of its tools have to begin with "/srv/tool/data/in", too',
    );
    expect(plan.lacks.directories).toContain('/srv/tool/out');
  });

  it('is that of the longest mapping that fits, by whole names', async () => {
    const { host } = await imports(
      policy(
        storage(
          ['fs:///home/me/data/in', 'read'],
          ['fs:///home/me/database', 'read'],
          ['fs:///home//me/', 'read'],
        ),
      ),
      {
        mapDirs: [
          { from: '/home/me', to: '/srv/rest' },
          { from: '/home/me/data', to: '/mnt/data' },
        ],
      },
    );
    expect(text(host)).toBe(
      policy(
        storage(
          ['fs:///mnt/data/in', 'read'],
          ['fs:///srv/rest/database', 'read'],
          ['fs:///srv/rest', 'read'],
        ),
      ),
    );
  });

  it('can be exchanged with another, since each is mapped once', async () => {
    const { host } = await imports(policy(storage(['fs:///a', 'read'], ['fs:///b', 'write'])), {
      mapDirs: [
        { from: '/a', to: '/b' },
        { from: '/b', to: '/a' },
      ],
    });
    expect(text(host)).toBe(policy(storage(['fs:///b', 'read'], ['fs:///a', 'write'])));
  });

  it('is also what is denied', async () => {
    const denied = `    deny:\n${storage(['fs:///home/me/data/secret', 'read'])}`;
    const { host } = await imports(policy(storage(['fs:///home/me/data', 'read']), denied), FROM_HOME);
    expect(text(host)).not.toContain('/home/me');
  });

  it('keeps the line ends of a policy that has CR LF', async () => {
    const windows = HOME.replaceAll('\n', '\r\n');
    const { host } = await imports(windows, FROM_HOME);
    expect(text(host)).toBe(windows.replaceAll('/home/me', '/srv/tool'));
  });
});

describe('what is left out', () => {
  it('is a host, a directory or a variable of one component, and nothing else goes', async () => {
    const without = ['api.dev.example', 'DEBUG', 'fs:///home/me/out'].map((entry) => ({
      component_id: 'tool',
      entry,
    }));
    const { host, plan } = await imports([HOME, HOME], { without });
    expect(text(host)).toBe(
      HOME.replace(/ +- host: api\.dev.*\n/, '')
        .replace(/( +allow:)\n +- key: DEBUG\n/, '$1 []\n')
        .replace(/.*\/out.*\n.*\n/, ''),
    );
    expect(text(host, 'tool1')).toBe(HOME);
    expect(plan.warnings).toContain(
      '"tool": left out is "api.dev.example", which its policy in the snapshot allows',
    );
  });

  it('goes although other keys stand before its name, which Wassette ignores', async () => {
    const shadowed = HOME.replace('- host: api.dev.example', '- uri: x\n      host: api.dev.example').replace(
      '- key: DEBUG',
      '- key: DEBUG\n      host: x',
    );
    const without = ['api.dev.example', 'DEBUG'].map((entry) => ({ component_id: 'tool', entry }));
    const { host } = await imports(shadowed, { without });
    expect(parsePolicy(text(host), { componentId: 'tool' })).toMatchObject({
      network: { allow: [{ host: 'api.example' }] },
      environment: [],
    });
    await refusing(shadowed, { without: [{ component_id: 'tool', entry: 'x' }] });
  });

  it('cannot be what is denied, which would allow more', async () => {
    const denied = `    deny:\n${storage(['fs:///secret', 'read'])}`;
    await refusing(policy(storage(['fs:///a', 'read']), denied), {
      without: [{ component_id: 'tool', entry: 'fs:///secret' }],
    });
  });
});

describe('an overlay that is refused, and nothing changes', () => {
  it.each([
    ['makes one of two of which one lay in the other', { '/home/me/a': '/home/me' }],
    ['turns one inside out', { '/home/me/a': '/srv', '/home/me': '/srv/x' }],
  ])('because it %s', async (_what, mapped) => {
    const nested = policy(storage(['fs:///home/me/a', 'read'], ['fs:///home/me', 'write']));
    await refusing(nested, { mapDirs: Object.entries(mapped).map(([from, to]) => ({ from, to })) });
  });

  it.each<[string, OverlayOptions]>([
    ['maps a directory that no policy has', { mapDirs: [{ from: '/home/you', to: '/srv' }] }],
    ['maps half a name', { mapDirs: [{ from: '/home/me/dat', to: '/srv' }] }],
    ['maps a directory only to itself', { mapDirs: [{ from: '/home/me', to: '/home/me/' }] }],
    [
      'maps one directory twice',
      {
        mapDirs: [
          { from: '/home/me', to: '/a' },
          { from: '/home/me/', to: '/b' },
        ],
      },
    ],
    ['maps a relative directory', { mapDirs: [{ from: 'data', to: '/a' }] }],
    ['maps onto a relative directory', { mapDirs: [{ from: '/home/me', to: 'data' }] }],
    [
      'has a mapping that another leaves nothing',
      {
        mapDirs: [
          { from: '/home', to: '/a' },
          { from: '/home/me', to: '/b' },
        ],
      },
    ],
    [
      'leaves out what the policy does not have',
      { without: [{ component_id: 'tool', entry: 'other.example' }] },
    ],
    ['leaves out a part of a name', { without: [{ component_id: 'tool', entry: 'api' }] }],
    [
      'maps only what is left out',
      {
        mapDirs: [{ from: '/home/me/out', to: '/srv' }],
        without: [{ component_id: 'tool', entry: 'fs:///home/me/out' }],
      },
    ],
    [
      'makes one entry of two',
      {
        mapDirs: [
          { from: '/home/me/data/in', to: '/srv' },
          { from: '/home/me/out', to: '/srv/' },
        ],
      },
    ],
    [
      'puts one directory into another with other access',
      {
        mapDirs: [
          { from: '/home/me/data/in', to: '/srv' },
          { from: '/home/me/out', to: '/srv/out' },
        ],
      },
    ],
  ])('because it %s', async (_what, options) => refusing(HOME, options));

  it.each([
    ['is allowed', '/home/me/data', '/home'],
    ['is denied', '/home', '/home/me/data'],
  ])('because a path that %s would be too long', async (_what, allow, deny) => {
    const denied = `    deny:\n${storage([`fs://${deny}`, 'read'])}`;
    const mapDirs = [{ from: '/home/me', to: `/${'x'.repeat(4_095)}` }];
    await refusing(policy(storage([`fs://${allow}`, 'read']), denied), { mapDirs });
  });

  it('because it is about a component that the snapshot does not have', async () => {
    await refusing(HOME, { without: [{ component_id: 'tol', entry: 'DEBUG' }] }, 'USAGE_UNKNOWN_COMPONENT');
  });

  it('because what is denied would not be denied any more', async () => {
    const denied = `    deny:\n${storage(['fs:///home/**', 'write'])}`;
    await refusing(policy(storage(['fs:///home/me', 'read, write']), denied), FROM_HOME);
    await imports(policy(storage(['fs:///home/me', 'read, write']), denied), {
      mapDirs: [{ from: '/home', to: '/srv' }],
    }).catch((error) => expect(error).toEqual(failing('USAGE_BAD_ARGUMENT')));
  });

  it.each([
    ['in other letters', 'api.example', 'API.example'],
    ['over one scheme', 'api.example', 'https://api.example/'],
    ['over both', 'https://api.example', 'api.example'],
  ])('because another entry still reaches a host that is left out, %s', async (_what, ...hosts) => {
    const network = hosts.map((host) => `    - host: ${host}\n`).join('');
    const both = policy(storage(['fs:///a', 'read']), `  network:\n    allow:\n${network}`);
    const without = hosts.map((entry) => ({ component_id: 'tool', entry }));
    await refusing(both, { without: without.slice(0, 1) });
    await imports(both, { without });
  });

  it.each<[string, other: string, mapped: Record<string, string>]>([
    ['is there in other words, too', 'fs:///home/me//out/', {}],
    ['lies in another', 'fs:///home', {}],
    ['lies in another here', 'fs:///data', { '/data': '/home/me' }],
  ])('because a directory that is left out %s', async (_what, other, mapped) => {
    const mapDirs = Object.entries(mapped).map(([from, to]) => ({ from, to }));
    const without = [{ component_id: 'tool', entry: 'fs:///home/me/out' }];
    const both = (access: string) => policy(storage(['fs:///home/me/out', 'write'], [other, access]));
    await refusing(both('read, write'), { mapDirs, without });
    await imports(both('read'), { mapDirs, without });
  });

  it.each<[string, ...kept: [uri: string, access: string][]]>([
    ['one around it is still read', ['fs:///home', 'read']],
    ['it is still written in other words', ['fs:///home/me/./out', 'write']],
    ['two others together give what it gave', ['fs:///home', 'read'], ['fs:///home/me/./out', 'write']],
  ])('because a directory is left out and %s', async (_what, ...kept) => {
    const both = policy(storage(['fs:///home/me/out', 'read, write'], ...kept));
    await refusing(both, { without: [{ component_id: 'tool', entry: 'fs:///home/me/out' }] });
  });

  it.each<[string, allow: string, deny: string, mapped: Record<string, string>]>([
    [
      'what is denied in it would lie elsewhere',
      '/home/me',
      '/home/me/data/secret',
      { '/home/me/data': '/srv/data' },
    ],
    ['only a part of it would be denied', '/home/me/data', '/home/me', { '/home/me/data': '/home' }],
    [
      'it would be denied by another pattern',
      '/home/me/data',
      '/home/*/data',
      { '/home/me/data': '/home/d' },
    ],
    ['a pattern in it would begin above it', '/home', '/home/me/*/key', { '/home/me': '/' }],
    ['nobody can tell what is denied of it', '/home/me', '/home/you/../me/key', { '/home/me': '/srv' }],
    ['nobody can tell what of it is denied', '/home/you/../me', '/home/me/key', { '/home/me': '/srv' }],
  ])('because %s: a directory would be denied less', async (_what, allow, deny, mapped) => {
    const denied = `    deny:\n${storage([`fs://${deny}`, 'read'])}`;
    const mapDirs = Object.entries(mapped).map(([from, to]) => ({ from, to }));
    await refusing(policy(storage([`fs://${allow}`, 'read']), denied), { mapDirs });
  });

  it.each<[string, deny: string, mapped: Record<string, string>]>([
    ['lies in it at any depth', '/**/.env', { '/home/me/data': '/srv/data' }],
    ['has several names and lies in it at any depth', '/**/.git/**/*.key', { '/home/me/data': '/srv/data' }],
    ['is all that lies anywhere', '/**', { '/home/me/data': '/srv/data' }],
    ['lies at any depth below what is around both', '/home/**/*.pem', { '/home/me/data': '/home/d' }],
    ['begins further up than it did', '/home/me/data/x/**/key', { '/home/me/data/x': '/home' }],
  ])('but not because what is denied %s', async (_what, deny, mapped) => {
    const denied = `    deny:\n${storage([`fs://${deny}`, 'read'])}`;
    const mapDirs = Object.entries(mapped).map(([from, to]) => ({ from, to }));
    const { host } = await imports(policy(storage(['fs:///home/me/data', 'read']), denied), { mapDirs });
    expect(text(host)).toContain(' deny:\n');
  });

  it.each([
    ['its own name', '/**/data/.env'],
    ['a name that is like its own', '/**/d*/.env'],
    ['the name of what is around it', '/home/**/me'],
  ])('because what is denied at any depth begins with %s', async (_what, deny) => {
    const denied = `    deny:\n${storage([`fs://${deny}`, 'read'])}`;
    const mapDirs = [{ from: '/home/me/data', to: '/home/you/x' }];
    await refusing(policy(storage(['fs:///home/me/data', 'read']), denied), { mapDirs });
  });

  it('but not because what is denied in a directory is called otherwise there', async () => {
    const denied = `    deny:\n${storage(['fs:///home/me/data/secret', 'read'])}`;
    const { host } = await imports(policy(storage(['fs:///home/me', 'read']), denied), {
      mapDirs: [{ from: '/home/me/data', to: '/home/me/new' }],
    });
    expect(text(host)).toContain('fs:///home/me/new/secret');
  });

  it('because a policy is written so that nothing can be taken out of it', async () => {
    const flow = 'version: "1.0"\npermissions: {network: {allow: [{host: a.example}]}}\n';
    await refusing(flow, { without: [{ component_id: 'tool', entry: 'a.example' }] }, 'FORMAT_POLICY_LAYOUT');
  });

  it.each([
    ['the component directory', ({ componentDir }: TestHost['locations']) => componentDir],
    ['what is above it', ({ componentDir }: TestHost['locations']) => path.dirname(componentDir)],
    ['the secrets directory', ({ secretsDir }: TestHost['locations']) => secretsDir],
    ['the state directory', ({ stateDir }: TestHost['locations']) => `${stateDir}/x`],
  ])('because it maps onto %s', async (_what, place) => {
    const host = makeHost();
    const mapDirs = [{ from: '/home/me/out', to: place(host.locations) }];
    await refused(host, await snapshotOf({ id: 'tool', policy: HOME }), 'POLICY_FORBIDDEN_GRANT', {
      mapDirs,
    });
  });

  it('because it maps onto a link to the component directory', async () => {
    const host = makeHost();
    const link = path.join(path.dirname(host.locations.stateDir), 'link');
    symlinkSync(host.locations.componentDir, link);
    const mapDirs = [{ from: '/home/me/out', to: link }];
    await refused(host, await snapshotOf({ id: 'tool', policy: HOME }), 'POLICY_FORBIDDEN_GRANT', {
      mapDirs,
    });
  });
});

describe('a plan with an overlay', () => {
  it('is approved as exactly that: another overlay, or none, is another plan', async () => {
    const host = makeHost();
    const snapshot = await snapshotOf({ id: 'tool', policy: HOME });
    const at = { ...host.locations, ...FROM_HOME };
    const { digest, sentences, nonce, options } = await planImportState(snapshot, at);
    expect(options.overlay).toEqual({ ...FROM_HOME, without: [] });
    const approval = { approve: digest, accept: sentences.map((sentence) => sentence.text), nonce };
    for (const mapDirs of [undefined, [{ from: '/home/me', to: '/srv/other' }]])
      await expect(importState(snapshot, { ...at, mapDirs, approval })).rejects.toEqual(
        failing('CONFLICT_STALE_PLAN'),
      );
    expect((await importState(snapshot, { ...at, approval })).applied).toHaveLength(1);
  });

  it('that is here already has nothing to do, and without the overlay has', async () => {
    const { host } = await imports(HOME, FROM_HOME);
    const snapshot = await snapshotOf({ id: 'tool', policy: HOME });
    const again = await planImportState(snapshot, { ...host.locations, ...FROM_HOME });
    expect(again.steps.map(({ action }) => action)).toEqual(['unchanged']);
    expect(again.warnings.filter((warning) => warning.includes('/srv/tool'))).toEqual([]);
    const bare = await planImportState(snapshot, host.locations);
    expect(bare.steps.map(({ action }) => action)).toEqual(['update-policy']);
  });

  it('is taken back to what was here before', async () => {
    const host = makeHost();
    host.install('tool', { policy: HOME });
    const before = host.files();
    await imports(HOME, FROM_HOME, host);
    expect(host.files()).not.toEqual(before);
    await undoImport({ ...host.locations, approval: 'all' });
    expect(host.files()).toEqual(before);
  });

  it('does not say that the policy comes from where the one in the snapshot was', async () => {
    const giver = makeHost();
    giver.install('tool', { policy: HOME });
    const meta = { source_uri: 'https://policies.example/tool.yaml', attached_at: 1_731_440_000 };
    writeFileSync(path.join(giver.locations.componentDir, 'tool.policy.meta.json'), JSON.stringify(meta));
    const there = await exportState(giver.locations);
    const [plain, mapped] = [makeHost(), makeHost()];
    await importState(there, { ...plain.locations, approval: 'all' });
    await importState(there, { ...mapped.locations, ...FROM_HOME, approval: 'all' });
    expect(Object.keys(plain.files())).toContain('tool.policy.meta.json');
    expect(Object.keys(mapped.files())).not.toContain('tool.policy.meta.json');
  });

  it('changes only chosen components, though all of it has to fit the snapshot', async () => {
    const host = makeHost();
    const flow = 'version: "1.0"\npermissions: {network: {allow: [{host: a.example}]}}\n';
    const snapshot = await snapshotOf({ id: 'other', policy: flow }, { id: 'tool', policy: HOME });
    const without = [{ component_id: 'other', entry: 'a.example' }];
    const options = { ...host.locations, ...FROM_HOME, without, componentFilter: ['tool'] };
    await importState(snapshot, { ...options, approval: 'all' });
    expect(text(host)).toContain('/srv/tool/out');
  });
});

describe('an overlay file', () => {
  it('says the same, and is joined with what else is asked for', async () => {
    const host = makeHost();
    const file = path.join(path.dirname(host.locations.stateDir), 'prod.yaml');
    writeFileSync(file, 'version: 1\nmap_dirs:\n  /home/me/data: /srv/data\nwithout:\n  tool: [DEBUG]\n');
    const mapDirs = [{ from: '/home/me/out', to: '/srv/out' }];
    const { plan } = await imports(HOME, { overlay: file, mapDirs }, host);
    expect(plan.options.overlay).toEqual({
      mapDirs: [{ from: '/home/me/data', to: '/srv/data' }, ...mapDirs],
      without: [{ component_id: 'tool', entry: 'DEBUG' }],
    });
    expect(text(host)).toContain('fs:///srv/data/in');
    await refusing(HOME, { overlay: file, mapDirs: [{ from: '/home/me/data', to: '/other' }] });
  });

  it('that is not there, or no file, is refused', async () => {
    const host = makeHost();
    await refusing(HOME, { overlay: '/nowhere/prod.yaml' }, 'STORE_NOT_FOUND');
    mkdirSync(path.join(host.locations.componentDir, 'x'));
    await refusing(HOME, { overlay: path.join(host.locations.componentDir, 'x') }, 'STORE_UNSAFE_FILE');
  });
});
