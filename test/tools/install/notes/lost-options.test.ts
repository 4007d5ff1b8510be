// What an entry of ours loses when another one takes its place.
import { describe, expect, it } from 'vitest';
import type { Launch } from '../../../../tools/install/launch.ts';
import { keptDirectories, lostOptions } from '../../../../tools/install/notes/lost-options.ts';

const ours = (options: string, run = '', env = {}): Launch => ({
  command: '/opt/node',
  args: `/opt/dist/cli.js serve ${options} /opt/wassette run ${run}`.split(' ').filter((word) => word !== ''),
  env,
});

const lost = (before: Launch, after: Launch, ...given: string[]) =>
  lostOptions(before, after, new Set(given));

describe('an entry of ours', () => {
  it.each([
    ['--approval operator', 'repeat it to keep it'],
    ['--never-widen', 'repeat it to keep it'],
    ['--read-only', 'repeat it to keep it'],
    ['--policy /policy.yaml', 'repeat it to keep it'],
    ['--require-signature', 'repeat it to keep it'],
    ['--state-dir /state', 'repeat it to keep it'],
    ['--wassette-url http://127.0.0.1:9001/mcp', 'write it into the entry again to keep it'],
  ])('that had %s says so, and how it is kept', (option, how) => {
    expect(lost(ours(option), ours(''))).toEqual([`no longer: ${option}; ${how}`]);
    expect(lost(ours(option), ours(option))).toEqual([]);
    expect(lost(ours(''), ours(option))).toEqual([]);
  });

  it('names each value of an option that can be repeated, however it is written', () => {
    const before = ours('--label=a,b --allow-dir /a');
    expect(lost(before, ours('--allow-dir /b --label b'))).toEqual([
      'no longer: --label a; repeat it to keep it',
      'no longer: --allow-dir /a; repeat it to keep it',
    ]);
  });

  it('has lost nothing where a person gives another value', () => {
    const approval = [ours('--approval operator'), ours('--approval signed')] as const;
    expect(lost(...approval, 'approval')).toEqual([]);
    const directory = [ours('', '--component-dir /a'), ours('', '--component-dir=/b')] as const;
    expect(lost(...directory, 'component-dir')).toEqual([]);
  });

  it('names what gives way to a value that nobody gave', () => {
    const state = [ours('--state-dir /mine'), ours('--state-dir /found')] as const;
    expect(lost(...state)).toEqual(['no longer: --state-dir /mine; repeat it to keep it']);
  });

  it('has lost nothing where the same is written otherwise', () => {
    const [one, other] = ['0123456789abcdef', 'fedcba9876543210'];
    const findings = ours(`--allow-finding ${one} --allow-finding ${other}`);
    expect(lost(ours(`--allow-finding ${one},${other}`), findings)).toEqual([]);
    const { args, ...launch } = ours('');
    const serving = { ...launch, args: [...args.slice(0, -1), 'serve', '--stdio'] };
    expect(lost(serving, ours(''))).toEqual([]);
  });

  it('names what Wassette is told, too', () => {
    const env = { WASSETTE_SECRETS_DIR: '/my secrets', WASSETTE_CONFIG_FILE: '/config.toml', KEY: 'k' };
    const before = ours('', '--component-dir /c --env A=b --disable-builtin-tools', env);
    expect(lost(before, ours('', '', { KEY: 'k' }))).toEqual([
      'no longer: --component-dir /c; repeat it to keep it',
      'no longer: --env A=b; write it into the entry again to keep it',
      'no longer: --disable-builtin-tools; write it into the entry again to keep it',
      "no longer: --secrets-dir '/my secrets'; repeat it to keep it",
      'no longer: WASSETTE_CONFIG_FILE=/config.toml; set it for this command to keep it',
    ]);
  });
});

describe('directories that were found here', () => {
  const found = ours('', '--component-dir /found', { WASSETTE_SECRETS_DIR: '/s' });

  it('are named where the entry keeps another one, with the option for them', () => {
    expect(keptDirectories(found, found)).toEqual([]);
    const kept = ours('', '--component-dir /theirs --env A=b', { WASSETTE_SECRETS_DIR: '/t' });
    expect(keptDirectories(found, kept)).toEqual([
      'the entry keeps --component-dir /theirs; to have it use the one that was found here: --component-dir /found',
      'the entry keeps --secrets-dir /t; to have it use the one that was found here: --secrets-dir /s',
    ]);
    const byVariable = ours('', '', { WASSETTE_SECRETS_DIR: '/s', WASSETTE_COMPONENT_DIR: '/theirs' });
    expect(keptDirectories(found, byVariable)).toEqual([expect.stringContaining('keeps its directory')]);
  });

  it('are told of with the configuration of Wassette, which no option names', () => {
    const [here, there] = ['/here.toml', '/there.toml'].map((file) =>
      ours('', '', { WASSETTE_CONFIG_FILE: file }),
    );
    expect(keptDirectories(here!, here!)).toEqual([]);
    expect(keptDirectories(here!, there!)).toEqual([
      'the entry keeps WASSETTE_CONFIG_FILE=/there.toml; to have it use the one that was found here, write /here.toml there',
    ]);
  });
});
