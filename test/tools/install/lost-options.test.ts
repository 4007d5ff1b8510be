// What an entry of ours loses when another one takes its place.
import { describe, expect, it } from 'vitest';
import type { Launch } from '../../../tools/install/launch.ts';
import { lostOptions } from '../../../tools/install/lost-options.ts';

const ours = (options: string, run = '', env = {}): Launch => ({
  command: '/opt/node',
  args: `/opt/dist/cli.js serve ${options} /opt/wassette run ${run}`.split(' ').filter((word) => word !== ''),
  env,
});

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
    expect(lostOptions(ours(option), ours(''))).toEqual([`no longer: ${option}; ${how}`]);
    expect(lostOptions(ours(option), ours(option))).toEqual([]);
    expect(lostOptions(ours(''), ours(option))).toEqual([]);
  });

  it('names each value of an option that can be repeated, however it is written', () => {
    const before = ours('--label=a --label b --allow-dir /a');
    expect(lostOptions(before, ours('--allow-dir /b --label b'))).toEqual([
      'no longer: --label a; repeat it to keep it',
      'no longer: --allow-dir /a; repeat it to keep it',
    ]);
  });

  it('has lost nothing where another value was given', () => {
    expect(lostOptions(ours('--approval operator'), ours('--approval signed'))).toEqual([]);
    expect(lostOptions(ours('', '--component-dir /a'), ours('', '--component-dir=/b'))).toEqual([]);
  });

  it('has lost nothing where the same is written otherwise', () => {
    const [one, other] = ['0123456789abcdef', 'fedcba9876543210'];
    const findings = ours(`--allow-finding ${one} --allow-finding ${other}`);
    expect(lostOptions(ours(`--allow-finding ${one},${other}`), findings)).toEqual([]);
    const { args, ...launch } = ours('');
    const serving = { ...launch, args: [...args.slice(0, -1), 'serve', '--stdio'] };
    expect(lostOptions(serving, ours(''))).toEqual([]);
  });

  it('names what Wassette is told, too', () => {
    const env = { WASSETTE_SECRETS_DIR: '/my secrets', WASSETTE_CONFIG_FILE: '/config.toml', KEY: 'k' };
    const before = ours('', '--component-dir /c --env A=b --disable-builtin-tools', env);
    expect(lostOptions(before, ours('', '', { KEY: 'k' }))).toEqual([
      'no longer: --component-dir /c; repeat it to keep it',
      'no longer: --env A=b; write it into the entry again to keep it',
      'no longer: --disable-builtin-tools; write it into the entry again to keep it',
      "no longer: --secrets-dir '/my secrets'; repeat it to keep it",
      'no longer: WASSETTE_CONFIG_FILE=/config.toml; set it for this command to keep it',
    ]);
  });
});
